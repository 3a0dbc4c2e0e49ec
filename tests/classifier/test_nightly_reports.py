"""Reports that the night asks for: once a night, after its training."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from annotation.models import ModelVersion, StoredReport, Taxonomy
from annotation.services import stored_reports
from annotation.services.model_versions import cancel_training, request_training
from annotation.services.stored_reports import (
    finish_report,
    request_due_reports,
    request_report,
    take_report,
)
from tests.factories import (
    AdministratorFactory,
    LabelFactory,
    ModelVersionFactory,
    TaxonomyFactory,
    decide,
)

pytestmark = pytest.mark.django_db
QUESTIONS = ["agreement", "quality", "drift"]
DAY = datetime(2025, 3, 14, tzinfo=UTC).date()


@pytest.fixture(autouse=True)
def site():
    decide(time_zone="UTC", night_starts_at=time(2))
    taxonomy = TaxonomyFactory()
    Taxonomy.objects.filter(pk=taxonomy.pk).update(created_at=datetime(2025, 1, 1, tzinfo=UTC))


@pytest.fixture
def it_is(monkeypatch):
    def it_is(day, clock):
        moment = datetime.combine(day, clock, UTC)
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    return it_is


def test_all_are_asked_for_once_a_date_from_the_hour_on(it_is):
    Taxonomy.objects.update(created_at=datetime.combine(DAY, time(1), UTC))
    it_is(DAY, time(1, 59))
    assert request_due_reports(QUESTIONS) == []  # the site has had no night yet
    it_is(DAY, time(2))
    assert [r.question for r in request_due_reports(QUESTIONS)] == QUESTIONS
    assert request_due_reports(QUESTIONS) == []
    assert {r.for_date for r in StoredReport.objects.all()} == {DAY}
    it_is(DAY + timedelta(days=1), time(3))
    StoredReport.objects.update(status="done", ended_at=timezone.now())
    assert len(request_due_reports(QUESTIONS)) == 3


def test_what_somebody_asked_for_is_the_night_s_as_well(it_is):
    it_is(DAY, time(3))
    report = request_report("quality", AdministratorFactory())
    assert report in request_due_reports(QUESTIONS)
    assert StoredReport.objects.count() == 3
    report.refresh_from_db()
    assert report.for_date == DAY


def test_they_wait_for_the_night_s_training(it_is):
    ModelVersionFactory()
    LabelFactory()
    it_is(DAY, time(3))
    version = request_training()
    assert request_due_reports(QUESTIONS) == []
    cancel_training(version, by=None)
    assert ModelVersion.objects.waiting().count() == 0
    assert len(request_due_reports(QUESTIONS)) == 3


def test_without_a_taxonomy_there_is_nothing_to_tell(it_is):
    Taxonomy.objects.update(is_current=False)
    it_is(DAY, time(3))
    assert request_due_reports(QUESTIONS) == []


def test_a_training_that_crosses_midnight_is_followed_by_the_reports_of_its_night(it_is):
    ModelVersionFactory()
    LabelFactory()
    it_is(DAY, time(23, 50))
    version = request_training()
    assert request_due_reports(QUESTIONS) == []
    it_is(DAY + timedelta(days=1), time(0, 10))
    cancel_training(version, by=None)
    assert len(request_due_reports(QUESTIONS)) == 3
    assert {r.for_date for r in StoredReport.objects.all()} == {DAY}
    StoredReport.objects.update(status="done", ended_at=timezone.now())
    assert request_due_reports(QUESTIONS) == []
    it_is(DAY + timedelta(days=1), time(2))
    assert len(request_due_reports(QUESTIONS)) == 3


def test_one_that_runs_already_may_be_of_before_the_training_and_comes_again(it_is):
    it_is(DAY, time(3))
    request_report("quality")
    running = take_report()
    assert [r.question for r in request_due_reports(QUESTIONS)] == ["agreement", "drift"]
    finish_report(running, {})
    (later,) = request_due_reports(QUESTIONS)
    assert (later.question, later.pk != running.pk) == ("quality", True)


def test_a_beat_that_another_one_has_overtaken_asks_for_nothing(it_is):
    it_is(DAY, time(3))
    StoredReport.objects.create(
        question="drift", status="done", ended_at=timezone.now(), for_date=DAY
    )
    # As it is where the other beat's report has come and gone since this one looked.
    assert stored_reports._of_night("drift", DAY) is None
    assert StoredReport.objects.count() == 1
