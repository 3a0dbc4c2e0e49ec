"""Submitting: which answers make no sense, and what the annotator is told."""

import pytest
from django.utils import timezone

from annotation.errors import InvalidAnswer
from annotation.models import Annotation, Facet, QueueItem, Taxonomy
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.queue import claim_next_grant
from tests.factories import (
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def two_facets():
    """SPORT is suggested, YOUTH (Subject) and AGED (Population) are not, OLD is retired."""
    subject = FacetFactory(code="subject")
    population = FacetFactory(code="population", has_general_public=True)
    grant = GrantFactory(queued=True)
    SuggestionFactory(grant=grant, category=CategoryFactory(facet=subject, code="SPORT"))
    CategoryFactory(facet=subject, code="YOUTH")
    CategoryFactory(facet=subject, code="OLD", retired_at=timezone.now())
    CategoryFactory(facet=population, code="AGED")


def submit(answers):
    annotator = UserFactory()
    token = claim_next_grant(annotator).token
    return submit_annotation(annotator, token, answers, idempotency_key="key").annotation


def labelled(**codes):
    return {"subject": FacetAnswer("labelled", **codes)}


INVALID = {
    "an unknown facet": (
        {"colour": FacetAnswer()},
        "There is no facet 'colour'. The facets are: population, subject.",
    ),
    "a category with two verdicts": (
        labelled(accepted=("SPORT",), rejected=("SPORT",)),
        "SPORT stands in Subject twice. Give each category one verdict.",
    ),
    "a category named twice": (
        labelled(added=("YOUTH", "YOUTH")),
        "YOUTH stands in Subject twice. Give each category one verdict.",
    ),
    "an unknown category": (
        labelled(added=("NOPE",)),
        "There is no category 'NOPE'. Search for its label instead.",
    ),
    "an empty code": (
        labelled(added=("",)),
        "There is no category ''. Search for its label instead.",
    ),
    "a code in the wrong case": (
        labelled(added=("youth",)),
        "There is no category 'youth'. Search for its label instead.",
    ),
    "a category of another facet": (
        labelled(added=("AGED",)),
        "AGED Category AGED belongs to Population, not to Subject.",
    ),
    "a retired category": (
        labelled(added=("OLD",)),
        "OLD Category OLD is retired. Choose another category.",
    ),
    "accepting what was not suggested": (
        labelled(accepted=("YOUTH",)),
        "YOUTH was not suggested here. Put it among the added ones.",
    ),
    "rejecting what was not suggested": (
        {"subject": FacetAnswer(rejected=("YOUTH",))},
        "YOUTH was not suggested here. Put it among the added ones.",
    ),
    "adding what was suggested": (
        labelled(added=("SPORT",)),
        "SPORT was suggested here. Put it among the accepted ones.",
    ),
    "choosing without an outcome": (
        {"subject": FacetAnswer(added=("YOUTH",))},
        "Subject has chosen categories but no outcome. Say 'labelled', or choose none.",
    ),
    "an unknown outcome": (
        {"subject": FacetAnswer("perhaps")},
        "'perhaps' is no outcome. Take one of: labelled, none_fits, not_enough_text, "
        "general_public.",
    ),
    "labelled with nothing": (
        labelled(rejected=("SPORT",)),
        "Subject is said to be labelled, but no category is accepted or added there.",
    ),
    "none fits and one does": (
        {"subject": FacetAnswer("none_fits", accepted=("SPORT",))},
        "Subject cannot be none fits and hold SPORT as well.",
    ),
    "not enough text and yet a category": (
        {"subject": FacetAnswer("not_enough_text", added=("YOUTH",))},
        "Subject cannot be not enough text and hold YOUTH as well.",
    ),
    "the general public of a subject": (
        {"subject": FacetAnswer("general_public")},
        "'General public' is no outcome of Subject.",
    ),
}


@pytest.mark.parametrize("case", INVALID)
def test_a_senseless_answer_is_refused_in_words_and_nothing_is_stored(case):
    answers, words = INVALID[case]
    with pytest.raises(InvalidAnswer) as refusal:
        submit(answers)
    assert str(refusal.value) == words
    assert not Annotation.objects.exists()
    assert QueueItem.objects.get().claim


@pytest.mark.parametrize("outcome", ["none_fits", "not_enough_text", "general_public"])
def test_a_facet_may_have_an_outcome_and_no_category(outcome):
    annotation = submit({"population": FacetAnswer(outcome)})
    assert annotation.outcomes.get().value == outcome


def test_a_facet_that_must_be_answered_asks_for_it():
    Facet.objects.filter(code="population").update(is_required=True)
    for unanswered in ({}, {"population": FacetAnswer()}, labelled(added=("YOUTH",))):
        with pytest.raises(InvalidAnswer, match="Population needs an outcome: choose a category"):
            submit(unanswered)
        QueueItem.objects.update(claim=None, claimed_by=None, claimed_until=None)
    assert submit({"population": FacetAnswer("not_enough_text")})


def test_a_category_retired_after_the_claim_is_not_accepted():
    annotator = UserFactory()
    claim = claim_next_grant(annotator)
    category = GrantFactory._meta.model.objects.get().suggestions.get().category
    category.retired_at = timezone.now()
    category.save()
    with pytest.raises(InvalidAnswer, match="SPORT Category SPORT is retired"):
        submit_annotation(
            annotator, claim.token, labelled(accepted=("SPORT",)), idempotency_key="key"
        )


def test_without_a_taxonomy_nothing_can_be_answered():
    annotator = UserFactory()
    token = claim_next_grant(annotator).token
    Taxonomy.objects.update(is_current=False)
    with pytest.raises(InvalidAnswer, match="There is no taxonomy"):
        submit_annotation(annotator, token, {}, idempotency_key="key")


def test_without_a_taxonomy_nothing_is_handed_out():
    Taxonomy.objects.update(is_current=False)
    assert claim_next_grant(UserFactory()) is None


def test_a_refused_answer_can_be_mended_with_the_same_key():
    annotator = UserFactory()
    token = claim_next_grant(annotator).token
    with pytest.raises(InvalidAnswer):
        submit_annotation(annotator, token, labelled(), idempotency_key="key")
    mended = labelled(accepted=("SPORT",))
    assert not submit_annotation(annotator, token, mended, idempotency_key="key").is_replay
