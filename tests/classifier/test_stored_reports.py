"""Reports that are asked for and worked out: once each, by one worker, whatever becomes of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.errors import ReportLost
from annotation.models import Lease, StoredReport
from annotation.reports.stored_reports import report_state
from annotation.services import doorbell, leases
from annotation.services.stored_reports import (
    ATTEMPTS,
    KEPT,
    fail_report,
    finish_report,
    report_progress,
    request_report,
    take_report,
)
from classifier import tasks
from classifier.stored_reports import LEASE, WRITERS, write_requested_reports
from tests.factories import (
    AdministratorFactory,
    ModelVersionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer(monkeypatch):
    """``writer("drift", function)``: how a question is answered in this test."""

    def writer(question, write):
        monkeypatch.setitem(WRITERS, question, write)

    return writer


def written():
    return [(r.question, r.status, r.attempt) for r in write_requested_reports()]


def test_it_is_asked_for_once_however_often_and_by_whomever(django_capture_on_commit_callbacks):
    rung = []
    before = list(doorbell._ring)
    doorbell.install(rung.append)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            report = request_report("agreement", AdministratorFactory())
            assert request_report("agreement", AdministratorFactory()) == report
            assert request_report("agreement") == report
    finally:
        doorbell._ring[:] = before
    assert rung == ["classifier.write_requested_reports"]
    assert report.status == "requested" and report.attempt == 0
    assert request_report("drift") != report


def test_a_writer_answers_it_with_the_version_of_that_moment(writer):
    version = ModelVersionFactory()
    seen = []

    def write(tell):
        tell(0.5, "Half of it")
        row = StoredReport.objects.get()
        seen.append((row.status, row.progress, row.phase, row.version))
        return {"n": 3}

    writer("drift", write)
    request_report("drift")
    assert written() == [("drift", "done", 1)]
    report = StoredReport.objects.newest("drift")
    assert seen == [("running", 0.5, "Half of it", version)]
    assert (report.body, report.progress, report.version) == ({"n": 3}, 1.0, version)
    assert report.ended_at and report.started_at
    assert written() == []  # nothing is open


def test_one_that_fails_leaves_the_one_before_and_the_next_are_worked_out(writer):
    def fail(tell):
        raise ValueError("there is no such thing")

    writer("drift", lambda tell: {"n": 1})
    request_report("drift")
    written()
    writer("drift", fail)
    writer("slices", lambda tell: {"n": 2})
    request_report("drift")
    request_report("slices")
    assert written() == [("drift", "failed", 1), ("slices", "done", 1)]
    state = report_state("drift")
    assert state.shown.body == {"n": 1}
    assert state.failed.error == "ValueError: there is no such thing"
    assert state.under_way is None
    writer("drift", lambda tell: {"n": 3})
    request_report("drift")
    written()
    assert report_state("drift").failed is None  # a newer one is shown


def test_the_log_names_the_kind_of_an_error_and_none_of_its_words(writer, caplog):
    def fail(tell):
        raise ValueError("no number: Rent for Mary's shelter")

    writer("drift", fail)
    request_report("drift")
    assert written() == [("drift", "failed", 1)]
    assert "failed: ValueError" in caplog.text and "Mary" not in caplog.text


def test_a_second_worker_finds_the_lease_taken():
    request_report("agreement")
    holder = leases.take(LEASE)
    assert written() == []
    assert StoredReport.objects.get().status == "requested"
    leases.give_back(LEASE, holder)
    assert written() == [("agreement", "done", 1)]
    assert not Lease.objects.exists()


def test_the_report_of_a_killed_worker_is_taken_up_and_the_dead_one_may_write_no_more(writer):
    writer("drift", lambda tell: {"n": 2})
    request_report("drift")
    dead = take_report()  # and no more is heard of its worker
    assert written() == [("drift", "done", 2)]
    for write in (
        lambda: report_progress(dead, 0.9, "late"),
        lambda: finish_report(dead, {"n": 1}),
    ):
        with pytest.raises(ReportLost, match="another worker's"):
            write()
    fail_report(dead, ValueError("late"))
    report = StoredReport.objects.get()
    assert (report.status, report.body, report.error) == ("done", {"n": 2}, "")


def test_a_worker_that_lost_its_report_stops_with_it_and_goes_on(writer):
    lost = []

    def lose_once(tell):
        if not lost:
            lost.append(take_report())  # another worker believes that this one is dead
        tell(0.5, "Half of it")
        return {"n": len(lost)}

    writer("drift", lose_once)
    request_report("drift")
    assert written() == [("drift", "running", 2), ("drift", "done", 3)]


def test_after_three_deaths_it_fails_and_the_next_gets_its_turn(writer):
    writer("slices", lambda tell: {})
    first, second = request_report("drift"), request_report("slices")
    for attempt in range(1, ATTEMPTS + 1):
        assert take_report().attempt == attempt
    assert written() == [("slices", "done", 1)]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("failed", "done")
    assert first.error.startswith("Its worker died 3 times.")


def test_of_many_the_oldest_go_and_those_of_other_questions_stay(writer):
    writer("drift", lambda tell: {})
    writer("slices", lambda tell: {})
    request_report("slices")
    ended = {"status": "done", "ended_at": timezone.now()}
    StoredReport.objects.bulk_create(
        StoredReport(question="drift", **ended) for _ in range(KEPT + 3)
    )
    last = request_report("drift")
    written()
    found = StoredReport.objects.filter(question="drift")
    assert found.count() == KEPT and found.first() == last
    assert StoredReport.objects.filter(question="slices").count() == 1


def test_a_task_called_twice_does_no_more_than_once():
    assert tasks.write_requested_reports() is False  # no process for nothing
    request_report("agreement")
    assert written() == [("agreement", "done", 1)]
    assert written() == []
    assert tasks.write_requested_reports() is False


def test_the_time_left_is_told_by_the_present_attempt(writer, monkeypatch):
    request_report("drift")
    report = take_report()
    assert report_state("drift").seconds_left is None  # nothing to go by
    began = timezone.now() - timedelta(seconds=60)
    StoredReport.objects.update(started_at=began, progress=0.25)
    now = timezone.now()
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    left = report_state("drift").seconds_left
    assert left == pytest.approx((now - began).total_seconds() * 3)
    finish_report(report, {})
    assert report_state("drift").seconds_left is None


def test_every_writer_is_of_a_question():
    assert {"agreement"} <= set(WRITERS) <= set(StoredReport.Question.values)
