"""Batch transforms by their names: what is kept of one, where its files lie, which of them run."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from classifier.backends.aws import ask, client, found
from classifier.backends.hosted_models import Hosted

RUNNING = {"InProgress", "Stopping"}


class TransformFault(Exception):
    """There are no answers; the message says why."""


@dataclass(frozen=True)
class TransformJob:
    """What is needed to find it again: names and places, no text and no credential.

    ``prefix``: below it, in the bucket, lies all that this job has there, and nothing else.
    """

    name: str
    region: str
    bucket: str
    prefix: str
    image: str
    data: str
    role: str
    instance_type: str
    instances: int

    @property
    def hosted(self) -> Hosted:
        """The model."""
        return Hosted(self.image, self.data, self.role)

    def as_json(self) -> dict[str, Any]:
        """For a note beside the answers' file."""
        return asdict(self)


def place_of(region: str, name: str) -> tuple[str, str] | None:
    """Bucket and prefix of a job by its name, as AWS knows it; None if it knows none.

    Raises
    ------
    TransformFault
        If a job of this name reads texts that lie elsewhere than those of ours.
    """
    said = found(client("sagemaker", region), "describe_transform_job", TransformJobName=name)
    if said is None:
        return None
    reads = str(said["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"])
    place = re.fullmatch(rf"s3://([^/]+)/(.+/transforms/{re.escape(name)})/texts/", reads)
    if place is None:
        raise TransformFault(f"{name} reads {reads}, so it is none of this command. Name another.")
    return place[1], place[2]


def running(region: str, prefix: str) -> list[str]:
    """Names of the region's jobs that begin so and are not over."""
    sagemaker = client("sagemaker", region)
    names: list[str] = []
    for status in sorted(RUNNING):
        page = ask(
            sagemaker, "list_transform_jobs", NameContains=prefix, StatusEquals=status,
            MaxResults=100,
        )  # fmt: skip
        names += [row["TransformJobName"] for row in page["TransformJobSummaries"]]
    return [name for name in names if name.startswith(prefix)]
