"""Writing what a model version suggests."""

import pytest
from django.db import IntegrityError, connection

from annotation.models import Grant, ModelVersion, Suggestion
from annotation.services.suggestions import replace_suggestions
from tests.factories import CategoryFactory, GrantFactory, ModelVersionFactory, SuggestionFactory

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
