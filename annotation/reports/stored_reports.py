"""Stored reports: the newest on a question, and how far the next one is."""

from dataclasses import dataclass

from django.db.models import Subquery
from django.utils import timezone

from annotation.models import ModelVersion, StoredReport

LEAST_SHARE = 0.05  # less says little of the pace


@dataclass(frozen=True)
class ReportState:
    """What a page says of its figures: from when they are, and whether new ones come."""

    question: str
    shown: StoredReport | None  # the newest that is done
    under_way: StoredReport | None
    failed: StoredReport | None  # the newest, when it is newer than what is shown
    seconds_left: float | None  # None while nobody can tell
    successor: str | None = None  # active now, where the shown one is of another


def report_state(question: str, subject: str = "") -> ReportState:
    """The state of a question, in two queries."""
    active = ModelVersion.objects.filter(status=ModelVersion.Status.ACTIVE)
    of_now = active.filter(taxonomy__is_current=True).values("pk")[:1]
    done = StoredReport.objects.annotate(active=Subquery(of_now))
    shown = done.newest(question, subject)
    asked = StoredReport.objects.filter(question=question, subject=subject)
    last = asked.defer("body").order_by("-pk").first()
    under_way = last if last and last.is_open else None
    failed = last if last and last.status == StoredReport.Status.FAILED else None
    successor = None
    if shown and shown.version_id:
        now = shown.active  # type: ignore[attr-defined]  # by the annotation above
        successor = f"v{now}" if now not in {None, shown.version_id} else None
    return ReportState(question, shown, under_way, failed, _seconds_left(under_way), successor)


def _seconds_left(report: StoredReport | None) -> float | None:
    """By the present attempt alone: an earlier one that died says nothing of its pace."""
    if report is None or not report.started_at or report.progress < LEAST_SHARE:
        return None
    elapsed = (timezone.now() - report.started_at).total_seconds()
    return elapsed * (1 - report.progress) / report.progress
