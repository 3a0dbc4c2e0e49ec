"""A model that was trained elsewhere becomes a version, in the place of a training meanwhile."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.errors import NoSuchTraining
from annotation.models import ModelVersion, Taxonomy, User
from annotation.services.audit import record

Kind, Status = ModelVersion.Kind, ModelVersion.Status


@transaction.atomic
def begin_registration(backend: str, sha256: str, by: User | None = None) -> ModelVersion:
    """Begin one, as a training is begun: one at a time, and none beside a training.

    It goes on with ``report_progress`` and ends with ``finish_training`` or ``fail_training``.

    Args:
        backend: the kind of model.
        sha256: of the model's file, for the audit log.

    Raises:
        NoSuchTraining: there is no category to suggest, or a training runs; nothing is stored.
    """
    taxonomy = Taxonomy.objects.select_for_update(no_key=True).current()
    if taxonomy is None or not taxonomy.categories.active().exists():
        raise NoSuchTraining("There is no category that a model could suggest. Import a taxonomy.")
    now = timezone.now()
    try:
        with transaction.atomic():
            version = ModelVersion.objects.create(
                taxonomy=taxonomy,
                kind=Kind.FOREIGN,
                backend=backend,
                status=Status.TRAINING,
                requested_by=by,
                attempt=1,
                started_at=now,
                attempt_started_at=now,
                heartbeat_at=now,
                phase="Being registered",
            )
    except IntegrityError as error:  # one_training_at_a_time
        raise NoSuchTraining(
            f"{ModelVersion.objects.in_training().first() or 'A version'} is in training. Wait "
            "until it has ended, or stop it."
        ) from error
    record(by, "model version registered", version, backend=backend, sha256=sha256)
    return version
