"""Grants that a page fetches before they are opened: their order, and how they are given back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.errors import ClaimLost, NothingToUndo
from annotation.models import QueueItem
from annotation.services.decisions import submit_annotation, withdraw_last
from annotation.services.queue import claim_next_grant, release_unopened, renew_claim
from annotation.services.skips import open_grant
from tests.factories import FacetFactory, GrantFactory, UserFactory, decide

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def facet():
    return FacetFactory()


def expire(claim):
    QueueItem.objects.filter(claim=claim.token).update(
        claimed_until=timezone.now() - timedelta(seconds=1)
    )


def three_ahead(annotator):
    """One grant open and saved, three fetched ahead, as the screen holds them."""
    GrantFactory.create_batch(5, queued=True)
    claims = [claim_next_grant(annotator)]
    for _ in range(3):
        besides = {claim.token for claim in claims}
        claims.append(claim_next_grant(annotator, besides, is_ahead=True))
    return claims


def test_what_was_fetched_ahead_comes_in_the_order_in_which_it_was_fetched():
    annotator = UserFactory()
    opened, *ahead = three_ahead(annotator)
    besides = {opened.token}
    for expected in ahead:
        claim = claim_next_grant(annotator, besides)
        assert claim.grant == expected.grant
        besides.add(claim.token)


def test_what_lay_open_comes_before_what_was_fetched_ahead():
    annotator = UserFactory()
    opened, *_ = three_ahead(annotator)
    assert claim_next_grant(annotator).token == opened.token


def test_what_ran_out_comes_last():
    annotator = UserFactory()
    opened, first, second, _ = three_ahead(annotator)
    expire(first)
    assert claim_next_grant(annotator, {opened.token}).token == second.token


def test_what_ran_out_on_a_screen_is_never_handed_to_its_owner_under_another_token():
    annotator = UserFactory()
    GrantFactory.create_batch(2, queued=True)
    opened = claim_next_grant(annotator)
    expire(opened)
    ahead = claim_next_grant(annotator, {opened.token}, is_ahead=True)
    assert ahead.grant != opened.grant
    assert claim_next_grant(annotator, {opened.token, ahead.token}, is_ahead=True) is None
    submit_annotation(annotator, opened.token, {}, idempotency_key="late")


def test_what_ran_out_on_a_screen_is_free_for_everybody_else():
    GrantFactory(queued=True)
    opened = claim_next_grant(UserFactory())
    expire(opened)
    assert claim_next_grant(UserFactory(), {opened.token}).grant == opened.grant


def test_with_claims_of_few_minutes_what_was_renewed_last_comes_first():
    decide(claim_minutes=3)
    annotator = UserFactory()
    opened, *_ = three_ahead(annotator)
    renew_claim(annotator, opened.token)
    assert claim_next_grant(annotator).token == opened.token


def later(annotator, seconds=30):
    """Let the annotator's claims be so much older."""
    for item in QueueItem.objects.filter(claimed_by=annotator):
        item.claimed_until -= timedelta(seconds=seconds)
        item.save()


def held_by(annotator):
    return set(QueueItem.objects.filter(claimed_by=annotator).values_list("claim", flat=True))


def farewell(annotator, claims):
    for claim in claims:
        release_unopened(annotator, claim.token)


@pytest.mark.parametrize("minutes", [3, 30])
def test_a_farewell_gives_back_what_was_fetched_ahead(minutes):
    decide(claim_minutes=minutes)
    annotator = UserFactory()
    opened, *ahead = three_ahead(annotator)
    later(annotator)
    farewell(annotator, ahead)
    assert held_by(annotator) == {opened.token}


@pytest.mark.parametrize("minutes", [3, 30])
@pytest.mark.parametrize("is_ahead", [False, True])
def test_a_farewell_takes_nothing_from_the_page_that_came_after_it(minutes, is_ahead):
    decide(claim_minutes=minutes)
    annotator = UserFactory()
    opened, first, second, third = three_ahead(annotator)
    later(annotator)
    besides = {opened.token, second.token, third.token}
    again = claim_next_grant(annotator, besides, is_ahead=is_ahead)
    assert again.token == first.token
    farewell(annotator, [first, second, third])
    assert held_by(annotator) == {opened.token, first.token}


def test_a_farewell_to_what_somebody_else_holds_changes_nothing():
    annotator = UserFactory()
    _, first, *_ = three_ahead(annotator)
    later(annotator)
    release_unopened(UserFactory(), first.token)
    assert first.token in held_by(annotator)


def test_what_was_given_back_for_an_undo_that_fails_is_held_as_before():
    annotator = UserFactory()
    claims = three_ahead(annotator)
    with pytest.raises(NothingToUndo):
        withdraw_last(annotator, give_back=[claims[-1].token])
    assert held_by(annotator) == {claim.token for claim in claims}


def test_what_was_given_back_for_a_grant_that_does_not_open_is_held_as_before():
    annotator = UserFactory()
    claims = three_ahead(annotator)
    theirs = claim_next_grant(UserFactory())
    with pytest.raises(ClaimLost):
        open_grant(annotator, theirs.grant, [claims[-1].token])
    assert held_by(annotator) == {claim.token for claim in claims}


def test_an_undo_takes_the_place_of_what_was_fetched_ahead_but_not_of_what_was_opened():
    annotator = UserFactory()
    opened, *ahead = three_ahead(annotator)
    submit_annotation(annotator, opened.token, {}, idempotency_key="first")
    GrantFactory.create_batch(2, queued=True)
    besides = {claim.token for claim in ahead}
    besides.add(claim_next_grant(annotator, besides).token)
    renew_claim(annotator, ahead[0].token)
    give_back = [ahead[0].token, ahead[1].token]
    assert withdraw_last(annotator, give_back=give_back).claim.grant == opened.grant
    assert ahead[0].token in held_by(annotator)
    assert ahead[1].token not in held_by(annotator)


def test_a_page_that_keeps_what_it_fetched_ahead_does_not_shorten_the_claim_of_another():
    annotator = UserFactory()
    opened, *_ = three_ahead(annotator)
    assert renew_claim(annotator, opened.token, is_ahead=True) == opened.until
