"""How far an annotator is today, and what is left."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from annotation.models import Annotation, QueueItem, Skip, User
from annotation.reports.progress import Waiting, today, waiting
from annotation.services.decisions import submit_annotation, withdraw_last
from annotation.services.queue import claim_next_grant
from annotation.services.skips import skip_grant
from tests.annotation import random_site
from tests.annotation.test_coverage_report import stands
from tests.factories import FacetFactory, GrantFactory, UserFactory, decide

pytestmark = pytest.mark.django_db
MELBOURNE = ZoneInfo("Australia/Melbourne")


@pytest.fixture
def annotator():
    FacetFactory()
    return UserFactory()


def submit(annotator, seconds=30):
    GrantFactory(queued=True)
    token = claim_next_grant(annotator).token
    submit_annotation(annotator, token, {}, idempotency_key=str(token), seconds=seconds)


def it_is(monkeypatch, moment):
    instant = datetime.fromisoformat(moment).replace(tzinfo=MELBOURNE).astimezone(UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: instant)


@pytest.mark.parametrize("seed", range(2))
def test_it_equals_a_count_by_hand(seed):
    random_site.build(seed)
    claim_next_grant(UserFactory())
    for annotator in User.objects.all():
        mine = [a for a in annotator.annotations.all() if stands(a)]
        report = today(annotator)
        assert report.n_done == len(mine)
        active = sum(a.seconds for a in mine)
        assert report.per_hour == (round(3600 * len(mine) / active) if active >= 60 else None)
        items = [item for item in QueueItem.objects.all() if item.is_open]
        left = waiting(annotator)
        assert left.n_open == len(items)
        decided = {a.grant_id for a in mine}
        skipped = {skip.grant_id for skip in annotator.skips.all()} - decided
        assert left.n_decided_by_you == sum(item.grant_id in decided for item in items)
        assert left.n_skipped_by_you == sum(item.grant_id in skipped for item in items)
        assert left.n_held_by_others == sum(
            item.claimed_by not in (None, annotator)
            and item.claimed_until > timezone.now()
            and item.grant_id not in decided | skipped
            for item in items
        )
    assert Annotation.objects.exists()
    assert Skip.objects.exists()


def test_before_the_first_answer_there_is_a_goal_and_no_pace(annotator):
    decide(daily_goal=40)
    report = today(annotator)
    assert (report.n_done, report.goal, report.per_hour) == (0, 40, None)


def test_a_pace_is_told_from_a_minute_of_work_on(annotator):
    submit(annotator, 59)
    assert today(annotator).per_hour is None
    submit(annotator, 1)
    assert today(annotator).per_hour == 120


def test_an_undone_answer_is_not_done(annotator):
    submit(annotator)
    withdraw_last(annotator)
    assert today(annotator).n_done == 0


def test_a_corrected_answer_counts_once(annotator):
    submit(annotator)
    token = withdraw_last(annotator).claim.token
    submit_annotation(annotator, token, {}, idempotency_key="again")
    assert today(annotator).n_done == 1


@pytest.mark.parametrize(
    ("done", "now", "n_done"),
    [
        ("2025-03-14 00:00", "2025-03-14 23:59", 1),
        ("2025-03-14 23:59", "2025-03-15 00:00", 0),
        ("2025-10-05 01:30", "2025-10-05 12:00", 1),  # an hour is missing between
        ("2025-10-04 23:30", "2025-10-05 12:00", 0),
        ("2026-04-05 00:30", "2026-04-05 12:00", 1),  # an hour comes twice between
        ("2026-04-04 23:30", "2026-04-05 12:00", 0),
    ],
)
def test_a_day_begins_at_local_midnight(annotator, monkeypatch, done, now, n_done):
    decide(time_zone="Australia/Melbourne")
    it_is(monkeypatch, done)
    submit(annotator)
    it_is(monkeypatch, now)
    assert today(annotator).n_done == n_done


def test_an_expired_claim_is_held_by_nobody(annotator):
    GrantFactory(queued=True)
    claim_next_grant(UserFactory())
    assert waiting(annotator).n_held_by_others == 1
    QueueItem.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert waiting(annotator).n_held_by_others == 0


def test_what_waits_for_a_second_annotator_is_held_by_nobody_and_not_skipped(annotator):
    GrantFactory(queued=True, queued__n_required=2)
    submit_annotation(annotator, claim_next_grant(annotator).token, {}, idempotency_key="one")
    assert waiting(annotator) == Waiting(1, 1, 0, 0)
    claim_next_grant(UserFactory())
    assert waiting(annotator) == Waiting(1, 1, 0, 0)
    assert waiting(UserFactory()) == Waiting(1, 0, 0, 1)


def test_a_skipped_grant_that_others_have_labelled_is_no_longer_counted(annotator):
    GrantFactory(queued=True)
    skip_grant(annotator, claim_next_grant(annotator).token, "other")
    assert waiting(annotator) == Waiting(1, 0, 1, 0)
    other = UserFactory()
    submit_annotation(other, claim_next_grant(other).token, {}, idempotency_key="one")
    assert waiting(annotator) == Waiting(0, 0, 0, 0)


def test_it_costs_three_queries_whatever_was_done(annotator, django_assert_num_queries):
    for _ in range(5):
        submit(annotator)
    with django_assert_num_queries(2):
        today(annotator)
    with django_assert_num_queries(1):
        waiting(annotator)
