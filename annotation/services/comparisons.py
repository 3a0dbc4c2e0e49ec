"""Comparing two model versions: asked for by a person, or kept when the gate has done it anyway."""

from typing import Any

from django.utils import timezone

from annotation.errors import NoSuchTraining, NotAllowed
from annotation.models import ModelVersion, StoredReport, User
from annotation.services.stored_reports import request_report

COMPARISON = StoredReport.Question.COMPARISON


def subject_of(one: ModelVersion, other: ModelVersion) -> str:
    """The older first: what is told is what has changed since."""
    return "{}-{}".format(*sorted((one.pk, other.pk)))


def request_comparison(one: ModelVersion, other: ModelVersion, by: User) -> StoredReport:
    """Have a worker measure two versions on the same grants; one request a pair at a time.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        NoSuchTraining: they are one version, or one of them cannot answer; nothing is stored.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators compare model versions.")
    if one.pk == other.pk:
        raise NoSuchTraining(f"{one} is compared with itself. Choose another version.")
    for version in (one, other):
        if not version.can_be_compared:
            raise NoSuchTraining(f"{version} has no artifact to be measured. Choose another one.")
    return request_report(COMPARISON, by, subject_of(one, other))


def keep_comparison(
    incumbent: ModelVersion | None, candidate: ModelVersion, body: dict[str, Any] | None
) -> None:
    """Store what the gate has compared, if it has, in the caller's transaction."""
    if incumbent is None or body is None:
        return
    StoredReport.objects.create(
        question=COMPARISON,
        subject=subject_of(incumbent, candidate),
        status=StoredReport.Status.DONE,
        ended_at=timezone.now(),
        progress=1.0,
        version=incumbent,
        body=body,
    )
