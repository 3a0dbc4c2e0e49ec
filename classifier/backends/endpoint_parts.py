"""What belongs to an endpoint in SageMaker, by its name: its configurations, models and tags.

Configurations and models are named by what they say, so whoever makes one twice makes one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from classifier.backends import sagemaker_scaling as scalings
from classifier.backends.aws import Tags, ask, found, tags
from classifier.backends.hosted_models import DIGEST, Hosted, digest, ensure, ensure_model, remove
from classifier.backends.sagemaker_scaling import Scaling

NAME = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,39}")


class EndpointFault(Exception):
    """The deed is not done; the message says what stands now and what to do."""


@dataclass(frozen=True)
class Wanted:
    """What an endpoint shall be. Without ``scaling`` it has ``instances``, no more and no less."""

    hosted: Hosted
    instance_type: str
    instances: int = 1
    scaling: Scaling | None = None

    @property
    def most_instances(self) -> int:
        """That may be billed at a time."""
        return max(self.instances, self.scaling.most if self.scaling else 0)


class Parts:
    """Of one endpoint; ``sagemaker`` is boto3's client."""

    def __init__(self, sagemaker: Any, name: str) -> None:
        if not NAME.fullmatch(name):
            raise EndpointFault(
                f"{name!r} is no name: give 1 to 40 letters, digits and single dashes."
            )
        self.sagemaker, self.name = sagemaker, name

    def configure(self, wanted: Wanted) -> str:
        name, model = self.named(wanted)
        ensure_model(self.sagemaker, model, wanted.hosted, self.tags())
        variant = {
            "VariantName": scalings.VARIANT,
            "ModelName": model,
            "InitialInstanceCount": wanted.instances,
            "InstanceType": wanted.instance_type,
        }
        given = {"ProductionVariants": [variant], "Tags": self.tags()}
        ensure(self.sagemaker, "endpoint_config", {"EndpointConfigName": name}, given)
        return name

    def named(self, wanted: Wanted) -> tuple[str, str]:
        """The names of configuration and model, by what they say."""
        model = f"{self.name}-{digest(wanted.hosted.as_given())}"
        return f"{self.name}-{digest([model, wanted.instance_type, wanted.instances])}", model

    def remove_unused(self, kept: str) -> None:
        """Configurations but the kept one, then models that it does not name."""
        used = set()
        if kept:
            about = ask(self.sagemaker, "describe_endpoint_config", EndpointConfigName=kept)
            used = {variant["ModelName"] for variant in about["ProductionVariants"]}
        for name in self.own("endpoint_config"):
            if name != kept:
                remove(self.sagemaker, "endpoint_config", {"EndpointConfigName": name})
        for name in self.own("model"):
            if name not in used:
                remove(self.sagemaker, "model", {"ModelName": name})

    def own(self, what: str) -> list[str]:
        """Names of the endpoint's configurations or models, by their form."""
        form = re.compile(rf"{re.escape(self.name)}-[0-9a-f]{{{DIGEST}}}")
        key = {"endpoint_config": "EndpointConfig", "model": "Model"}[what]
        names, page = [], dict[str, Any]()
        while True:
            more = {"NextToken": page["NextToken"]} if page.get("NextToken") else {}
            page = ask(self.sagemaker, f"list_{what}s", NameContains=self.name, **more)
            names += [row[f"{key}Name"] for row in page[f"{key}s"]]
            if not page.get("NextToken"):
                return [name for name in names if form.fullmatch(name)]

    def found(self) -> dict[str, Any] | None:
        """The endpoint of this name, if it was made here."""
        endpoint = found(self.sagemaker, "describe_endpoint", EndpointName=self.name)
        if endpoint is None:
            return None
        given = ask(self.sagemaker, "list_tags", ResourceArn=endpoint["EndpointArn"])["Tags"]
        if any(tag not in given for tag in self.tags()):
            raise EndpointFault(
                f"{self.name} lacks the tags that are set here, so it is somebody else's and is "
                "left alone. Give another name."
            )
        return endpoint

    def tags(self) -> Tags:
        return tags(endpoint=self.name)
