"""Working out the reports that the night or a person has asked for, one after the other."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

from annotation.errors import ReportLost
from annotation.models import StoredReport
from annotation.services import leases
from annotation.services.stored_reports import (
    fail_report,
    finish_report,
    report_progress,
    take_report,
    work_waits,
)
from classifier.agreement_report import agreement_report
from classifier.comparing import compare_versions
from classifier.drift_report import drift_report
from classifier.heartbeat import lease_kept
from classifier.label_errors_report import write_label_errors
from classifier.quality_report import write_quality
from classifier.slices_report import slices_report

logger = logging.getLogger(__name__)
LEASE = "reports"

# How far it is (0-1), and what is done now.
Tell = Callable[[float, str], None]
# Each reads the site as it is now and returns what its page shows, fit for JSON. One that reads a
# version names it (``made_with``), since that may be another by then than when it was taken.
WRITERS: dict[str, Callable[[Tell], dict[str, Any]]] = {
    "agreement": agreement_report,
    "quality": write_quality,
    "label-errors": write_label_errors,
    "slices": slices_report,
    "drift": drift_report,
}
# The same of what is asked about something: it is given the subject first.
WRITERS_ON: dict[str, Callable[[str, Tell], dict[str, Any]]] = {
    StoredReport.Question.COMPARISON: compare_versions
}


def write_requested_reports() -> Iterator[StoredReport]:
    """Work out what is open; yields each report as it ended.

    One worker at a time: another one finds the lease taken and yields nothing. A report that
    fails leaves the one before it on its page, and the next are worked out all the same.
    """
    if not work_waits():
        return
    holder = leases.take(LEASE)
    if holder is None:
        return
    try:
        with lease_kept(LEASE, holder):
            while leases.keep(LEASE, holder) and (report := take_report()) is not None:
                _write(report)
                report.refresh_from_db()
                yield report
    finally:
        leases.give_back(LEASE, holder)


def _write(report: StoredReport) -> None:
    def tell(share: float, phase: str) -> None:
        report_progress(report, share, phase)

    try:
        if report.subject:
            body = WRITERS_ON[report.question](report.subject, tell)
        else:
            body = WRITERS[report.question](tell)
        finish_report(report, body)
    except ReportLost as error:
        logger.info("%s", error)
    except Exception as error:  # noqa: BLE001 - the next are worked out all the same
        # Ids and kinds only: its words and traceback may hold what people have written.
        logger.error("%s failed: %s", report, type(error).__name__)
        fail_report(report, error)
    else:
        logger.info("%s is done", report)
