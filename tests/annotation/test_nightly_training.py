"""The night: one training a local date, also late, also when the clocks change."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from annotation.models import Grant, Label, ModelVersion, Taxonomy
from annotation.services.model_versions import cancel_training, request_training
from annotation.services.nights import next_night, request_due_night
from annotation.services.rollups import take_out
from annotation.services.trainings import take_training
from tests.factories import AdministratorFactory, LabelFactory, ModelVersionFactory, decide

pytestmark = pytest.mark.django_db
MELBOURNE = ZoneInfo("Australia/Melbourne")


@pytest.fixture(autouse=True)
def site():
    """A site in Melbourne with a label, whose nights start at two."""
    decide(time_zone="Australia/Melbourne", night_starts_at=time(2))
    LabelFactory()
    founded("2025-01-01 12:00")


@pytest.fixture
def it_is(monkeypatch):
    """Sets the clock to a local time, or to an exact one that names its offset."""

    def it_is(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: local(moment))

    return it_is


def local(moment):
    instant = datetime.fromisoformat(moment)
    return (instant if instant.tzinfo else instant.replace(tzinfo=MELBOURNE)).astimezone(UTC)


def founded(moment):
    Taxonomy.objects.update(created_at=local(moment))


def nights():
    return list(ModelVersion.objects.order_by("pk").values_list("for_date", flat=True))


def test_it_is_due_at_the_hour_and_not_before(it_is):
    it_is("2025-03-14 01:59:59")
    assert request_due_night() is None
    it_is("2025-03-14 02:00")
    assert request_due_night().for_date == date(2025, 3, 14)


def test_it_is_due_once_a_date(it_is):
    for clock in ("02:00", "02:01", "14:00", "23:59"):
        it_is(f"2025-03-14 {clock}")
        request_due_night()
    assert nights() == [date(2025, 3, 14)]


def test_the_date_is_the_site_s_and_not_greenwich_s(it_is):
    it_is("2025-03-13T15:30:00+00:00")  # half past two on the 14th in Melbourne
    assert request_due_night().for_date == date(2025, 3, 14)


@pytest.mark.parametrize("outcome", ["failed", "cancelled", "rejected", "active", "training"])
def test_what_became_of_the_night_s_training_asks_for_no_second_one(it_is, outcome):
    it_is("2025-03-14 02:00")
    request_due_night()
    ModelVersion.objects.update(status=outcome, artifact_sha256="0" * 64)
    it_is("2025-03-14 03:00")
    assert request_due_night() is None
    assert len(nights()) == 1


def test_after_downtime_it_is_caught_up_late_in_the_day_and_once(it_is):
    it_is("2025-03-14 02:00")
    request_due_night()
    take_training()
    it_is("2025-03-17 16:45")
    request_due_night()
    request_due_night()
    assert nights() == [date(2025, 3, 14), date(2025, 3, 17)]


def test_a_request_of_an_earlier_night_that_still_waits_is_not_doubled(it_is):
    it_is("2025-03-14 02:00")
    request_due_night()
    it_is("2025-03-15 02:00")
    request_due_night()
    assert len(nights()) == 1


def test_a_manual_request_that_waits_takes_the_date(it_is):
    it_is("2025-03-13 23:00")
    asked = request_training(AdministratorFactory())
    it_is("2025-03-14 02:00")
    assert request_due_night() == asked
    assert nights() == [date(2025, 3, 14)]


def test_a_manual_request_that_is_in_training_does_not(it_is):
    it_is("2025-03-14 01:00")
    request_training()
    take_training()
    it_is("2025-03-14 02:00")
    request_due_night()
    assert nights() == [None, date(2025, 3, 14)]


def test_a_stopped_night_stays_stopped(it_is):
    it_is("2025-03-14 02:00")
    cancel_training(request_due_night(), AdministratorFactory())
    assert request_due_night() is None


@pytest.mark.parametrize(
    "change", [{"night_starts_at": time(0, 15)}, {"time_zone": "Pacific/Auckland"}]
)
def test_a_changed_hour_or_zone_holds_at_the_next_tick(it_is, change):
    it_is("2025-03-14 00:30")  # half past two in Auckland
    assert request_due_night() is None
    decide(**change)
    assert request_due_night().for_date == date(2025, 3, 14)


def test_a_site_that_starts_by_day_waits_for_its_first_night(it_is):
    founded("2025-03-14 12:00")
    it_is("2025-03-14 12:01")
    assert request_due_night() is None
    it_is("2025-03-15 02:00")
    assert request_due_night()


def test_a_site_that_starts_before_the_hour_has_its_night_at_once(it_is):
    founded("2025-03-14 01:00")
    it_is("2025-03-14 02:00")
    assert request_due_night()


def test_nothing_is_asked_for_without_labels_or_without_a_taxonomy(it_is):
    it_is("2025-03-14 02:00")
    LabelFactory._meta.model.objects.all().delete()
    assert request_due_night() is None
    Taxonomy.objects.update(is_current=False)
    assert request_due_night() is None


def every_ten_minutes(it_is, start, end):
    """The dates for which a beat asks from one exact instant to another."""
    at, until = (datetime.fromisoformat(moment).timestamp() for moment in (start, end))
    while at < until:
        it_is(datetime.fromtimestamp(at, UTC).isoformat())
        if version := request_due_night():
            ModelVersion.objects.filter(pk=version.pk).update(status="failed")
            yield version.for_date, datetime.fromtimestamp(at, MELBOURNE).time()
        at += 600


def test_when_two_o_clock_does_not_exist_the_night_comes_at_three(it_is):
    asked = list(every_ten_minutes(it_is, "2025-10-04T18:00+11:00", "2025-10-06T01:00+11:00"))
    assert asked == [
        (date(2025, 10, 4), time(17)),  # caught up: the first beat of the test
        (date(2025, 10, 5), time(3)),
    ]


@pytest.mark.parametrize("hour", ["02:00", "02:30"])
def test_when_two_o_clock_comes_twice_the_night_comes_once(it_is, hour):
    decide(night_starts_at=time.fromisoformat(hour))
    asked = list(every_ten_minutes(it_is, "2026-04-05T00:00+11:00", "2026-04-06T01:00+10:00"))
    assert asked == [(date(2026, 4, 5), time.fromisoformat(hour))]


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2025-03-14 01:59", "2025-03-14 02:00"),
        ("2025-03-14 02:00", "2025-03-15 02:00"),
        ("2025-03-14 23:59", "2025-03-15 02:00"),
        ("2025-12-31 12:00", "2026-01-01 02:00"),
        ("2026-04-04 12:00", "2026-04-05 02:00"),
        ("2026-04-05 12:00", "2026-04-06 02:00"),
    ],
)
def test_the_next_night_is_told_in_local_time(it_is, now, night):
    it_is(now)
    assert next_night() == datetime.fromisoformat(night).replace(tzinfo=MELBOURNE)


def test_before_any_label_the_night_only_makes_up_for_a_first_version_that_failed(it_is):
    Label.objects.all().delete()
    ModelVersionFactory(taxonomy=Taxonomy.objects.get())
    it_is("2025-03-14 02:00")
    first = request_due_night()
    assert first.for_date == date(2025, 3, 14)
    ModelVersion.objects.filter(status="active").update(status="retired")
    ModelVersion.objects.filter(pk=first.pk).update(status="active", artifact_sha256="0" * 64)
    it_is("2025-03-15 02:00")
    assert request_due_night() is None  # nothing has changed since


def test_a_night_without_grants_asks_for_nothing(it_is):
    Label.objects.all().delete()
    ModelVersionFactory(taxonomy=Taxonomy.objects.get())
    take_out(Grant.objects.values_list("pk", flat=True))
    Grant.objects.all().delete()
    it_is("2025-03-14 02:00")
    assert request_due_night() is None
