"""How many instances an endpoint has, by how much it is asked: Application Auto Scaling.

Source: Amazon SageMaker developer guide, "Automatic scaling of Amazon SageMaker models".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from classifier.backends.aws import AwsFault, ask

VARIANT = "all"  # the one that all of an endpoint's requests go to
POLICY = "classie-invocations"
METRIC = "SageMakerVariantInvocationsPerInstance"
ABSENT = "ObjectNotFoundException"


@dataclass(frozen=True)
class Scaling:
    """From ``least`` to ``most`` instances, so that each has ``target`` requests a minute.

    ``target`` is None where AWS has the range and no policy: a deed was cut off between the two.
    """

    least: int
    most: int
    target: float | None

    def __post_init__(self) -> None:
        # Nothing wakes an endpoint of no instances by this kind of policy.
        if not 1 <= self.least <= self.most:
            raise ValueError(
                f"{self.least} to {self.most} instances is no range: give 1 or more, and no more "
                "at least than at most."
            )
        if self.target is not None and not 0 < self.target < float("inf"):
            raise ValueError(f"{self.target} requests a minute is no target: give more than 0.")


def _of(endpoint: str) -> dict[str, str]:
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/{VARIANT}",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }


def apply(scaler: Any, endpoint: str, scaling: Scaling) -> None:
    """From here on the endpoint has as many instances as it is asked for; twice is once."""
    ask(
        scaler,
        "register_scalable_target",
        **_of(endpoint),
        MinCapacity=scaling.least,
        MaxCapacity=scaling.most,
    )
    ask(
        scaler,
        "put_scaling_policy",
        **_of(endpoint),
        PolicyName=POLICY,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": scaling.target,
            "PredefinedMetricSpecification": {"PredefinedMetricType": METRIC},
        },
    )


def remove(scaler: Any, endpoint: str) -> None:
    """The endpoint keeps the instances it has; its alarms go with the policy.

    Nothing is asked to go where nothing is: whoever never scales needs no right to end it.
    """
    found = standing(scaler, endpoint)
    if found is None:
        return
    if found.target is not None:
        _unless_absent(scaler, "delete_scaling_policy", **_of(endpoint), PolicyName=POLICY)
    _unless_absent(scaler, "deregister_scalable_target", **_of(endpoint))


def standing(scaler: Any, endpoint: str) -> Scaling | None:
    """As it is set; None if the endpoint is not scaled."""
    where = _of(endpoint)
    service, resource = where["ServiceNamespace"], where["ResourceId"]
    targets = ask(
        scaler, "describe_scalable_targets", ServiceNamespace=service, ResourceIds=[resource]
    )["ScalableTargets"]
    if not targets:
        return None
    policies = ask(
        scaler, "describe_scaling_policies", ServiceNamespace=service, ResourceId=resource
    )["ScalingPolicies"]
    values = [
        float(policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"])
        for policy in policies
        if policy["PolicyName"] == POLICY
    ]
    least, most = targets[0]["MinCapacity"], targets[0]["MaxCapacity"]
    return Scaling(least, most, values[0] if values else None)


def _unless_absent(scaler: Any, operation: str, **given: str) -> None:
    try:
        ask(scaler, operation, **given)
    except AwsFault as fault:
        if fault.code != ABSENT:
            raise
