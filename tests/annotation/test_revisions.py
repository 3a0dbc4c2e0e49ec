"""Blind annotations: what is shown afterwards, what may be revised, and what is measured."""

import pytest
from django.db import IntegrityError, transaction

from annotation.errors import AnnotationChanged, InvalidAnswer, RevisionRefused
from annotation.models import Annotation, Reveal
from annotation.reports.grants import find_grants
from annotation.services.corrections import open_for_change
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
OWN = {"subject": FacetAnswer("labelled", added=("YOUTH",))}
REVISED = {"subject": FacetAnswer("labelled", ("SPORT",), ("ARTS",), ("YOUTH",))}


@pytest.fixture
def annotator():
    return UserFactory()


@pytest.fixture
def grant():
    """A blind grant for which SPORT and ARTS are suggested and ticked."""
    facet = FacetFactory()
    grant = GrantFactory(queued=True, stream="audit")
    for code in ("SPORT", "ARTS"):
        SuggestionFactory(grant=grant, category=CategoryFactory(facet=facet, code=code))
    CategoryFactory(facet=facet, code="YOUTH")
    return grant


@pytest.fixture
def blind(annotator, grant):
    token = claim_next_grant(annotator).token
    return submit_annotation(annotator, token, OWN, idempotency_key="blind").annotation


def change(annotator, blind, answers=REVISED, key="revision", seen=None):
    expected = {(seen or blind).pk}
    return revise(annotator, blind.pk, answers, expected=expected, idempotency_key=key).annotation


def chosen(annotation):
    found = annotation.decisions.filter(verdict__in=["accepted", "added"])
    return set(found.values_list("category__code", flat=True))


def test_the_suggestions_are_shown_afterwards_and_none_is_ticked(blind):
    claim = reveal(blind)
    assert [s["category"] for s in claim.shown] == ["SPORT", "ARTS"]
    assert not any(s["ticked"] for s in claim.shown)
    assert claim.revises == blind.pk
    assert reveal(blind).token == claim.token
    assert Reveal.objects.count() == 1


def test_what_was_not_blind_has_nothing_to_reveal(annotator):
    SuggestionFactory()
    token = claim_next_grant(annotator).token
    assert reveal(submit_annotation(annotator, token, {}, idempotency_key="k").annotation) is None


def test_where_nothing_is_suggested_there_is_nothing_to_reveal(annotator):
    FacetFactory()
    GrantFactory(queued=True, stream="audit")
    token = claim_next_grant(annotator).token
    assert reveal(submit_annotation(annotator, token, {}, idempotency_key="k").annotation) is None
    assert not Reveal.objects.exists()


def test_the_revision_is_shown_and_the_blind_annotation_is_measured(annotator, blind):
    reveal(blind)
    revision = change(annotator, blind)
    assert list(Annotation.objects.current()) == [blind]
    assert list(Annotation.objects.as_shown()) == [revision]
    assert (revision.revises, revision.is_blind) == (blind, False)
    assert revision.model_version == blind.grant.scored_by
    assert chosen(blind) == {"YOUTH"}
    assert find_grants({}).rows[0].categories == ["Category SPORT", "Category YOUTH"]


def test_the_decisions_of_a_revision_keep_what_was_shown(annotator, blind):
    reveal(blind)
    version = blind.grant.scored_by
    replace_suggestions(version, [blind.grant_id], [])
    decisions = change(annotator, blind).decisions
    assert set(decisions.values_list("category__code", "verdict", "score", "was_ticked")) == {
        ("SPORT", "accepted", 0.8, False),
        ("ARTS", "rejected", 0.8, False),
        ("YOUTH", "added", None, None),
    }


def test_without_a_reveal_nothing_is_revised(annotator, blind):
    with pytest.raises(RevisionRefused, match="Open the next grant to go on"):
        change(annotator, blind)
    assert Annotation.objects.count() == 1


def test_nobody_revises_another_person_s_annotation(blind):
    reveal(blind)
    with pytest.raises(RevisionRefused):
        change(UserFactory(), blind)


