"""The night's count: due once a date, right about what drifted, and what the page tells of it."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from annotation.models import CategoryRollup, CoverageNight, Notice
from annotation.reports.category_figures import AuditCounts
from annotation.services import leases
from annotation.services.asked_counts import ask_for_count
from annotation.services.coverage_nights import (
    LEASE,
    count_due,
    count_waits,
    note_audit,
    request_due_count,
)
from tests.factories import CategoryFactory, GrantFactory, LabelFactory, decide

pytestmark = pytest.mark.django_db
MELBOURNE = ZoneInfo("Australia/Melbourne")


@pytest.fixture
def it_is(monkeypatch):
    """Sets the clock to a local time."""
    decide(time_zone="Australia/Melbourne", night_starts_at=time(2))

    def it_is(moment):
        local = datetime.fromisoformat(moment).replace(tzinfo=MELBOURNE).astimezone(UTC)
        monkeypatch.setattr("django.utils.timezone.now", lambda: local)

    return it_is


def count(figures=None):
    return count_due(lambda go_on: figures or {})


def test_it_is_due_once_a_local_date_from_the_hour_of_the_night_on(it_is):
    LabelFactory()
    it_is("2026-03-14 01:59")
    assert request_due_count() is None and not count_waits()
    for clock in ("02:00", "02:01", "23:59"):
        it_is(f"2026-03-14 {clock}")
        request_due_count()
    assert list(CoverageNight.objects.values_list("for_date", flat=True)) == [date(2026, 3, 14)]
    assert count_waits()
    assert count().for_date == date(2026, 3, 14)
    assert not count_waits() and count() is None


@pytest.mark.parametrize("asked_at", ["00:30", "14:00"])
def test_a_count_that_somebody_asked_for_that_day_is_none_of_the_nights(it_is, asked_at):
    decide(night_starts_at=time(23))
    category = LabelFactory().category
    it_is(f"2026-03-14 {asked_at}")
    ask_for_count()
    assert count() and not count_waits()
    CategoryRollup.objects.filter(category=category).update(examples=7)
    it_is("2026-03-14 23:00")
    assert request_due_count() and count_waits()
    assert request_due_count() is None
    assert count().n_drifted == 1
    assert not count_waits()
    assert [notice.kind for notice in Notice.objects.open()] == ["figures"]


def test_a_night_whose_count_ran_after_midnight_is_not_left_waiting(it_is):
    decide(night_starts_at=time(23))
    LabelFactory()
    it_is("2026-03-14 14:00")
    ask_for_count()
    count()
    it_is("2026-03-14 23:30")
    request_due_count()
    it_is("2026-03-15 00:10")
    ask_for_count()
    assert count().for_date == date(2026, 3, 15)
    assert not count_waits()
    assert CoverageNight.objects.count() == 2


def test_a_request_that_comes_while_a_count_goes_on_is_answered_by_the_next(it_is):
    LabelFactory()
    it_is("2026-03-14 01:59")
    ask_for_count()

    def late(go_on):
        it_is("2026-03-14 02:00")
        request_due_count()
        return {}

    count_due(late)
    assert count_waits()
    count()
    assert not count_waits()


def test_wrong_verdicts_are_drift_though_a_count_was_asked_for(it_is):
    """No move of categories changes them; of other figures nobody can tell."""
    category = LabelFactory().category
    CategoryRollup.objects.filter(category=category).update(accepted=4, examples=9)
    it_is("2026-03-14 14:00")
    ask_for_count()
    assert count().n_drifted == 1
    (notice,) = Notice.objects.open()
    assert "14 March 2026 found 1 row of figures wrong" in notice.words
    ask_for_count()
    count()
    assert Notice.objects.open().exists()  # what was asked for tells of few figures
    it_is("2026-03-15 02:00")
    request_due_count()
    count()
    assert not Notice.objects.open().exists()


def test_who_moves_a_category_amid_the_night_s_count_raises_no_notice(it_is):
    old, new = CategoryFactory(code="OLD"), CategoryFactory(code="NEW")
    category = CategoryFactory(code="MOVED", broader=old)
    LabelFactory(category=category)
    it_is("2026-03-14 02:00")
    request_due_count()

    def move(execute, sql, *rest):
        """As soon as rows of grants are read, and before what they are counted from is."""
        found = execute(sql, *rest)
        if "annotation_grantrollup" in sql and category.broader == old:
            category.broader, category.path = new, f"{new.path}MOVED/"
            category.save()
            ask_for_count()
        return found

    with connection.execute_wrapper(move):
        assert count().n_drifted == 0
    assert category.broader == new and not Notice.objects.open().exists()
    assert count_waits() and count() and not count_waits()


def test_an_empty_site_counts_nothing(it_is):
    it_is("2026-03-14 03:00")
    assert request_due_count() is None
    CoverageNight.objects.create(for_date=date(2026, 3, 14))
    assert count() is None  # there is no taxonomy to count for


def test_it_stores_how_coverage_stands_and_puts_right_what_drifted():
    category = CategoryFactory()
    CategoryFactory(facet=category.facet)
    for _ in range(6):
        LabelFactory(category=category)
    GrantFactory()
    CategoryRollup.objects.filter(category=category).update(examples=2)
    night = CoverageNight.objects.create(for_date=date(2026, 3, 14))
    count()
    night.refresh_from_db()
    assert (night.n_drifted, night.n_labelled) == (1, 6)
    assert night.bands == {"subject": [1, 0, 1, 0, 0]}
    assert night.examples == {"subject": [0, 0, 6, 0, 0]}
    assert CategoryRollup.objects.get(category=category).examples == 6


def test_of_nights_when_nothing_ran_none_is_left_waiting():
    LabelFactory()
    for day in (12, 13, 14):
        CoverageNight.objects.create(for_date=date(2026, 3, day))
    assert count().for_date == date(2026, 3, 14)
    assert not count_waits()
    assert CoverageNight.objects.count() == 1


def test_while_another_process_counts_nobody_else_does():
    LabelFactory()
    CoverageNight.objects.create(for_date=date(2026, 3, 14))
    holder = leases.take(LEASE)
    assert count() is None and count_waits()
    leases.give_back(LEASE, holder)
    assert count()


def test_audit_figures_are_those_of_the_last_count_alone():
    first, second = CategoryFactory.create_batch(2)
    note_audit({first.pk: AuditCounts(right=12, ticked=10, hits=9)})
    note_audit({second.pk: AuditCounts(right=3, ticked=4, hits=2)})
    rows = CategoryRollup.objects.values_list("audit_right", "audit_ticked", "audit_hits")
    assert list(rows.order_by("pk")) == [(0, 0, 0), (3, 4, 2)]
