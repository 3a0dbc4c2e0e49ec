"""A training job of SageMaker's built-in BlazingText, from its texts to its model.

Every step may be taken again after a crash: a job has one name, which stands for the training and
for the very bytes that it reads and where they lie, and a name is taken once.

Sources: Amazon SageMaker API reference (CreateTrainingJob, DescribeTrainingJob, StopTrainingJob),
developer guide ("BlazingText algorithm", "BlazingText hyperparameters").
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from classifier.backends.aws import AwsFault, ask, found, resource_name
from classifier.backends.aws_files import put
from classifier.backends.sagemaker_account import Account, Job
from classifier.backends.sagemaker_channel import TrainingSet

OVER = ("Completed", "Failed", "Stopped")
VOLUME = 10  # GB of disk beside the instance


class JobFault(Exception):
    """The job did not bring a model; the message says why."""


@dataclass(frozen=True)
class State:
    """What has become of a job; ``seconds``: how many it ran, as far as SageMaker says so."""

    status: str
    step: str
    reason: str
    seconds: int
    reads: str

    @property
    def is_over(self) -> bool:
        """Whether nothing runs any more."""
        return self.status in OVER


def job_of(account: Account, training: str, sent: TrainingSet) -> Job:
    """The job of this training on this set, in this place."""
    # Region, bucket and folder may change between two attempts; then it is another job.
    place = json.dumps([account.region, account.bucket, account.prefix]).encode()
    digest = hashlib.sha256(place + b"\n" + sent.content).hexdigest()[:12]
    name = resource_name("classie", account.site, training, digest)
    return Job(name, training, account.region, account.bucket, account.prefix)


def begin(
    s3: Any,
    sagemaker: Any,
    account: Account,
    job: Job,
    sent: TrainingSet,
    hyperparameters: Mapping[str, str],
    tell: Callable[[], None],
) -> State:
    """Upload the training set and start the job, unless it is there already; returns how it stands.

    ``tell`` is called before each file and before the job: what it raises leaves unsent and unasked
    what nobody wants.

    Raises
    ------
    AwsFault
        If AWS refuses.
    JobFault
        If a job of this name reads something else.
    """
    state = state_of(sagemaker, job)
    if state is None:
        tags = account.tags(job.training)
        for name, data in sent.files.items():
            tell()
            put(s3, job.bucket, f"{job.input}{name}", data, tags)
        tell()
        try:
            ask(
                sagemaker,
                "create_training_job",
                **_request(account, job, sent, hyperparameters),
                Tags=tags,
            )
        except AwsFault as fault:
            # The answer to an earlier try got lost, and the job is there.
            if fault.code != "ResourceInUse":
                raise
        state = state_of(sagemaker, job)
        if state is None:
            raise JobFault(f"SageMaker has taken {job.name} and does not know it. Train again.")
    if state.reads != sent.uri(job):
        raise JobFault(f"A job named {job.name} is there and reads {state.reads}. Train again.")
    return state


def _request(
    account: Account, job: Job, sent: TrainingSet, hyperparameters: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "TrainingJobName": job.name,
        "AlgorithmSpecification": {
            "TrainingImage": account.image,
            "TrainingInputMode": sent.input_mode,
        },
        "RoleArn": account.role,
        "InputDataConfig": [sent.channel(job)],
        "OutputDataConfig": {"S3OutputPath": job.uri(job.output)},
        "ResourceConfig": {
            "InstanceType": account.instance_type,
            "InstanceCount": 1,
            "VolumeSizeInGB": VOLUME,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": account.limit_minutes * 60},
        "HyperParameters": dict(hyperparameters),
        # The algorithm is Amazon's own; it needs no line to anywhere but its files.
        "EnableNetworkIsolation": True,
    }


def state_of(sagemaker: Any, job: Job) -> State | None:
    """How the job stands; None if SageMaker knows none of this name."""
    said = found(sagemaker, "describe_training_job", TrainingJobName=job.name)
    if said is None:
        return None
    source = said["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    return State(
        said["TrainingJobStatus"],
        said.get("SecondaryStatus", ""),
        said.get("FailureReason", ""),
        int(said.get("BillableTimeInSeconds") or said.get("TrainingTimeInSeconds") or 0),
        source["S3Uri"],
    )


def stop(sagemaker: Any, job: Job) -> State | None:
    """Ask for the job's end, unless it is over; returns how it stood before."""
    state = state_of(sagemaker, job)
    if state is None or state.is_over or state.status == "Stopping":
        return state
    try:
        ask(sagemaker, "stop_training_job", TrainingJobName=job.name)
    except AwsFault as fault:
        # It has ended between the two calls: SageMaker stops nothing that is over.
        if fault.code != "ValidationException":
            raise
    return state


def must_have_completed(state: State, job: Job, limit_minutes: int) -> None:
    """Refuse what a job left that was stopped or has failed: part of a model is none."""
    if state.status == "Completed":
        return
    if state.step == "MaxRuntimeExceeded":
        raise JobFault(
            f"SageMaker has ended {job.name} at its limit of {limit_minutes} minutes. Set a longer "
            "one, or a faster instance type."
        )
    if state.status == "Stopped":
        raise JobFault(f"{job.name} was stopped in SageMaker before it was done. Train again.")
    raise JobFault(f"{job.name} has failed in SageMaker: {state.reason or 'no reason is given'}")