def test_a_revision_obeys_the_rules_of_every_annotation(annotator, blind):
    reveal(blind)
    with pytest.raises(InvalidAnswer, match="no outcome"):
        change(annotator, blind, {"subject": FacetAnswer(added=("YOUTH",))})
    assert Annotation.objects.count() == 1


def test_the_same_revision_again_is_stored_once(annotator, blind):
    reveal(blind)
    assert change(annotator, blind) == change(annotator, blind)
    assert Annotation.objects.count() == 2


def test_a_second_revision_takes_the_place_of_the_first(annotator, blind):
    reveal(blind)
    first = change(annotator, blind)
    second = change(annotator, blind, OWN, key="second", seen=first)
    assert second.supersedes == first
    assert list(Annotation.objects.as_shown()) == [second]
    assert list(Annotation.objects.current()) == [blind]


def test_a_revision_that_was_not_seen_is_not_replaced(annotator, blind):
    reveal(blind)
    first = change(annotator, blind)
    with pytest.raises(AnnotationChanged, match=f"Annotation {first.pk} stands there by now"):
        change(annotator, blind, OWN, key="other tab")
    assert list(Annotation.objects.as_shown()) == [first]
    assert change(annotator, blind) == first  # sent again
    withdraw_last(annotator)
    with pytest.raises(AnnotationChanged, match=f"Annotation {blind.pk} stands there by now"):
        change(annotator, blind, OWN, key="other tab", seen=first)
    assert list(Annotation.objects.as_shown()) == [blind]


def test_what_is_opened_names_what_stands(annotator, blind):
    assert reveal(blind).replaces == blind.pk
    first = change(annotator, blind)
    assert open_for_change(annotator, blind.pk).claim.replaces == first.pk
    assert withdraw_last(annotator).claim.replaces == blind.pk


def test_the_database_keeps_one_chain_of_revisions(annotator, blind):
    reveal(blind)
    revision = change(annotator, blind)
    twin = Annotation(
        grant=blind.grant,
        annotator=annotator,
        taxonomy_release=blind.taxonomy_release,
        revises=revision.revises,
        idempotency_key="twin",
        stream="audit",
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_undo_takes_the_revision_back_and_opens_it_again(annotator, blind):
    reveal(blind)
    change(annotator, blind)
    reopened = withdraw_last(annotator)
    assert reopened.claim.revises == blind.pk
    assert (reopened.answers, reopened.stands) == (REVISED, False)
    assert list(Annotation.objects.as_shown()) == [blind]
    again = change(annotator, blind, OWN, key="again")
    assert list(Annotation.objects.as_shown()) == [again]


def test_once_revealed_the_blind_annotation_stays(annotator, blind):
    reveal(blind)
    reopened = withdraw_last(annotator)
    assert (reopened.claim.revises, reopened.stands) == (blind.pk, True)
    assert {f: a.added for f, a in reopened.answers.items()} == {"subject": ("YOUTH",)}
    assert list(Annotation.objects.current()) == [blind]
    assert Annotation.objects.count() == 1


def test_undo_goes_past_a_blind_annotation_that_is_open_for_revision(annotator, blind):
    reveal(blind)
    earlier = UserFactory()
    with pytest.raises(Exception, match="nothing left to undo"):
        withdraw_last(earlier)
    with pytest.raises(Exception, match="nothing left to undo"):
        withdraw_last(annotator, besides=frozenset({f"annotation-{blind.pk}"}))


def test_what_nobody_has_revealed_can_be_taken_back(annotator, blind):
    assert withdraw_last(annotator).claim.is_blind
    assert not Annotation.objects.current().exists()


def test_without_a_share_no_ordinary_grant_is_blind(annotator):
    SuggestionFactory()
    assert not claim_next_grant(annotator).is_blind


def test_the_answers_of_a_revision_are_read_back_as_given(annotator, blind):
    reveal(blind)
    assert answers_of(change(annotator, blind)) == REVISED
