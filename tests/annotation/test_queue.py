"""Handing out grants: who gets which, and what they are shown."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.errors import ClaimLost, TooManyClaims
from annotation.models import Decision, Grant, Outcome, QueueItem, SiteSettings, Skip, Suggestion
from annotation.models.site_settings import settings_held
from annotation.services.decisions import FacetAnswer, submit_annotation
from annotation.services.priorities import Priority, reprioritise
from annotation.services.queue import (
    claim_next_grant,
    release_claim,
    renew_claim,
)
from annotation.services.skips import skip_grant
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


def expire(claim):
    QueueItem.objects.filter(claim=claim.token).update(
        claimed_until=timezone.now() - timedelta(seconds=1)
    )


def test_the_highest_priority_comes_first():
    GrantFactory(queued=True, queued__priority=0.2)
    urgent = GrantFactory(queued=True, queued__priority=0.9)
    assert claim_next_grant(UserFactory()).grant == urgent


def test_an_empty_queue_gives_nothing():
    assert claim_next_grant(UserFactory()) is None


def test_two_annotators_never_hold_one_grant():
    GrantFactory(queued=True)
    assert claim_next_grant(UserFactory())
    assert claim_next_grant(UserFactory()) is None


def test_an_open_claim_comes_again():
    GrantFactory.create_batch(2, queued=True)
    annotator = UserFactory()
    first = claim_next_grant(annotator)
    assert claim_next_grant(annotator).token == first.token


def test_besides_brings_another_grant():
    GrantFactory.create_batch(2, queued=True)
    annotator = UserFactory()
    first = claim_next_grant(annotator)
    second = claim_next_grant(annotator, {first.token})
    assert second.grant != first.grant


def test_a_fifth_claim_is_refused():
    GrantFactory.create_batch(5, queued=True)
    annotator, held = UserFactory(), set()
    for _ in range(4):
        held.add(claim_next_grant(annotator, held).token)
    with pytest.raises(TooManyClaims, match="You hold 4 grants"):
        claim_next_grant(annotator, held)


def test_an_expired_claim_goes_to_the_next_who_asks():
    grant = GrantFactory(queued=True)
    expire(claim_next_grant(UserFactory()))
    assert claim_next_grant(UserFactory()).grant == grant


def test_an_expired_claim_that_comes_again_is_held_again():
    GrantFactory(queued=True)
    annotator = UserFactory()
    expire(claim_next_grant(annotator))
    claim_next_grant(annotator)
    assert claim_next_grant(UserFactory()) is None


def test_a_released_grant_is_free_again():
    GrantFactory(queued=True)
    annotator = UserFactory()
    release_claim(annotator, claim_next_grant(annotator).token)
    assert claim_next_grant(UserFactory())


def test_releasing_what_is_not_held_changes_nothing():
    GrantFactory(queued=True)
    claim = claim_next_grant(UserFactory())
    release_claim(UserFactory(), claim.token)
    assert QueueItem.objects.get().claim == claim.token


def test_renewing_a_lost_claim_is_refused():
    GrantFactory(queued=True)
    annotator = UserFactory()
    claim = claim_next_grant(annotator)
    expire(claim)
    claim_next_grant(UserFactory())
    with pytest.raises(ClaimLost):
        renew_claim(annotator, claim.token)


def test_renewing_moves_the_deadline():
    GrantFactory(queued=True)
    annotator = UserFactory()
    claim = claim_next_grant(annotator)
    expire(claim)
    assert renew_claim(annotator, claim.token) > timezone.now()


def test_a_skipped_grant_goes_to_others_and_not_to_me():
    grant = GrantFactory(queued=True)
    annotator = UserFactory()
    skip_grant(annotator, claim_next_grant(annotator).token, "unknown_field")
    assert claim_next_grant(annotator) is None
    assert claim_next_grant(UserFactory()).grant == grant
    assert Skip.objects.get().reason == "unknown_field"


def test_an_annotated_grant_is_not_offered_to_the_same_person_again():
    GrantFactory(queued=True, queued__n_required=2)
    annotator = UserFactory()
    claim = claim_next_grant(annotator)
    submit_annotation(annotator, claim.token, {}, idempotency_key="a")
    assert claim_next_grant(annotator) is None
    assert claim_next_grant(UserFactory())


def test_what_is_shown_is_fixed_at_the_claim():
    shown = SuggestionFactory(score=0.7, evidence=["bibs"])
    annotator = UserFactory()
    claim = claim_next_grant(annotator)
    Suggestion.objects.all().delete()
    again = claim_next_grant(annotator)
    assert claim.shown == again.shown
    assert [(s["category"], s["score"], s["evidence"]) for s in again.shown] == [
        (shown.category.code, 0.7, ["bibs"])
    ]


def test_a_blind_grant_shows_nothing():
    grant = GrantFactory(stream="audit", queued=True)
    SuggestionFactory(grant=grant)
    claim = claim_next_grant(UserFactory())
    assert claim.is_blind
    assert claim.shown == []


def test_only_the_last_reader_s_suggestions_are_shown():
    suggestion = SuggestionFactory()
    suggestion.grant.scored_by = None
    suggestion.grant.save()
    assert claim_next_grant(UserFactory()).shown == []


def test_reordering_leaves_claimed_grants_alone():
    held, free = GrantFactory.create_batch(2, queued=True)
    QueueItem.objects.filter(grant=held).update(priority=0.9)
    assert claim_next_grant(UserFactory()).grant == held
    wanted = [Priority(g.pk, 0.1, "least_confident", "Least sure") for g in (held, free)]
    assert reprioritise(wanted) == 1
    assert QueueItem.objects.get(grant=held).priority == 0.9
    item = QueueItem.objects.get(grant=free)
    assert (item.priority, item.stream, item.reason) == (0.1, "least_confident", "Least sure")


def test_reordering_leaves_alone_what_was_decided_since_the_queue_was_read():
    decided, waits = GrantFactory.create_batch(2, queued=True)
    QueueItem.objects.filter(grant=decided).update(priority=0.9, n_required=2)
    ada = UserFactory()
    claim = claim_next_grant(ada)
    submit_annotation(ada, claim.token, {"subject": FacetAnswer("none_fits")}, idempotency_key="k")
    wanted = [Priority(g.pk, 0.1, "least_confident", "Least sure") for g in (decided, waits)]
    assert reprioritise(wanted) == 1
    item = QueueItem.objects.get(grant=decided)
    assert (item.priority, item.stream) == (0.9, "overlap")
    assert item.reason.startswith("A second opinion")
    assert reprioritise([Priority(decided.pk, 0.2, "overlap", "Second", n_done=1)]) == 1
    assert QueueItem.objects.get(grant=decided).priority == 0.2


def test_the_next_grant_costs_at_most_six_queries(django_assert_max_num_queries):
    facet = FacetFactory()
    for _ in range(30):
        SuggestionFactory(category=CategoryFactory(facet=facet))
    annotator = UserFactory()
    with settings_held():
        SiteSettings.objects.current()  # which a request reads once, whatever it does
        with django_assert_max_num_queries(8) as queries:
            claim_next_grant(annotator)
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) <= 6


def test_a_submit_costs_twelve_queries_and_twelve_for_the_figures(django_assert_max_num_queries):
    first = SuggestionFactory()
    for _ in range(5):
        SuggestionFactory(grant=first.grant, category=CategoryFactory(facet=first.category.facet))
    annotator = UserFactory()
    claim = claim_next_grant(annotator)
    added = CategoryFactory(facet=first.category.facet)
    answer = FacetAnswer("labelled", accepted=(first.category.code,), added=(added.code,))
    # Two of them open and close the savepoint. Of the figures: the tree is held, verdicts read, the
    # grant's row locked, what stands read (sprints, labels with decisions, suggestions), what is
    # above read (two), the row written; rows of categories locked, made, locked and written.
    with django_assert_max_num_queries(14 + 13):
        submit_annotation(annotator, claim.token, {"subject": answer}, idempotency_key="k")
    assert Decision.objects.count() == 7
    assert Outcome.objects.count() == 1


def test_my_expired_claim_comes_again_under_its_old_token():
    GrantFactory.create_batch(2, queued=True)
    annotator = UserFactory()
    claim = claim_next_grant(annotator)
    expire(claim)
    assert claim_next_grant(annotator).token == claim.token


def test_a_claim_made_before_any_scoring_gets_its_suggestions_later():
    grant = GrantFactory(queued=True)
    annotator = UserFactory()
    assert claim_next_grant(annotator).shown == []
    SuggestionFactory(grant=grant)
    assert len(claim_next_grant(annotator).shown) == 1


def test_a_retired_category_is_not_suggested():
    suggestion = SuggestionFactory()
    CategoryFactory()  # so that its facet is still in use
    suggestion.category.retired_at = timezone.now()
    suggestion.category.save()
    assert claim_next_grant(UserFactory()).shown == []


def test_the_text_that_was_read_is_named_even_if_it_changes_meanwhile():
    grant = GrantFactory(queued=True)
    read = grant.content_sha256
    annotator = UserFactory()
    claim = claim_next_grant(annotator)
    Grant.objects.filter(pk=grant.pk).update(content_sha256="9" * 64)
    stored = submit_annotation(annotator, claim.token, {}, idempotency_key="k").annotation
    assert stored.content_sha256 == read
