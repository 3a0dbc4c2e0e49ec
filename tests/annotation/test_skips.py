"""Skipping, parking, and opening a certain grant again."""

import pytest

from annotation.errors import ClaimLost, NothingToUndo
from annotation.models import Annotation, QueueItem, Skip
from annotation.reports.recent_use import parked, recent_use
from annotation.services.decisions import FacetAnswer, submit_annotation, withdraw_last
from annotation.services.deeds import deed_name
from annotation.services.queue import claim_next_grant, release_claim
from annotation.services.skips import open_grant, skip_grant
from tests.factories import CategoryFactory, FacetFactory, GrantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def facet():
    return FacetFactory()


@pytest.fixture
def annotator():
    return UserFactory()


def skip(annotator, reason="other"):
    return skip_grant(annotator, claim_next_grant(annotator).token, reason)


def save(annotator, answers=None):
    key = f"key {Annotation.objects.count()}"
    token = claim_next_grant(annotator).token
    return submit_annotation(annotator, token, answers or {}, idempotency_key=key).annotation


def test_undo_after_a_skip_takes_the_skip_back_and_not_the_annotation_before(annotator):
    GrantFactory.create_batch(2, queued=True)
    annotation = save(annotator)
    skipped = skip(annotator)
    reopened = withdraw_last(annotator)
    assert (reopened.claim.grant, reopened.answers) == (skipped.grant, None)
    assert not Skip.objects.exists()
    assert list(Annotation.objects.current()) == [annotation]
    assert withdraw_last(annotator).claim.grant == annotation.grant


def test_the_deed_that_is_named_is_taken_back_and_not_the_newest(annotator):
    GrantFactory.create_batch(3, queued=True)
    first, second = save(annotator), save(annotator)
    skipped = skip(annotator)
    assert withdraw_last(annotator, deed_name(first)).claim.grant == first.grant
    assert list(Annotation.objects.current()) == [second]
    assert Skip.objects.get() == skipped
    with pytest.raises(NothingToUndo, match="taken back already"):
        withdraw_last(annotator, deed_name(first))


def test_a_skip_that_is_sent_again_is_the_skip_that_it_made(annotator):
    GrantFactory.create_batch(2, queued=True)
    claim = claim_next_grant(annotator)
    first = skip_grant(annotator, claim.token, "other", claim.grant.reference)
    assert skip_grant(annotator, claim.token, "other", claim.grant.reference) == first
    with pytest.raises(ClaimLost):
        skip_grant(annotator, claim.token, "other")
    with pytest.raises(ClaimLost):
        skip_grant(UserFactory(), claim.token, "other", claim.grant.reference)


def test_an_undo_of_a_skip_that_is_sent_again_takes_back_no_more(annotator):
    GrantFactory.create_batch(2, queued=True)
    kept = save(annotator)
    skip(annotator)
    first = withdraw_last(annotator, idempotency_key="once")
    again = withdraw_last(annotator, idempotency_key="once")
    assert (again.claim.token, again.claim.grant) == (first.claim.token, first.claim.grant)
    assert again.answers is None
    assert list(Annotation.objects.current()) == [kept]
    release_claim(annotator, first.claim.token)
    assert withdraw_last(annotator, idempotency_key="once").claim.grant == first.claim.grant


def test_an_undo_of_a_skip_sent_again_leaves_what_was_done_since(annotator):
    GrantFactory.create_batch(2, queued=True)
    save(annotator)
    skip(annotator)
    withdraw_last(annotator, idempotency_key="once")
    skip(annotator)
    with pytest.raises(NothingToUndo, match=r"skipped .* again since"):
        withdraw_last(annotator, idempotency_key="once")
    assert Skip.objects.count() == 1
    withdraw_last(annotator, idempotency_key="twice")
    save(annotator)
    for key in ("once", "twice"):
        with pytest.raises(NothingToUndo, match=r"saved .* since"):
            withdraw_last(annotator, idempotency_key=key)
    assert Annotation.objects.current().count() == 2


def test_an_undo_of_a_skip_sent_again_stays_with_its_person(annotator):
    GrantFactory(queued=True)
    skip(annotator)
    withdraw_last(annotator, idempotency_key="once")
    with pytest.raises(NothingToUndo, match="nothing left"):
        withdraw_last(UserFactory(), idempotency_key="once")


def test_a_skip_is_not_taken_back_once_somebody_else_has_decided(annotator):
    grant = GrantFactory(queued=True)
    skip(annotator)
    save(UserFactory())
    with pytest.raises(NothingToUndo, match=f"Somebody else has decided {grant}"):
        withdraw_last(annotator)
    assert Skip.objects.exists()


def test_a_parked_grant_goes_to_others_and_can_be_opened_again(annotator):
    grant = GrantFactory(queued=True)
    skip(annotator, "parked")
    assert claim_next_grant(annotator) is None
    assert [s.grant for s in parked(annotator)] == [grant]
    other = UserFactory()
    theirs = claim_next_grant(other)
    with pytest.raises(ClaimLost, match="Somebody else has"):
        open_grant(annotator, grant)
    release_claim(other, theirs.token)
    assert open_grant(annotator, grant).grant == grant
    assert not parked(annotator)


def test_a_parked_grant_that_others_decided_is_listed_no_longer(annotator):
    grant = GrantFactory(queued=True)
    skip(annotator, "parked")
    save(UserFactory())
    assert parked(annotator) == []
    with pytest.raises(ClaimLost, match="has all the annotations it needs"):
        open_grant(annotator, grant)


def test_what_one_has_saved_is_not_opened_again(annotator):
    grant = GrantFactory(queued=True, queued__n_required=2)
    save(annotator)
    with pytest.raises(ClaimLost, match="You have saved"):
        open_grant(annotator, grant)


def test_nobody_opens_a_fifth_grant(annotator):
    grants = GrantFactory.create_batch(5, queued=True)
    held = set()
    for _ in range(4):
        held.add(claim_next_grant(annotator, held).token)
    with pytest.raises(ClaimLost, match="You hold 4 grants"):
        open_grant(annotator, grants[-1])


def test_parking_is_no_reason_that_the_dialog_offers():
    assert "parked" not in dict(Skip.reasons())
    assert len(Skip.reasons()) == 6


def test_a_grant_fetched_ahead_is_held_for_minutes_and_comes_after_the_open_one(annotator):
    GrantFactory.create_batch(2, queued=True)
    ahead = claim_next_grant(annotator, is_ahead=True)
    opened = claim_next_grant(annotator, {ahead.token})
    assert ahead.until < opened.until
    assert claim_next_grant(annotator).token == opened.token


def test_opening_it_holds_it_as_long_as_any_other(annotator):
    GrantFactory(queued=True)
    ahead = claim_next_grant(annotator, is_ahead=True)
    opened = claim_next_grant(annotator)
    assert (opened.token, opened.until > ahead.until) == (ahead.token, True)
    assert QueueItem.objects.get().claimed_until == opened.until


def test_what_was_chosen_lately_is_counted(annotator, facet):
    for code in ("ARTS", "SPORT"):
        CategoryFactory(facet=facet, code=code)
    GrantFactory.create_batch(2, queued=True)
    save(annotator, {"subject": FacetAnswer("labelled", added=("ARTS", "SPORT"))})
    save(annotator, {"subject": FacetAnswer("labelled", added=("ARTS",))})
    assert recent_use(annotator) == {"ARTS": 2, "SPORT": 1}
    assert recent_use(UserFactory()) == {}
