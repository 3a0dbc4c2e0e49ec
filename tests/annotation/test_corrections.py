"""Changing a past annotation: it stands until another is saved in its place."""

import pytest

from annotation.errors import KeyReused, RevisionRefused
from annotation.models import Annotation, QueueItem
from annotation.services.corrections import correct, open_for_change
from annotation.services.decisions import (
    FacetAnswer,
    answers_of,
    submit_annotation,
    withdraw_last,
)
from annotation.services.queue import claim_next_grant
from annotation.services.revisions import reveal, revise
from annotation.services.suggestions import replace_suggestions
from tests.factories import (
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
FIRST = {"subject": FacetAnswer("labelled", ("SPORT",), ("ARTS",), ("YOUTH",))}
SECOND = {"subject": FacetAnswer("labelled", ("ARTS",))}


@pytest.fixture
def annotator():
    return UserFactory()


@pytest.fixture
def grant():
    """SPORT and ARTS are suggested for it, each with a word of the text."""
    facet = FacetFactory()
    grant = GrantFactory(queued=True)
    for code in ("SPORT", "ARTS"):
        category = CategoryFactory(facet=facet, code=code)
        SuggestionFactory(grant=grant, category=category, evidence=["juniors"])
    CategoryFactory(facet=facet, code="YOUTH")
    return grant


def save(annotator, answers=FIRST):
    token = claim_next_grant(annotator).token
    key = f"key {Annotation.objects.count()}"
    return submit_annotation(annotator, token, answers, idempotency_key=key).annotation


def test_to_open_a_past_annotation_stores_nothing_and_frees_no_grant(annotator, grant):
    past = save(annotator)
    reopened = open_for_change(annotator, past.pk)
    assert (reopened.answers, reopened.stands) == (FIRST, True)
    assert (reopened.claim.grant, reopened.claim.changes) == (grant, past.pk)
    assert [s["category"] for s in reopened.claim.shown] == ["SPORT", "ARTS"]
    assert list(Annotation.objects.current()) == [past]
    assert not QueueItem.objects.get().is_open


def test_what_is_saved_supersedes_it_and_keeps_what_was_shown(annotator, grant):
    past = save(annotator)
    correction = correct(annotator, past.pk, SECOND, idempotency_key="better").annotation
    assert correction.supersedes == past
    assert list(Annotation.objects.current()) == [correction]
    assert correction.model_version == past.model_version
    shown = correction.decisions.values_list("category__code", "verdict", "score", "was_ticked")
    assert set(shown) == {("ARTS", "accepted", 0.8, True), ("SPORT", "left", 0.8, True)}
    assert QueueItem.objects.get().n_done == 1


def test_suggestions_that_are_gone_are_read_back_from_the_decisions(annotator, grant):
    past = save(annotator)
    replace_suggestions(past.model_version, [grant.pk], [])
    (sport, arts) = open_for_change(annotator, past.pk).claim.shown
    assert (sport["category"], arts["category"], sport["evidence"]) == ("SPORT", "ARTS", [])
    assert correct(annotator, past.pk, SECOND, idempotency_key="better")


def test_the_same_correction_again_is_stored_once(annotator, grant):
    past = save(annotator)
    first = correct(annotator, past.pk, SECOND, idempotency_key="better")
    again = correct(annotator, past.pk, SECOND, idempotency_key="better")
    assert (again.annotation, again.is_replay) == (first.annotation, True)
    with pytest.raises(KeyReused):
        correct(annotator, past.pk, FIRST, idempotency_key="better")


def test_only_what_stands_is_changed_and_only_by_whoever_made_it(annotator, grant):
    past = save(annotator)
    with pytest.raises(RevisionRefused, match="no longer stands"):
        correct(UserFactory(), past.pk, SECOND, idempotency_key="theirs")
    with pytest.raises(RevisionRefused):
        open_for_change(UserFactory(), past.pk)
    correct(annotator, past.pk, SECOND, idempotency_key="better")
    with pytest.raises(RevisionRefused):
        correct(annotator, past.pk, FIRST, idempotency_key="late")
    withdraw_last(annotator)
    with pytest.raises(RevisionRefused):
        open_for_change(annotator, past.pk)


def test_an_old_link_opens_what_stands_by_now(annotator, grant):
    past = save(annotator)
    correction = correct(annotator, past.pk, SECOND, idempotency_key="better").annotation
    reopened = open_for_change(annotator, past.pk)
    assert (reopened.claim.changes, reopened.answers) == (correction.pk, SECOND)


def test_a_revealed_annotation_is_changed_by_a_revision_only(annotator, grant):
    QueueItem.objects.update(is_blind=True)
    own = {"subject": FacetAnswer("none_fits")}
    blind = save(annotator, own)
    assert open_for_change(annotator, blind.pk).claim.corrects == blind.pk
    reveal(blind)
    with pytest.raises(RevisionRefused):
        correct(annotator, blind.pk, own, idempotency_key="late")
    revision = revise(
        annotator, blind.pk, FIRST, expected=None, idempotency_key="revision"
    ).annotation
    reopened = open_for_change(annotator, revision.pk)
    assert (reopened.claim.revises, reopened.answers) == (blind.pk, FIRST)
    assert list(Annotation.objects.as_shown()) == [revision]


def test_undo_of_a_correction_gives_the_grant_back_with_it(annotator, grant):
    past = save(annotator)
    correct(annotator, past.pk, SECOND, idempotency_key="better")
    assert withdraw_last(annotator).answers == SECOND
    assert not Annotation.objects.current().exists()
    again = save(annotator, FIRST)
    assert answers_of(again) == FIRST
