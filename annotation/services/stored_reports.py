"""Stored reports: asked for by the night or a person, worked out by a worker, kept as rows."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from annotation.errors import ReportLost
from annotation.models import ModelVersion, SiteSettings, StoredReport, Taxonomy, User
from annotation.services import doorbell

Status = StoredReport.Status
TASK = "classifier.write_requested_reports"
MADE_WITH = "made_with"
ATTEMPTS = 3
# Pages show the newest; a page that says what has changed finds about two months.
KEPT = 60


def request_report(question: str, user: User | None = None, subject: str = "") -> StoredReport:
    """Ask for a report; the one that is asked for already, where there is one."""
    try:
        with transaction.atomic():
            report = StoredReport.objects.create(
                question=question, subject=subject, requested_by=user
            )
            doorbell.ring_on_commit(TASK)
            return report
    except IntegrityError:  # one_open_report_a_question
        found = StoredReport.objects.open().filter(question=question, subject=subject).first()
        # It may have ended between the two statements.
        return found or request_report(question, user, subject)


def request_due_reports(questions: Collection[str]) -> list[StoredReport]:
    """Ask for all once a night, when it has begun and its training is over.

    A night is named by the local date on which it began: a training may end after midnight. What
    waits already is asked for by somebody else, and is the night's as well; what runs already may
    be of the time before the training, and its question comes at a later tick.
    """
    site, taxonomy = SiteSettings.objects.current(), Taxonomy.objects.current()
    if taxonomy is None:
        return []
    now = timezone.now().astimezone(site.zone)
    is_of_yesterday = now.time() < site.night_starts_at
    night = now.date() - timedelta(days=is_of_yesterday)
    # A new site has had no night yet.
    if is_of_yesterday and taxonomy.created_at >= datetime.combine(
        night, site.night_starts_at, site.zone
    ):
        return []
    asked = set(StoredReport.objects.filter(for_date=night).values_list("question", flat=True))
    if asked.issuperset(questions) or _is_training():
        return []
    found = [_of_night(question, night) for question in questions if question not in asked]
    return [report for report in found if report is not None]


def _of_night(question: str, night: date) -> StoredReport | None:
    try:
        with transaction.atomic():
            report = request_report(question)
            if report.status != Status.REQUESTED:
                return None
            StoredReport.objects.filter(pk=report.pk).update(for_date=night)
            return report
    except IntegrityError:  # one_nightly_report_a_date: another beat was faster, and it is done
        return None


def _is_training() -> bool:
    under_way = [ModelVersion.Status.REQUESTED, ModelVersion.Status.TRAINING]
    return ModelVersion.objects.gated().filter(status__in=under_way).exists()


def work_waits() -> bool:
    """Whether ``take_report`` would find one; cheap, for the tick."""
    return StoredReport.objects.open().exists()


@transaction.atomic
def take_report() -> StoredReport | None:
    """The report asked for first, with an attempt number of its own; None when none is open.

    Only for the holder of the lease: an open report that runs is one whose worker died.
    """
    reports = StoredReport.objects.open().order_by("pk").select_for_update(of=("self",))
    report = reports.first()
    if report is None:
        return None
    now = timezone.now()
    if report.attempt >= ATTEMPTS:
        words = f"Its worker died {ATTEMPTS} times. See the worker's log, then ask for it again."
        _end(report, Status.FAILED, error=words)
        return take_report()
    StoredReport.objects.filter(pk=report.pk).update(
        status=Status.RUNNING,
        attempt=F("attempt") + 1,
        started_at=now,
        progress=0.0,
        phase="",
        version=ModelVersion.objects.active(),
    )
    return StoredReport.objects.select_related("version").get(pk=report.pk)


def report_progress(report: StoredReport, share: float, phase: str) -> None:
    """Say how far it is.

    Raises:
        ReportLost: another worker has it, or it is over: stop.
    """
    if not _mine(report).update(progress=share, phase=phase):
        raise ReportLost(f"{report} is another worker's by now.")


@transaction.atomic
def finish_report(report: StoredReport, body: dict[str, Any]) -> None:
    """Store the figures; the oldest reports on the question go.

    Args:
        body: may name the version that they were made with, by its key as ``made_with``: another
            one than was active when the report was taken, where that was damaged meanwhile or
            somebody has promoted one.

    Raises:
        ReportLost: as ``report_progress``; nothing is stored.
    """
    mine = _mine(report).select_for_update(of=("self",)).first()
    if mine is None:
        raise ReportLost(f"{report} is another worker's by now.")
    figures = {name: found for name, found in body.items() if name != MADE_WITH}
    pk = body.get(MADE_WITH, mine.version_id)
    made_with = ModelVersion.objects.filter(pk=pk).first() if pk else None
    _end(mine, Status.DONE, body=figures, progress=1.0, version=made_with)
    same = StoredReport.objects.filter(question=report.question)
    oldest = same.order_by("-pk").values_list("pk", flat=True)[KEPT - 1 : KEPT]
    for pk in oldest:
        same.filter(pk__lt=pk).delete()


def fail_report(report: StoredReport, error: Exception) -> None:
    """Say that it failed. The report before goes on being shown."""
    words = f"{type(error).__name__}: {error}"[:2000]
    with transaction.atomic():
        mine = _mine(report).select_for_update(of=("self",)).first()
        if mine is not None:
            _end(mine, Status.FAILED, error=words)


def _mine(report: StoredReport) -> QuerySet[StoredReport]:
    return StoredReport.objects.filter(pk=report.pk, status=Status.RUNNING, attempt=report.attempt)


def _end(report: StoredReport, status: str, **facts: Any) -> None:
    ended = timezone.now()
    StoredReport.objects.filter(pk=report.pk).update(status=status, ended_at=ended, **facts)
