"""Remembering training jobs in SageMaker, from before they are asked for until nothing is left."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from annotation.models import ModelVersion, SagemakerAccount, SagemakerJob

# How long after it was asked for a job may still turn up: longer than any call is tried again.
TURNS_UP_WITHIN = timedelta(minutes=15)
SOON, LATER = timedelta(minutes=1), timedelta(minutes=10)
FIRST_LOOKS = timedelta(minutes=30)


@transaction.atomic
def open_job(
    version: ModelVersion, *, name: str, training: str, region: str, bucket: str, prefix: str
) -> SagemakerJob:
    """Remember a job that is about to be asked for; the same name, the same row."""
    now = timezone.now()
    job, _ = SagemakerJob.objects.get_or_create(
        name=name,
        defaults={
            "version": version,
            "training": training,
            "region": region,
            "bucket": bucket,
            "prefix": prefix,
            "price_an_hour": SagemakerAccount.objects.current().price_an_hour,
            "opened_at": now,
            "look_at": now,
        },
    )
    if job.closed_at is not None:
        job.closed_at, job.opened_at, job.look_at = None, now, now
        job.save(update_fields=["closed_at", "opened_at", "look_at"])
    return job


def work_waits() -> bool:
    """Whether a job is to be ended or its files deleted; cheap, for the tick."""
    due = SagemakerJob.objects.forsaken().filter(look_at__lte=timezone.now())
    return due.exists()


def note_state(job: SagemakerJob, status: str, seconds: int = 0) -> None:
    """Keep what SageMaker says of it."""
    SagemakerJob.objects.filter(pk=job.pk).update(status=status, seconds=seconds, problem="")


def look_again(job: SagemakerJob, problem: str = "") -> None:
    """Put it off: a minute at first, then ten, lest an AWS that is away be asked for ever."""
    now = timezone.now()
    pause = SOON if now < job.opened_at + FIRST_LOOKS else LATER
    SagemakerJob.objects.filter(pk=job.pk).update(look_at=now + pause, problem=problem[:2000])


def close_job(job: SagemakerJob) -> None:
    """Nothing of it is left in AWS."""
    SagemakerJob.objects.filter(pk=job.pk).update(closed_at=timezone.now(), problem="")
