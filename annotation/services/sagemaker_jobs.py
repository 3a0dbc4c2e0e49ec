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
    """Remember a job that is about to be asked for; the same name, the same row.

    Whoever asks once more has it again: a row that was forsaken belongs to its version anew.
    """
    now, account = timezone.now(), SagemakerAccount.objects.current()
    again = {"version": version, "opened_at": now, "look_at": now, "closed_at": None}
    first = {
        "training": training,
        "region": region,
        "bucket": bucket,
        "prefix": prefix,
        "instance_type": account.instance_type,
        "price_an_hour": account.price_an_hour,
    }
    job, _ = SagemakerJob.objects.update_or_create(
        name=name, defaults=again, create_defaults=again | first
    )
    return job


@transaction.atomic
def forsake_others(version: ModelVersion, name: str) -> list[SagemakerJob]:
    """The version's open jobs but that of the name, which no training waits for from here on."""
    others = list(SagemakerJob.objects.open().filter(version=version).exclude(name=name))
    SagemakerJob.objects.filter(pk__in=[job.pk for job in others]).update(
        version=None, look_at=timezone.now()
    )
    return others


def is_of(version: ModelVersion, job: SagemakerJob) -> bool:
    """Whether the job is still what the version waits for."""
    return SagemakerJob.objects.filter(pk=job.pk, version=version).exists()


def work_waits() -> bool:
    """Whether a job is to be ended or its files deleted; cheap, for the tick."""
    due = SagemakerJob.objects.forsaken().filter(look_at__lte=timezone.now())
    return due.exists()


def note_state(job: SagemakerJob, status: str, seconds: int = 0) -> None:
    """Keep what SageMaker says of it."""
    SagemakerJob.objects.filter(pk=job.pk).update(status=status, seconds=seconds, problem="")


def look_again(job: SagemakerJob, problem: str = "") -> None:
    """Put it off, and keep why it could not be ended.

    A minute at first, then ten, lest an AWS that is away be asked for ever.
    """
    now = timezone.now()
    pause = SOON if now < job.opened_at + FIRST_LOOKS else LATER
    SagemakerJob.objects.filter(pk=job.pk).update(look_at=now + pause, problem=problem[:2000])


def close_job(job: SagemakerJob) -> None:
    """Nothing of it is left in AWS."""
    SagemakerJob.objects.filter(pk=job.pk).update(closed_at=timezone.now(), problem="")
