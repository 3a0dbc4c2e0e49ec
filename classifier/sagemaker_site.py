"""What this site says to a training in SageMaker, and how nothing of one is left behind."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from annotation.models import ModelVersion, SagemakerAccount, SagemakerJob
from annotation.services import sagemaker_jobs
from classifier.backends import sagemaker_job
from classifier.backends.aws import QUICKLY, AwsFault, client, lacks
from classifier.backends.aws_files import remove_below
from classifier.backends.sagemaker_account import REGISTRIES, Account, Job, NotAgreed

logger = logging.getLogger(__name__)
PAGE = "Say so on the page “SageMaker”, below Settings."


class OurSite:
    """As its administrators have said it."""

    def wants(self) -> str:
        """What is missing before texts may go there; empty if nothing."""
        if missing := lacks():
            return missing
        account = SagemakerAccount.objects.current()
        if not account.is_complete:
            return f"Nobody has said which bucket, region and role it uses. {PAGE}"
        if account.region not in REGISTRIES:
            return f"Amazon’s BlazingText is not known in {account.region}. Choose another region."
        if not account.may_leave:
            return f"No administrator has agreed that texts leave this machine. {PAGE}"
        return ""

    def account(self) -> Account:
        """Where it runs.

        Raises:
            NotAgreed: something is missing, or texts may not leave.
        """
        if wants := self.wants():
            raise NotAgreed(wants)
        row = SagemakerAccount.objects.current()
        return Account(
            row.site,
            row.region,
            row.bucket,
            row.prefix,
            row.role,
            row.instance_type,
            row.limit_minutes,
            row.training_form,
        )

    @contextmanager
    def holding(self, job: Job) -> Iterator[None]:
        """As the protocol says; the version is the number in the training's name."""
        version = _version_of(job.training)
        # An attempt that died may have asked for one with other texts, which nobody waits for.
        # Forsaken before it is stopped: one that turns up later is ended by the tick.
        for other in sagemaker_jobs.forsake_others(version, job.name):
            _stop(other)
        row = sagemaker_jobs.open_job(
            version,
            name=job.name,
            training=job.training,
            region=job.region,
            bucket=job.bucket,
            prefix=job.prefix,
        )
        try:
            yield
        except Exception:  # an interrupted process is followed by another, which goes on
            # A follower may go on with this very job, or with another one.
            if not (_has_another_worker(version) and sagemaker_jobs.is_of(version, row)):
                _stop(row)
            raise


def end_forsaken_jobs() -> int:
    """Stop the jobs that no training waits for, and delete their files; returns how many are left.

    One that cannot be ended now is looked at again; its row says why.
    """
    due = SagemakerJob.objects.forsaken().filter(look_at__lte=timezone.now())
    for row in due.order_by("look_at", "pk"):
        # Put off before it is asked for: one that AWS is silent about, until this process is
        # ended, does not keep the others waiting the next time.
        sagemaker_jobs.look_again(row, row.problem)
        try:
            _end(row)
        except AwsFault as fault:
            logger.warning("%s cannot be ended yet: %s", row, fault)
            sagemaker_jobs.look_again(row, str(fault))
    return SagemakerJob.objects.forsaken().count()


def _end(row: SagemakerJob) -> None:
    job = _job(row)
    state = sagemaker_job.stop(client("sagemaker", job.region, QUICKLY), job)
    if state is not None:
        sagemaker_jobs.note_state(row, state.status, state.seconds)
        if not state.is_over:
            sagemaker_jobs.look_again(row)
            return
    elif timezone.now() < row.opened_at + sagemaker_jobs.TURNS_UP_WITHIN:
        # The call that asks for it may still be on its way.
        sagemaker_jobs.look_again(row)
        return
    s3 = client("s3", job.region, QUICKLY)
    for key in (job.input, f"{job.output}/{job.name}/"):
        remove_below(s3, job.bucket, key)
    sagemaker_jobs.close_job(row)
    logger.info("Nothing is left of %s", row)


def _stop(row: SagemakerJob) -> None:
    """At once, as well as may be: the tick does again what fails here."""
    job = _job(row)
    try:
        sagemaker_job.stop(client("sagemaker", job.region), job)
    except AwsFault as fault:
        logger.warning("%s is not stopped yet: %s", row, fault)


def _job(row: SagemakerJob) -> Job:
    return Job(row.name, row.training, row.region, row.bucket, row.prefix)


def _version_of(training: str) -> ModelVersion:
    number = re.search(r"(\d+)\Z", training)
    version = ModelVersion.objects.filter(pk=int(number[1])).first() if number else None
    if version is None:
        raise NotAgreed(f"{training!r} is no training of this site.")
    return version


def _has_another_worker(version: ModelVersion) -> bool:
    """Whether a later attempt of the same training goes on, with the same job perhaps."""
    now = ModelVersion.objects.in_training().filter(pk=version.pk)
    return now.filter(attempt__gt=version.attempt).exists()
