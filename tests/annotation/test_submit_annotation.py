"""Submitting: what becomes of an answer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.errors import ClaimLost, KeyReused
from annotation.models import Annotation, Decision, Outcome, QueueItem, Suggestion
from annotation.services.decisions import FacetAnswer, answers_of, submit_annotation
from annotation.services.queue import claim_next_grant, release_claim
from annotation.services.suggestions import replace_suggestions
from annotation.services.taxonomy_releases import _release
from tests.factories import (
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def facet():
    return FacetFactory()


@pytest.fixture
def annotator():
    return UserFactory()


@pytest.fixture
def shown(facet):
    """ARTS (ticked), SPORT (ticked) and MUSIC (not) are suggested for one waiting grant."""
    grant = GrantFactory(queued=True)
    for code, score in [("ARTS", 0.9), ("SPORT", 0.6), ("MUSIC", 0.2)]:
        category = CategoryFactory(facet=facet, code=code)
        SuggestionFactory(grant=grant, category=category, score=score, is_ticked=score > 0.5)
    CategoryFactory(facet=facet, code="YOUTH")
    return grant


def submit(annotator, answers, key="key", **more):
    token = claim_next_grant(annotator).token
    return submit_annotation(annotator, token, answers, idempotency_key=key, **more).annotation


def verdicts(annotation):
    return {d.category.code: d.verdict for d in annotation.decisions.select_related("category")}


ANSWER = {"subject": FacetAnswer("labelled", ("SPORT",), ("ARTS",), ("YOUTH",))}


def test_what_was_shown_is_accepted_rejected_or_left_and_the_rest_is_added(shown, annotator):
    annotation = submit(annotator, ANSWER)
    assert verdicts(annotation) == {
        "SPORT": "accepted",
        "ARTS": "rejected",
        "MUSIC": "left",
        "YOUTH": "added",
    }
    assert [(o.facet.code, o.value) for o in annotation.outcomes.all()] == [("subject", "labelled")]
    assert not QueueItem.objects.open().exists()


def test_it_costs_no_more_queries_than_it_needs(shown, annotator, django_assert_max_num_queries):
    token = claim_next_grant(annotator).token
    with django_assert_max_num_queries(18):  # with the two that begin and end its transaction
        submit_annotation(annotator, token, ANSWER, idempotency_key="key")


def test_a_folded_suggestion_was_not_seen_and_gets_no_decision(shown, annotator):
    annotation = submit(annotator, ANSWER, unseen=frozenset({"MUSIC"}))
    assert "MUSIC" not in verdicts(annotation)


def test_a_suggestion_with_a_verdict_was_seen_whatever_the_page_says(shown, annotator):
    annotation = submit(annotator, ANSWER, unseen=frozenset({"SPORT", "ARTS"}))
    assert verdicts(annotation)["SPORT"] == "accepted"
    assert Decision.objects.get(category__code="ARTS").score == 0.9


def test_score_rank_and_tick_are_copied_as_shown(shown, annotator):
    annotation = submit(annotator, ANSWER)
    copied = annotation.decisions.order_by("rank").values_list(
        "category__code", "score", "rank", "was_ticked"
    )
    assert set(copied) == {
        ("ARTS", 0.9, 1, True),
        ("SPORT", 0.6, 2, True),
        ("MUSIC", 0.2, 3, False),
        ("YOUTH", None, None, None),
    }


def test_suggestions_replaced_meanwhile_do_not_change_what_was_shown(shown, annotator):
    claim = claim_next_grant(annotator)
    version = shown.suggestions.first().model_version
    replace_suggestions(version, [shown.pk], [])
    annotation = submit(annotator, ANSWER)
    assert annotation.decisions.get(category__code="SPORT").score == 0.6
    assert annotation.model_version == version
    assert not Suggestion.objects.exists()
    assert claim.grant == annotation.grant


def test_the_annotation_keeps_under_what_it_was_made(shown, annotator):
    QueueItem.objects.update(stream="least_confident")
    annotation = submit(annotator, ANSWER, seconds=42)
    category = shown.suggestions.first().category
    assert annotation.annotator == annotator
    assert annotation.model_version == shown.scored_by
    assert annotation.taxonomy_release == category.taxonomy.release
    assert annotation.content_sha256 == shown.content_sha256
    assert (annotation.stream, annotation.is_blind, annotation.seconds) == (
        "least_confident",
        False,
        42,
    )


def test_the_newest_release_of_the_taxonomy_is_named(shown, annotator, facet):
    _release(facet.taxonomy)
    assert submit(annotator, {}).taxonomy_release.number == 2


def test_a_blind_annotation_names_no_model_version(annotator, facet):
    grant = GrantFactory(stream="audit", queued=True)
    CategoryFactory(facet=facet, code="YOUTH")
    SuggestionFactory(grant=grant, category=CategoryFactory(facet=facet, code="ARTS"))
    annotation = submit(annotator, {"subject": FacetAnswer("labelled", added=("ARTS", "YOUTH"))})
    assert (annotation.is_blind, annotation.stream, annotation.model_version) == (
        True,
        "audit",
        None,
    )
    assert verdicts(annotation) == {"ARTS": "added", "YOUTH": "added"}


def test_a_facet_without_outcome_is_unanswered_and_keeps_its_rejections(shown, annotator):
    annotation = submit(annotator, {"subject": FacetAnswer(rejected=("ARTS",))})
    assert verdicts(annotation) == {"ARTS": "rejected", "SPORT": "left", "MUSIC": "left"}
    assert not Outcome.objects.exists()


def test_an_empty_answer_is_an_answer(shown, annotator):
    assert set(verdicts(submit(annotator, {})).values()) == {"left"}


def test_a_retired_suggestion_is_left_or_rejected(shown, annotator):
    claim_next_grant(annotator)
    for suggestion in shown.suggestions.all():
        suggestion.category.retired_at = timezone.now()
        suggestion.category.save()
    annotation = submit(annotator, {"subject": FacetAnswer(rejected=("ARTS",))})
    assert verdicts(annotation) == {"ARTS": "rejected", "SPORT": "left", "MUSIC": "left"}


def test_the_answer_can_be_read_back_as_it_was_given(shown, annotator):
    assert answers_of(submit(annotator, ANSWER)) == ANSWER


def test_the_same_key_and_answer_give_the_same_annotation(shown, annotator):
    claim = claim_next_grant(annotator)
    first, second = (
        submit_annotation(annotator, claim.token, ANSWER, idempotency_key="key") for _ in range(2)
    )
    assert (first.is_replay, second.is_replay) == (False, True)
    assert first.annotation == second.annotation
    assert Annotation.objects.count() == 1


@pytest.mark.parametrize(
    "changed", [{"seconds": 9}, {"answers": {}}, {"unseen": frozenset({"MUSIC"})}]
)
def test_the_same_key_with_another_answer_is_refused(shown, annotator, changed):
    claim = claim_next_grant(annotator)
    body = {"token": claim.token, "answers": ANSWER, "idempotency_key": "key"}
    submit_annotation(annotator, **body)
    with pytest.raises(KeyReused, match="The key key was used for another annotation"):
        submit_annotation(annotator, **(body | changed))
    assert Annotation.objects.count() == 1


def test_two_people_may_use_the_same_key(shown):
    QueueItem.objects.update(n_required=2)
    keys = {submit(UserFactory(), {}, key="key").idempotency_key for _ in range(2)}
    assert keys == {"key"}


def test_without_a_claim_nothing_is_stored(shown, annotator):
    claim = claim_next_grant(annotator)
    release_claim(annotator, claim.token)
    with pytest.raises(ClaimLost, match="Open the next grant to go on"):
        submit_annotation(annotator, claim.token, ANSWER, idempotency_key="key")
    assert not Annotation.objects.exists()


def test_a_claim_that_another_person_took_stores_nothing(shown, annotator):
    claim = claim_next_grant(annotator)
    expire(claim)
    theirs = claim_next_grant(UserFactory())
    with pytest.raises(ClaimLost):
        submit_annotation(annotator, claim.token, ANSWER, idempotency_key="key")
    assert not Annotation.objects.exists()
    assert QueueItem.objects.get().claim == theirs.token


def test_another_person_s_claim_stores_nothing(shown, annotator):
    claim = claim_next_grant(UserFactory())
    with pytest.raises(ClaimLost):
        submit_annotation(annotator, claim.token, ANSWER, idempotency_key="key")
    assert not Annotation.objects.exists()


def test_an_expired_claim_that_nobody_took_is_still_good(shown, annotator):
    claim = claim_next_grant(annotator)
    expire(claim)
    submit_annotation(annotator, claim.token, ANSWER, idempotency_key="key")
    assert Annotation.objects.count() == 1


def expire(claim):
    past = timezone.now() - timedelta(seconds=1)
    QueueItem.objects.filter(claim=claim.token).update(claimed_until=past)


def test_a_grant_that_wants_two_annotations_takes_them_from_two_people_and_closes(shown):
    QueueItem.objects.update(n_required=2)
    first, second, third = UserFactory.create_batch(3)
    submit(first, ANSWER)
    assert claim_next_grant(first) is None
    assert QueueItem.objects.get().is_open
    submit(second, {})
    item = QueueItem.objects.get()
    assert (item.is_open, item.n_done) == (False, 2)
    assert claim_next_grant(third) is None


def test_a_submitted_grant_is_held_by_nobody(shown, annotator):
    submit(annotator, ANSWER)
    item = QueueItem.objects.get()
    assert (item.claim, item.claimed_by, item.claimed_until, item.shown_version, item.shown) == (
        (None,) * 4 + ([],)
    )
