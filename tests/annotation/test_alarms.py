"""What the tick finds: trainings that failed, nights that did not end, disks that fill up."""

from collections import namedtuple
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Grant, Label, ModelVersion, Notice, Taxonomy
from annotation.services.alarms import (
    GIGABYTE,
    look_at_the_disk,
    look_at_the_night,
    look_at_trainings,
    look_round,
)
from annotation.services.model_versions import request_training
from annotation.services.nights import request_due_night
from annotation.services.notices import dismiss_notice
from annotation.services.trainings import beat, fail_training, take_training
from tests.factories import AdministratorFactory, LabelFactory, ModelVersionFactory, decide

pytestmark = pytest.mark.django_db
Disk = namedtuple("Disk", "free total")
MELBOURNE = ZoneInfo("Australia/Melbourne")


@pytest.fixture(autouse=True)
def site(it_is):
    """A site in Melbourne with a label, whose nights start at two; its last one ended well."""
    it_is("2025-03-10 12:00")
    decide(time_zone="Australia/Melbourne", night_starts_at=time(2))
    LabelFactory()
    Taxonomy.objects.update(created_at=local("2025-01-01 12:00"))
    Grant.objects.update(created_at=local("2025-01-01 12:00"))
    night("2025-03-10")


@pytest.fixture
def it_is(monkeypatch):
    """Sets the clock to a local time."""

    def it_is(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: local(moment))

    return it_is


def local(moment):
    return datetime.fromisoformat(moment).replace(tzinfo=MELBOURNE).astimezone(UTC)


def night(day, ended="02:10", status="rejected"):
    """A night's training of that local date; ``ended``: empty while it runs."""
    version = ModelVersionFactory(kind=ModelVersion.Kind.LEXICAL)
    return ModelVersion.objects.create(
        taxonomy=version.taxonomy,
        status=status,
        for_date=date.fromisoformat(day),
        finished_at=local(f"{day} {ended}") if ended else None,
    )


def training(status, hours):
    """A training that somebody asked for, ended so long after the night."""
    return ModelVersion.objects.create(
        taxonomy=Taxonomy.objects.get(),
        status=status,
        finished_at=local("2025-03-10 02:10") + timedelta(hours=hours),
        artifact_sha256="0" * 64,
    )


def found(kind):
    return list(Notice.objects.open().filter(kind=kind).values_list("words", flat=True))


@pytest.mark.parametrize(("status", "word"), [("failed", "failed"), ("rejected", "refused")])
def test_the_last_training_failed_or_was_refused(status, word):
    version = training(status, 1)
    look_at_trainings()
    look_at_trainings()
    assert [str(version) in words and word in words for words in found("training")] == [True]
    assert Notice.objects.get().details == {"version": version.pk}


def test_a_refused_trial_is_named_with_its_kind_and_with_what_stays_active():
    active = ModelVersionFactory()
    version = training("rejected", 1)
    ModelVersion.objects.filter(pk=version.pk).update(backend="sgd")
    look_at_trainings()
    notice = Notice.objects.get()
    assert notice.words == (
        f"{version} (Logistic regression by stochastic gradient descent) was refused: it did not "
        f"do as well as it must. The active version stays: {active}."
    )
    assert "which is: The site’s own recipe. Nothing has to be done." in notice.what_to_do
    decide(backend="sgd")  # then it was no trial
    look_at_trainings()
    assert "look at those first" in Notice.objects.get().what_to_do


def test_a_refused_night_is_no_trial_whatever_the_settings_say():
    """Without lessons the nights train the site's own recipe; and settings change afterwards."""
    Label.objects.all().delete()
    LabelFactory(grant__stream="audit", category=Taxonomy.objects.get().categories.get())
    night("2025-03-11")
    for backend in ("sgd", "linear_svm"):
        decide(backend=backend)
        look_at_trainings()
        assert "look at those first" in Notice.objects.get().what_to_do


def test_a_trial_is_held_against_what_the_nights_can_train():
    Label.objects.all().delete()
    decide(backend="sgd")
    ModelVersion.objects.filter(pk=training("rejected", 1).pk).update(backend="linear_svm")
    look_at_trainings()
    assert "which is: The site’s own recipe." in Notice.objects.get().what_to_do


def test_a_training_that_is_carried_through_ends_the_notice():
    training("failed", 1)
    look_at_trainings()
    training("retired", 2)
    look_at_trainings()
    assert found("training") == []


def test_a_stopped_training_says_nothing():
    training("failed", 1)
    training("cancelled", 2)
    look_at_trainings()
    assert len(found("training")) == 1


def test_another_failure_is_another_cause():
    training("failed", 1)
    look_at_trainings()
    dismiss_notice(AdministratorFactory(), Notice.objects.get())
    look_at_trainings()
    assert found("training") == []
    second = training("failed", 2)
    look_at_trainings()
    assert [str(second) in words for words in found("training")] == [True]


