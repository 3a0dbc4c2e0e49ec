"""Taking answers back, newest first."""

import pytest

from annotation.errors import KeyReused, NothingToUndo
from annotation.models import Annotation, QueueItem
from annotation.services import deeds
from annotation.services.corrections import correct
from annotation.services.decisions import FacetAnswer, submit_annotation, withdraw_last
from annotation.services.queue import claim_next_grant, release_claim
from annotation.services.rechecks import plan_rechecks
from tests.factories import (
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    SuggestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NONE_FITS = {"subject": FacetAnswer("none_fits")}


@pytest.fixture(autouse=True)
def facet():
    return FacetFactory()


@pytest.fixture
def annotator():
    return UserFactory()


def submit(annotator, answers=NONE_FITS):
    claim = claim_next_grant(annotator)
    key = f"key {Annotation.objects.count()}"
    return submit_annotation(annotator, claim.token, answers, idempotency_key=key).annotation


def test_an_undone_answer_no_longer_stands_but_stays_in_the_log(annotator):
    GrantFactory(queued=True)
    annotation = submit(annotator)
    withdraw_last(annotator)
    withdrawal = annotation.superseded_by
    assert withdrawal.is_withdrawal
    assert not Annotation.objects.current().exists()
    assert annotation.outcomes.count() == 1
    assert (withdrawal.outcomes.count(), withdrawal.decisions.count()) == (0, 0)
    assert withdrawal.taxonomy_release == annotation.taxonomy_release


@pytest.mark.parametrize("is_corrected", [False, True])
def test_what_was_to_be_checked_and_is_taken_back_is_no_check_any_more(annotator, is_corrected):
    GrantFactory(queued=True, queued__stream="least_confident", queued__reason="Unsure.")
    first = submit(annotator)
    if is_corrected:
        correct(annotator, first.pk, NONE_FITS, idempotency_key="correction")
    assert plan_rechecks(1) == 1
    claim = withdraw_last(annotator).claim
    assert (claim.is_blind, claim.stream, claim.reason) == (False, "least_confident", "")
    item = QueueItem.objects.get()
    assert (item.n_required, item.n_done, item.is_open) == (1, 0, True)
    again = submit_annotation(annotator, claim.token, NONE_FITS, idempotency_key="again").annotation
    assert (again.is_blind, again.stream) == (False, "least_confident")
    assert not QueueItem.objects.open().exists()


@pytest.mark.parametrize("is_corrected", [False, True])
def test_whom_a_check_has_checked_decides_again_as_before(annotator, is_corrected):
    """They have seen the suggestions: what they save again must not count as decided blind."""
    GrantFactory(queued=True, queued__stream="least_confident")
    first, grace = submit(annotator), UserFactory()
    if is_corrected:
        correct(annotator, first.pk, NONE_FITS, idempotency_key="correction")
    plan_rechecks(1)
    check = submit(grace)
    assert (check.is_blind, check.stream) == (True, "recheck")
    claim = withdraw_last(annotator).claim
    assert (claim.is_blind, claim.stream) == (False, "least_confident")
    again = submit_annotation(annotator, claim.token, NONE_FITS, idempotency_key="again").annotation
    assert (again.is_blind, again.stream) == (False, "least_confident")
    item = QueueItem.objects.get()
    assert (item.n_required, item.n_done, item.is_open) == (2, 2, False)
    assert {a.pk for a in Annotation.objects.current()} == {check.pk, again.pk}


def test_who_has_checked_and_takes_it_back_checks_blind_again(annotator):
    GrantFactory(queued=True, queued__stream="least_confident")
    submit(annotator)
    plan_rechecks(1)
    grace = UserFactory()
    submit(grace)
    claim = withdraw_last(grace).claim
    assert (claim.is_blind, claim.stream) == (True, "recheck")


def test_undo_gives_the_grant_back_with_the_old_answer(annotator, facet):
    suggestion = SuggestionFactory(category=CategoryFactory(facet=facet, code="SPORT"))
    CategoryFactory(facet=facet, code="YOUTH")
    answers = {"subject": FacetAnswer("labelled", rejected=("SPORT",), added=("YOUTH",))}
    submit(annotator, answers)
    reopened = withdraw_last(annotator)
    assert reopened.answers == answers
    assert reopened.claim.grant == suggestion.grant
    assert [s["category"] for s in reopened.claim.shown] == ["SPORT"]
    assert QueueItem.objects.get().claimed_by == annotator


def test_annotating_again_supersedes_the_withdrawal(annotator):
    GrantFactory(queued=True)
    first = submit(annotator)
    token = withdraw_last(annotator).claim.token
    again = submit_annotation(annotator, token, {}, idempotency_key="again").annotation
    assert again.supersedes == first.superseded_by
    assert list(Annotation.objects.current()) == [again]
    assert QueueItem.objects.get().n_done == 1


def test_undo_again_reaches_the_answer_before(annotator):
    GrantFactory.create_batch(3, queued=True)
    submitted = [submit(annotator).grant for _ in range(3)]
    undone = [withdraw_last(annotator).claim.grant for _ in range(3)]
    assert undone == submitted[::-1]
    with pytest.raises(NothingToUndo, match="nothing left to undo"):
        withdraw_last(annotator)


def test_a_corrected_answer_can_be_undone_as_well(annotator):
    GrantFactory(queued=True)
    submit(annotator)
    for _ in range(3):
        withdraw_last(annotator)
        submit(annotator)
    assert Annotation.objects.count() == 7
    assert Annotation.objects.current().count() == 1


def test_without_an_answer_there_is_nothing_to_undo(annotator):
    with pytest.raises(NothingToUndo):
        withdraw_last(annotator)


def test_nobody_undoes_another_person_s_answer(annotator):
    GrantFactory(queued=True)
    submit(UserFactory())
    with pytest.raises(NothingToUndo):
        withdraw_last(annotator)
    assert Annotation.objects.count() == 1


def test_an_answer_stays_while_somebody_else_works_on_its_grant(annotator):
    grant = GrantFactory(queued=True, queued__n_required=2)
    submit(annotator)
    claim = claim_next_grant(UserFactory())
    with pytest.raises(NothingToUndo, match=f"Somebody else works on {grant} now"):
        withdraw_last(annotator)
    assert Annotation.objects.current().count() == 1
    assert QueueItem.objects.get().claim == claim.token


def test_whoever_holds_four_grants_saves_one_before_they_undo(annotator):
    GrantFactory.create_batch(5, queued=True)
    submit(annotator)
    held = set()
    for _ in range(4):
        held.add(claim_next_grant(annotator, held).token)
    with pytest.raises(NothingToUndo, match="You hold 4 grants, as many as one person may"):
        withdraw_last(annotator)
    assert QueueItem.objects.exclude(claim=None).count() == 4
    assert Annotation.objects.current().count() == 1
    release_claim(annotator, held.pop())
    assert withdraw_last(annotator)


def test_an_undone_grant_that_is_given_back_goes_to_others(annotator):
    GrantFactory(queued=True)
    submit(annotator)
    release_claim(annotator, withdraw_last(annotator).claim.token)
    assert claim_next_grant(UserFactory())


def test_an_undone_grant_that_was_given_back_may_come_again(annotator):
    grant = GrantFactory(queued=True)
    submit(annotator)
    release_claim(annotator, withdraw_last(annotator).claim.token)
    assert claim_next_grant(annotator).grant == grant


def test_no_key_of_the_annotator_s_own_stands_in_the_way_of_undo(annotator):
    first, second = GrantFactory.create_batch(2, queued=True)
    key = f"withdraws-{submit(annotator).pk + 1}"
    token = claim_next_grant(annotator).token
    submit_annotation(annotator, token, {}, idempotency_key=key)
    assert withdraw_last(annotator).claim.grant == second
    assert withdraw_last(annotator).claim.grant == first


def test_as_many_deeds_can_be_taken_back_in_a_row_as_undo_looks_back(annotator, monkeypatch):
    monkeypatch.setattr(deeds, "UNDO_DEPTH", 4)
    GrantFactory.create_batch(6, queued=True)
    submitted = [submit(annotator).grant for _ in range(6)]
    undone = []
    for _ in range(4):
        claim = withdraw_last(annotator).claim
        undone.append(claim.grant)
        release_claim(annotator, claim.token)
    assert undone == submitted[:1:-1]
    with pytest.raises(NothingToUndo):
        withdraw_last(annotator)
    assert Annotation.objects.current().count() == 2


def test_an_undo_that_is_sent_again_takes_nothing_more_back(annotator):
    GrantFactory.create_batch(2, queued=True)
    submit(annotator)
    last = submit(annotator)
    first = withdraw_last(annotator, idempotency_key="once")
    again = withdraw_last(annotator, idempotency_key="once")
    assert (again.claim.token, again.answers) == (first.claim.token, NONE_FITS)
    assert list(Annotation.objects.filter(is_withdrawal=True)) == [last.superseded_by]


def test_an_undo_sent_again_after_the_grant_was_given_back_claims_it_anew(annotator):
    grant = GrantFactory(queued=True)
    submit(annotator)
    release_claim(annotator, withdraw_last(annotator, idempotency_key="once").claim.token)
    assert withdraw_last(annotator, idempotency_key="once").claim.grant == grant
    assert QueueItem.objects.get().claimed_by == annotator


def test_an_undo_sent_again_does_not_undo_what_was_saved_since(annotator):
    GrantFactory(queued=True)
    submit(annotator)
    withdraw_last(annotator, idempotency_key="once")
    again = submit(annotator)
    with pytest.raises(NothingToUndo, match="again since"):
        withdraw_last(annotator, idempotency_key="once")
    assert list(Annotation.objects.current()) == [again]


def test_the_key_of_an_annotation_is_none_for_an_undo(annotator):
    GrantFactory(queued=True)
    annotation = submit(annotator)
    with pytest.raises(KeyReused):
        withdraw_last(annotator, idempotency_key=annotation.idempotency_key)
    assert list(Annotation.objects.current()) == [annotation]


def test_undo_costs_little_however_many_answers_there_are(annotator, django_assert_max_num_queries):
    GrantFactory.create_batch(30, queued=True)
    for _ in range(30):
        submit(annotator)
    with django_assert_max_num_queries(16 + 6):  # those keep the figures of an empty answer
        withdraw_last(annotator)
