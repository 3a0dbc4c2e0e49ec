"""Model versions as people steer them: asking for a training, stopping it, making one active."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from annotation.errors import NoSuchTraining, NotAllowed
from annotation.models import (
    Grant,
    ModelVersion,
    SiteSettings,
    Taxonomy,
    User,
)
from annotation.reports.trainings import sources_of_labels, sources_of_lessons
from annotation.services import doorbell
from annotation.services.activation import activate, lock_taxonomy
from annotation.services.audit import record
from annotation.services.backends import PRODUCTION, backend_words, must_run_here

Status = ModelVersion.Status


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


def note_reading_speed(version: ModelVersion, grants_a_second: float) -> None:
    """Keep how fast the version reads grants, so that a promotion can say how long it takes."""
    ModelVersion.objects.filter(pk=version.pk).update(reading_speed=grants_a_second)


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