def test_a_training_that_fails_by_the_usual_way_is_found(it_is):
    request_training()
    version = take_training()
    fail_training(version, ValueError("secret words of a grant"))
    look_at_trainings()
    (words,) = found("training")
    assert str(version) in words and "secret" not in words


def test_a_refusal_of_the_night_is_found_as_any_other():
    look_at_trainings()
    assert len(found("training")) == 1  # the fixture's own was refused


@pytest.mark.parametrize(
    ("moment", "stalled"),
    [("2025-03-11 04:09", False), ("2025-03-11 04:11", True), ("2025-03-13 12:00", True)],
)
def test_a_night_has_stalled_26_hours_after_the_last_one_ended(it_is, moment, stalled):
    it_is(moment)
    look_at_the_night()
    assert found("night") == (
        ["No nightly training has ended since 10 March 2025, 02:10."] if stalled else []
    )


def test_the_night_that_ends_takes_the_notice_away(it_is):
    it_is("2025-03-11 05:00")
    running = night("2025-03-11", ended="", status="training")
    ModelVersion.objects.filter(pk=running.pk).update(heartbeat_at=local("2025-03-11 04:57"))
    look_at_the_night()
    assert len(found("night")) == 1
    ModelVersion.objects.filter(pk=running.pk).update(
        status="rejected", finished_at=local("2025-03-11 05:01")
    )
    it_is("2025-03-11 05:02")
    look_at_the_night()
    assert found("night") == []


def test_a_night_that_is_asked_for_after_a_downtime_is_given_time(it_is):
    it_is("2025-03-13 12:00")
    assert request_due_night() is not None
    look_at_the_night()
    assert found("night") == []
    it_is("2025-03-13 14:01")  # and no worker has taken it
    look_at_the_night()
    assert len(found("night")) == 1


def test_a_long_training_is_no_stalled_night_while_it_lives(it_is):
    it_is("2025-03-11 02:05")
    assert request_due_night() is not None
    version = take_training()
    it_is("2025-03-11 09:00")
    beat(version)
    look_at_the_night()
    assert found("night") == []
    it_is("2025-03-11 09:03")  # two minutes of silence are its limit
    look_at_the_night()
    assert len(found("night")) == 1


def test_a_later_hour_is_no_stalled_night(it_is):
    it_is("2025-03-11 12:00")
    decide(night_starts_at=time(23))
    look_at_the_night()
    assert found("night") == []  # the 10th had its night, and that of the 11th is not due
    it_is("2025-03-12 02:00")
    look_at_the_night()
    assert len(found("night")) == 1


def test_a_site_without_grants_has_no_nights(it_is):
    it_is("2025-03-20 12:00")
    Grant.objects.update(stream=Grant.Stream.AUDIT)
    look_at_the_night()
    assert found("night") == []


def test_grants_that_came_today_are_no_stalled_night(it_is):
    ModelVersion.objects.filter(for_date__isnull=False).delete()
    it_is("2025-03-20 12:00")
    Grant.objects.update(created_at=local("2025-03-20 11:00"))
    look_at_the_night()
    assert found("night") == []


@pytest.mark.parametrize(
    ("free", "total", "is_low"),
    [(14, 100, True), (16, 100, False), (19, 1000, True), (21, 1000, False), (1, 5, False)],
)
def test_a_disk_is_low_by_share_and_by_gigabytes(free, total, is_low):
    look_at_the_disk(free * GIGABYTE, total * GIGABYTE)
    expected = [f"The disk has {free} GB free of {total} GB."]
    assert found("disk") == (expected if is_low else [])


def test_a_disk_at_the_limit_does_not_ring_every_minute():
    for free in (14.9, 15.1, 16.4):
        look_at_the_disk(int(free * GIGABYTE), 100 * GIGABYTE)
        assert len(found("disk")) == 1
    look_at_the_disk(int(16.6 * GIGABYTE), 100 * GIGABYTE)
    assert found("disk") == []
    assert Notice.objects.filter(kind="disk").count() == 1


def test_looking_round_twice_costs_a_few_queries_and_changes_nothing(tmp_path, it_is, monkeypatch):
    it_is("2025-03-13 12:00")
    # A low disk of the machine that runs the tests would be one more.
    monkeypatch.setattr(
        "shutil.disk_usage", lambda folder: Disk(free=500 * GIGABYTE, total=1000 * GIGABYTE)
    )
    look_round(tmp_path)
    before = list(Notice.objects.values_list("pk", "words"))
    with CaptureQueriesContext(connection) as queries:
        look_round(tmp_path)
    assert list(Notice.objects.values_list("pk", "words")) == before
    # Two of them while a refused training stands: what is active, and what the nights train.
    assert len(queries) <= 18
