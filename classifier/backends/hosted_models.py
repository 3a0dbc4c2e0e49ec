"""A trained model as SageMaker's resource: what an endpoint or a batch transform runs."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from annotation import aws_names
from classifier.backends.aws import AwsFault, Tags, ask, found

S3_FILE = re.compile(rf"s3://{aws_names.BUCKET}/\S+")
IMAGE = re.compile(r"\S+\.dkr\.ecr\.\S+/\S+")
ROLE = re.compile(aws_names.ROLE)
DIGEST = 10  # characters: enough to tell an operator's own models apart


class BadModel(Exception):
    """What is said of a model cannot be; the message names the value and what to give."""


@dataclass(frozen=True)
class Hosted:
    """``image``: an ECR image. ``data``: the model.tar.gz in S3. ``role``: whose rights it has."""

    image: str
    data: str
    role: str

    def __post_init__(self) -> None:
        if not IMAGE.fullmatch(self.image):
            raise BadModel(
                f"{self.image!r} is no image in ECR. Give it as "
                "ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG."
            )
        if not S3_FILE.fullmatch(self.data) or not self.data.endswith(".tar.gz"):
            raise BadModel(f"{self.data!r} is no model in S3. Give s3://BUCKET/…/model.tar.gz.")
        if not ROLE.fullmatch(self.role):
            raise BadModel(f"{self.role!r} is no role. Give arn:aws:iam::ACCOUNT:role/NAME.")

    def as_given(self) -> dict[str, Any]:
        """AWS's parameters. Isolated: the container reaches no network, nor does a text in it."""
        return {
            "PrimaryContainer": {"Image": self.image, "ModelDataUrl": self.data},
            "ExecutionRoleArn": self.role,
            "EnableNetworkIsolation": True,
        }


def digest(content: object) -> str:
    """The same content, the same ten characters; they make names that say what they name."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:DIGEST]


def ensure_model(sagemaker: Any, name: str, hosted: Hosted, tags: Tags) -> None:
    """The model stands under its name; whoever calls twice makes one."""
    ensure(sagemaker, "model", {"ModelName": name}, {**hosted.as_given(), "Tags": tags})


def ensure(sagemaker: Any, what: str, name: dict[str, str], given: dict[str, Any]) -> None:
    """Create what is not there. ``what``: as AWS's operations call it, ``endpoint_config``.

    A call whose answer was lost has made it, too, and its repetition is refused then.
    """
    if found(sagemaker, f"describe_{what}", **name) is not None:
        return
    try:
        ask(sagemaker, f"create_{what}", **name, **given)
    except AwsFault:
        if found(sagemaker, f"describe_{what}", **name) is None:
            raise


def remove(sagemaker: Any, what: str, name: dict[str, str]) -> bool:
    """Delete it; False if it was gone already."""
    return found(sagemaker, f"delete_{what}", **name) is not None
