"""Writing what a model version suggests."""

import pytest
from django.db import IntegrityError, connection

from annotation.models import (
    Annotation,
    Grant,
    ModelVersion,
    QueueItem,
    Reveal,
    Suggestion,
    TaxonomyRelease,
)
from annotation.reports.coverage import coverage
from annotation.reports.grant_filters import filtered
from annotation.reports.grant_history import grant_history
from annotation.reports.grants import find_grants
from annotation.services.shown import suggestions_of
from annotation.services.suggestions import replace_suggestions
from tests.factories import (
    CategoryFactory,
    GrantFactory,
    ModelVersionFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def trained():
    return ModelVersion.objects.create(
        taxonomy=ModelVersionFactory().taxonomy, status="retired", artifact_sha256="0" * 64
    )


def suggestion(grant, version, rank=1):
    return Suggestion(
        grant=grant,
        category=CategoryFactory(),
        model_version=version,
        score=0.5,
        rank=rank,
        is_ticked=False,
    )


def test_the_new_ones_are_all_that_is_suggested(trained):
    old = SuggestionFactory()
    replace_suggestions(trained, [old.grant_id], [suggestion(old.grant, trained)])
    assert Suggestion.objects.get().model_version == trained
    assert Grant.objects.get(pk=old.grant_id).scored_by == trained


def test_a_grant_that_nothing_fits_was_read_all_the_same(trained):
    old = SuggestionFactory()
    replace_suggestions(trained, [old.grant_id], [])
    assert not Suggestion.objects.exists()
    assert not Grant.objects.not_scored_by(trained).exists()


def test_other_grants_keep_theirs(trained):
    other = SuggestionFactory()
    replace_suggestions(trained, [GrantFactory().pk], [])
    assert Suggestion.objects.get() == other
    assert list(Grant.objects.not_scored_by(trained)) == [other.grant]


def test_written_twice_they_are_there_once(trained):
    grant = GrantFactory()
    for _ in range(2):
        replace_suggestions(
            trained, [grant.pk], [suggestion(grant, trained, rank) for rank in (1, 2)]
        )
    assert Suggestion.objects.count() == 2


def test_what_cannot_be_stored_changes_nothing(trained):
    old = SuggestionFactory()
    with pytest.raises(IntegrityError, match="at_most_ten_suggestions_a_facet"):
        replace_suggestions(trained, [old.grant_id], [suggestion(old.grant, trained, rank=11)])
    assert Suggestion.objects.get() == old


def test_a_grant_that_was_deleted_while_it_was_read_is_passed_over(trained):
    stays, goes = GrantFactory(), GrantFactory()
    keys = [stays.pk, goes.pk]
    read = [suggestion(stays, trained), suggestion(goes, trained)]
    Grant.objects.filter(pk=goes.pk).delete()
    replace_suggestions(trained, keys, read)
    connection.check_constraints()
    assert Suggestion.objects.get().grant == stays


def test_a_version_that_was_deleted_while_it_read_writes_nothing(trained):
    grant = GrantFactory()
    read = [suggestion(grant, trained)]
    ModelVersion.objects.filter(pk=trained.pk).delete()
    replace_suggestions(trained, [grant.pk], read)
    connection.check_constraints()
    assert not Suggestion.objects.exists()


def test_grants_nobody_has_read_are_not_scored(trained):
    grant = GrantFactory()
    assert list(Grant.objects.not_scored_by(trained)) == [grant]


def seen_by(grant, version):
    """Somebody has annotated the grant, with the version's suggestions in sight or none."""
    return Annotation.objects.create(
        grant=grant, annotator=UserFactory(), model_version=version, stream="random",
        is_blind=version is None, taxonomy_release=TaxonomyRelease.objects.get(),
        content_sha256=grant.content_sha256,
        idempotency_key=f"key of {grant.pk}", body_sha256="0" * 64,
    )  # fmt: skip


def test_what_somebody_saw_stays_and_is_no_longer_suggested(trained):
    old = SuggestionFactory()
    seen_by(old.grant, old.model_version)
    for _ in range(2):
        replace_suggestions(trained, [old.grant_id], [suggestion(old.grant, trained)])
    assert {s.model_version for s in Suggestion.objects.all()} == {old.model_version, trained}
    assert Suggestion.objects.of_last_readers().get().model_version == trained
    assert [s["score"] for s in suggestions_of(Grant.objects.get(pk=old.grant_id))] == [0.5]
    latest, earlier = grant_history(Grant.objects.get(pk=old.grant_id)).readings
    assert (latest.version, earlier.version) == (trained, old.model_version)
    assert earlier.is_whole and not earlier.is_latest


def test_what_is_open_on_a_screen_or_was_revealed_stays(trained):
    shown, revealed, unseen = SuggestionFactory(), SuggestionFactory(), SuggestionFactory()
    QueueItem.objects.filter(grant=shown.grant).update(shown_version=shown.model_version)
    blind = seen_by(revealed.grant, None)
    Reveal.objects.create(annotation=blind, model_version=revealed.model_version, shown=[])
    replace_suggestions(trained, [s.grant_id for s in (shown, revealed, unseen)], [])
    assert set(Suggestion.objects.all()) == {shown, revealed}


def test_lists_and_counts_tell_only_what_is_suggested_now(trained):
    old = SuggestionFactory(is_ticked=True)
    seen = seen_by(old.grant, old.model_version)
    Annotation.objects.create(
        grant=old.grant, annotator=seen.annotator, stream="random", supersedes=seen,
        is_withdrawal=True, taxonomy_release=seen.taxonomy_release, idempotency_key="taken back",
        content_sha256=old.grant.content_sha256, body_sha256="0" * 64,
    )  # fmt: skip
    replace_suggestions(trained, [old.grant_id], [])
    assert Suggestion.objects.get() == old
    assert not filtered({"state": "suggested"}).exists()
    (row,) = find_grants({}).rows
    assert (row.state, row.categories) == ("waiting", [])
    assert not any(c.pending for facet in coverage().facets for c in facet.rows)
