"""The life of a model version: requested, training, evaluated, then active or not."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from annotation.errors import NoSuchTraining, NotAllowed
from annotation.models import (
    Grant,
    ModelVersion,
    Outlook,
    SiteSettings,
    Snapshot,
    Taxonomy,
    User,
)
from annotation.reports.trainings import sources_of_labels, sources_of_lessons
from annotation.services import doorbell
from annotation.services.activation import activate, lock_taxonomy
from annotation.services.audit import record
from annotation.services.backends import PRODUCTION, backend_words, must_run_here
from annotation.services.comparisons import keep_comparison

Status = ModelVersion.Status
HEARTBEAT_LIMIT = timedelta(seconds=120)
ATTEMPTS = 3


@transaction.atomic
def request_training(
    by: User | None = None, for_date: date | None = None, backend: str | None = None
) -> ModelVersion:
    """Ask for a training; a worker takes it up within a minute. At most one request waits.

    Args:
        by: who asks; None for the night, or a command.
        for_date: the night it is due for.
        backend: the kind of model; without it that of the settings, and before the first label the
            site's own recipe, since no other kind can learn from words alone.

    Raises:
        NoSuchTraining: there is no category, or no grant that may teach; the kind cannot be
            trained here, or learns from labels and there are none; another kind waits already.
            Nothing is stored.
    """
    # Locked, so that of two requests at once the second finds the first.
    taxonomy = Taxonomy.objects.select_for_update(no_key=True).current()
    if taxonomy is None:
        raise NoSuchTraining("There is no taxonomy to train for. Import one first.")
    if not taxonomy.categories.active().exists():
        raise NoSuchTraining("Every category of the taxonomy is retired. Import one that is not.")
    if not Grant.objects.teaching().exists():
        raise NoSuchTraining("There is no grant to learn from yet. Import some; labels can wait.")
    if backend is not None:
        must_run_here(backend)
        if backend != PRODUCTION and not has_lessons():
            raise NoSuchTraining(
                f"{backend_words(backend)} learns from labels alone, and no grant that may "
                "teach has one yet."
            )
    version = ModelVersion.objects.waiting().select_for_update().first()
    if version is None:
        version = ModelVersion.objects.create(
            taxonomy=taxonomy,
            backend=backend or usual_backend(),
            requested_by=by,
            for_date=for_date,
            phase="Waiting for a worker",
        )
        record(by, "training requested", version, backend=version.backend)
    elif backend not in (None, version.backend):
        raise NoSuchTraining(
            f"{version} waits already, with: {backend_words(version.backend)}. Let it be trained, "
            "or stop it first."
        )
    elif for_date and version.for_date is None:
        version.for_date = for_date
        version.save(update_fields=["for_date"])
    doorbell.ring_on_commit("classifier.train_requested")
    return version


def usual_backend(lessons: bool | None = None) -> str:
    """What a training is made with when nobody names a kind.

    That of the settings, also where it cannot run any more: then the training says so.

    Args:
        lessons: whether there are any, where the caller has asked already.
    """
    backend = SiteSettings.objects.current().backend
    if backend == PRODUCTION:
        return backend
    return backend if (has_lessons() if lessons is None else lessons) else PRODUCTION


def has_labels() -> bool:
    return any(rows.exists() for rows in sources_of_labels())


def has_lessons() -> bool:
    """Whether a grant that may teach has a label: those of the audit stream only measure."""
    return any(rows.exists() for rows in sources_of_lessons())


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


def note_reading_speed(version: ModelVersion, grants_a_second: float) -> None:
    """Keep how fast the version reads grants, so that a promotion can say how long it takes."""
    ModelVersion.objects.filter(pk=version.pk).update(reading_speed=grants_a_second)


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


@transaction.atomic
def cancel_training(version: ModelVersion, by: User | None) -> None:
    """Stop a waiting or running training; its worker notices at its next report of progress.

    Raises:
        NoSuchTraining: it is neither waiting nor running; nothing is stored.
    """
    _administrators_only(by)
    running = ModelVersion.objects.gated().filter(
        pk=version.pk, status__in=[Status.REQUESTED, Status.TRAINING]
    )
    if not running.update(
        status=Status.CANCELLED, finished_at=timezone.now(), reason=f"Stopped by {by}.", phase=""
    ):
        raise NoSuchTraining(f"{version} is not in training, so there is nothing to stop.")
    record(by, "training stopped", version)


@transaction.atomic
def promote(version: ModelVersion, by: User | None, reason: str) -> None:
    """Make a version active by hand, forwards or back; grants are scored anew behind it.

    Raises:
        NoSuchTraining: the version cannot serve; nothing is stored.
    """
    _administrators_only(by)
    lock_taxonomy(version)
    version = ModelVersion.objects.select_for_update().get(pk=version.pk)
    if version.is_refresh:
        raise NoSuchTraining(
            f"{version} is a refresh of {version.parent}: no gate has measured it, so it is never "
            "made active. The night's training learns what it has learned."
        )
    if not version.can_serve:
        raise NoSuchTraining(f"{version} is {version.status} and cannot be made active.")
    activate(version, timezone.now())
    said = f"{version.reason} Promoted by {by or 'a command'}: {reason}".strip()
    # Whoever promotes a version that could not be read has mended its artifact.
    ModelVersion.objects.filter(pk=version.pk).update(reason=said, error="")
    record(by, "model version promoted", version, reason=reason)
    doorbell.ring_on_commit("classifier.score_waiting_grants")


def ensure_lexical_version(taxonomy: Taxonomy) -> ModelVersion:
    """The lexical matcher as a model version: active from the first import on."""
    version, is_new = ModelVersion.objects.get_or_create(
        taxonomy=taxonomy,
        kind=ModelVersion.Kind.LEXICAL,
        defaults={
            "status": Status.EVALUATED,
            "finished_at": timezone.now(),
            "reason": "Matches the words of each category; needs no training.",
        },
    )
    if is_new:
        activate(version, timezone.now())
    return version


def _administrators_only(by: User | None) -> None:
    if by is not None and not by.is_administrator:
        raise NotAllowed("Only administrators steer model versions.")
