"""Trainings as workers carry them out: taking one, saying how far it is, its end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from annotation.errors import NoSuchTraining
from annotation.models import ModelVersion, Outlook, Snapshot
from annotation.services.activation import activate, lock_taxonomy
from annotation.services.audit import record
from annotation.services.comparisons import keep_comparison

Status = ModelVersion.Status
HEARTBEAT_LIMIT = timedelta(seconds=120)
ATTEMPTS = 3


def take_training() -> ModelVersion | None:
    """Take up the waiting request, or a training whose worker fell silent; None if neither.

    The attempt number is the fence: a worker that was given up can no longer write.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            version = _stalled(now) or (
                ModelVersion.objects.waiting().select_for_update(skip_locked=True).first()
            )
            if version is None:
                return None
            if version.is_foreign:  # whoever registers it holds its file, and nobody else
                version.status, version.finished_at = Status.FAILED, now
                version.error = "The command that registered it has died. Type it again."
                version.save(update_fields=["status", "finished_at", "error"])
                return None
            if version.attempt >= ATTEMPTS:
                version.status, version.finished_at = Status.FAILED, now
                version.error = f"Its worker died {ATTEMPTS} times. See the worker's log."
                version.save(update_fields=["status", "finished_at", "error"])
                return None
            version.status, version.attempt = Status.TRAINING, version.attempt + 1
            version.started_at = version.started_at or now
            version.attempt_started_at = version.heartbeat_at = now
            version.progress, version.phase = 0.0, "Starting"
            version.save()
            return version
    except IntegrityError:  # one_training_at_a_time: another worker is at it
        return None


def work_waits() -> bool:
    """Whether ``take_training`` would find something; cheap, for the tick."""
    return ModelVersion.objects.waiting().exists() or _stalled_rows(timezone.now()).exists()


def _stalled_rows(now: datetime) -> QuerySet[ModelVersion]:
    return ModelVersion.objects.in_training().filter(heartbeat_at__lt=now - HEARTBEAT_LIMIT)


def _stalled(now: datetime) -> ModelVersion | None:
    return _stalled_rows(now).select_for_update(skip_locked=True).first()


def _mine(version: ModelVersion) -> QuerySet[ModelVersion]:
    return ModelVersion.objects.in_training().filter(pk=version.pk, attempt=version.attempt)


def beat(version: ModelVersion) -> None:
    """Say that the training is alive.

    Raises:
        NoSuchTraining: it was cancelled, or given to another worker: stop.
    """
    if not _mine(version).update(heartbeat_at=timezone.now()):
        raise NoSuchTraining(f"{version} was cancelled or is trained by another worker now.")


def report_progress(version: ModelVersion, share: float, phase: str) -> None:
    """Show how far the training is, 0 to 1, and what it does. Raises as ``beat``."""
    now = timezone.now()
    if not _mine(version).update(heartbeat_at=now, progress=share, phase=phase):
        raise NoSuchTraining(f"{version} was cancelled or is trained by another worker now.")


@transaction.atomic
def finish_training(
    version: ModelVersion,
    *,
    incumbent: ModelVersion | None,
    promoted: bool,
    reason: str,
    snapshot: dict[str, Any],
    outlooks: Sequence[Outlook] = (),
    comparison: dict[str, Any] | None = None,
    **facts: Any,
) -> None:
    """Store what came of a training; a promoted version retires the active one with it.

    Args:
        incumbent: the active version that it was measured against. When another one is active
            by now, a person has chosen that one, and nothing is promoted over it.
        snapshot: fields of the snapshot, what it learned from.
        outlooks: rows of the version, not yet stored: what further labels would bring.
        comparison: what has changed from the incumbent to it, category by category.
        facts: fields of the version: metrics, artifact_sha256 and the like.

    Raises:
        NoSuchTraining: as ``beat``; nothing is stored.
    """
    lock_taxonomy(version)
    now = timezone.now()
    if not _mine(version).update(
        status=Status.EVALUATED, finished_at=now, reason=reason, progress=1.0, phase="", **facts
    ):
        raise NoSuchTraining(f"{version} was cancelled or is trained by another worker now.")
    Snapshot.objects.update_or_create(model_version=version, defaults=snapshot)
    Outlook.objects.bulk_create(outlooks, 500)
    keep_comparison(incumbent, version, comparison)
    if promoted and ModelVersion.objects.active() == incumbent:
        activate(version, now)
        record(None, "model version promoted by the gate", version, reason=reason)
    else:
        if promoted:
            reason += " Another version was made active while it was measured."
        ModelVersion.objects.filter(pk=version.pk).update(status=Status.REJECTED, reason=reason)
    version.refresh_from_db()


def fail_training(version: ModelVersion, error: Exception) -> None:
    """Store why it failed; the active version stays. A fenced worker changes nothing."""
    _mine(version).update(
        status=Status.FAILED,
        finished_at=timezone.now(),
        error=f"{type(error).__name__}: {error}"[:2000],
        phase="",
    )
