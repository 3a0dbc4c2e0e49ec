"""The life of a refresh: learned between two nights, in use beside its parent, dropped with it."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from annotation.errors import NoSuchTraining
from annotation.models import ModelVersion, Snapshot
from annotation.services.activation import lock_taxonomy
from annotation.services.trainings import ATTEMPTS

Kind, Status = ModelVersion.Kind, ModelVersion.Status


@transaction.atomic
def begin_refresh(parent: ModelVersion) -> ModelVersion | None:
    """Begin one for the active version, or go on with one whose worker died.

    Whoever calls holds the lease of the reading, so nobody else is at it. The attempt number is
    the fence, as in a training.

    Returns:
        None where the parent is no longer active, or its refresh's workers died three times: then
        that refresh is stored as failed.
    """
    lock_taxonomy(parent)
    if ModelVersion.objects.active() != parent or not parent.learns_between_nights:
        return None
    now = timezone.now()
    of_others = ModelVersion.objects.filter(kind=Kind.REFRESH, status=Status.TRAINING)
    of_others.exclude(parent=parent).update(status=Status.CANCELLED, finished_at=now)
    refresh = ModelVersion.objects.refreshes_of(parent).filter(status=Status.TRAINING).first()
    if refresh is None:
        refresh = ModelVersion(
            taxonomy=parent.taxonomy,
            kind=Kind.REFRESH,
            parent=parent,
            status=Status.TRAINING,
            backend=parent.backend,
            seed=parent.seed,
            started_at=now,
        )
    elif refresh.attempt >= ATTEMPTS:
        refresh.status, refresh.finished_at = Status.FAILED, now
        refresh.error = f"Its worker died {ATTEMPTS} times. See the worker's log."
        refresh.save(update_fields=["status", "finished_at", "error"])
        return None
    refresh.attempt += 1
    refresh.attempt_started_at = refresh.heartbeat_at = now
    refresh.save()
    return refresh


@transaction.atomic
def finish_refresh(refresh: ModelVersion, *, snapshot: dict[str, Any], **facts: Any) -> None:
    """Put it into use beside its parent.

    Args:
        snapshot: fields of the snapshot: what it learned beyond its parent's.
        facts: fields of the version: artifact_sha256 and the like.

    Raises:
        NoSuchTraining: it was dropped with its parent, or is learned by another worker; nothing
            is stored.
    """
    lock_taxonomy(refresh)
    done = {"status": Status.IN_USE, "finished_at": timezone.now(), "progress": 1.0}
    if not _mine(refresh).update(**done, **facts):
        raise NoSuchTraining(f"{refresh} was dropped, or is learned by another worker now.")
    Snapshot.objects.create(model_version=refresh, **snapshot)
    refresh.refresh_from_db()


def fail_refresh(refresh: ModelVersion, error: Exception) -> None:
    """Store why it failed. A fenced worker changes nothing."""
    _mine(refresh).update(
        status=Status.FAILED,
        finished_at=timezone.now(),
        error=f"{type(error).__name__}: {error}"[:2000],
    )


@transaction.atomic
def skip_refresh(parent: ModelVersion, reason: str, n_training_grants: int) -> None:
    """Say on the versions page why there was none; one row of a parent, brought up to date."""
    lock_taxonomy(parent)
    if ModelVersion.objects.active() != parent:
        return
    ModelVersion.objects.update_or_create(
        kind=Kind.REFRESH,
        parent=parent,
        status=Status.REJECTED,
        defaults={
            "taxonomy": parent.taxonomy,
            "backend": parent.backend,
            "reason": reason,
            "n_training_grants": n_training_grants,
            "finished_at": timezone.now(),
        },
    )


def refresh_in_use(parent: ModelVersion) -> ModelVersion | None:
    """The newest one; what earlier ones have read stays theirs until it is read again."""
    return in_use(parent).order_by("-pk").first()


def in_use(parent: ModelVersion) -> QuerySet[ModelVersion]:
    return ModelVersion.objects.refreshes_of(parent).filter(status=Status.IN_USE)


def refuse_refresh(refresh: ModelVersion, error: str) -> None:
    """Take one out of use whose artifact cannot be read: its parent reads its grants again."""
    now = timezone.now()
    ModelVersion.objects.filter(pk=refresh.pk, status=Status.IN_USE).update(
        status=Status.FAILED, error=error[:2000], retired_at=now
    )


def _mine(refresh: ModelVersion) -> QuerySet[ModelVersion]:
    return ModelVersion.objects.filter(
        pk=refresh.pk, kind=Kind.REFRESH, status=Status.TRAINING, attempt=refresh.attempt
    )
