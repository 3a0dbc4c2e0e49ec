"""What was counted before an upgrade is counted anew after it, for a day of the site's."""

import importlib
from datetime import UTC, date, datetime

import pytest
from django.apps import apps
from django.utils import timezone

from annotation.models import CategoryRollup, CoverageNight
from annotation.services.rollup_check import put_right
from tests.factories import GrantFactory, LabelFactory, SuggestionFactory, decide

pytestmark = pytest.mark.django_db
MIGRATION = importlib.import_module("annotation.migrations.0041_when_examples_were_given")


def upgraded():
    MIGRATION.ask_for_a_count(apps, None)
    return list(CoverageNight.objects.values_list("for_date", "n_asked"))


def test_a_site_that_is_new_has_nothing_to_count():
    GrantFactory()
    assert upgraded() == []


def test_the_day_is_the_site_s_own(monkeypatch):
    LabelFactory()
    decide(time_zone="Pacific/Kiritimati")  # 14 hours before Greenwich
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    assert upgraded() == [(date(2026, 3, 2), 1)]


def test_a_count_that_is_due_anyway_is_the_one_that_is_asked_for():
    LabelFactory()
    first, last, later = (date(2026, 3, day) for day in (1, 2, 3))
    for day in (first, last, later):
        CoverageNight.objects.create(for_date=day)
    CoverageNight.objects.filter(for_date=later).update(counted_at=timezone.now())
    assert upgraded() == [(first, 0), (last, 1), (later, 0)]


def test_what_waits_is_taken_for_the_pool_s_until_it_is_counted():
    suggestion = SuggestionFactory(grant=GrantFactory(queued=True, stream="audit"))
    row = CategoryRollup.objects.get(pk=suggestion.category_id)
    assert (row.pending, row.pending_of_pool) == (1, 0)
    assert [n for _, n in upgraded()] == [1]
    row.refresh_from_db()
    assert row.pending_of_pool == 1
    put_right()
    row.refresh_from_db()
    assert (row.pending, row.pending_of_pool) == (1, 0)
