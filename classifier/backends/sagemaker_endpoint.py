"""An endpoint in SageMaker, by its name: made, changed, taken down, looked at.

An endpoint is billed for as long as it exists. Its configuration and its model are named by what
they say, so every deed here may be done again after it was cut off anywhere, and goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from classifier.backends import sagemaker_scaling as scalings
from classifier.backends.aws import AwsFault, ask, client
from classifier.backends.aws_waiting import PAUSE, TooLong, waited
from classifier.backends.endpoint_parts import EndpointFault, Parts, Wanted
from classifier.backends.hosted_models import ensure, remove
from classifier.backends.sagemaker_scaling import Scaling

# States that change by themselves.
UNDER_WAY = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}
IN_SERVICE = "InService"
NEVER_SERVED = {"Creating", "Failed"}
GOING = 1800  # seconds that what must not stay may take to go, whatever the limit of its making
SETTLING = 5  # tries until a configuration just made is seen by the rest of AWS
Tell = Callable[[str, float], None]


@dataclass(frozen=True)
class Standing:
    """What AWS has of an endpoint. ``state`` is None where there is no endpoint."""

    state: str | None
    reason: str
    configuration: str
    instances: int
    scaling: Scaling | None
    configurations: tuple[str, ...]
    models: tuple[str, ...]

    @property
    def is_nothing(self) -> bool:
        """Nothing is left, and nothing is billed."""
        return not (self.state or self.scaling or self.configurations or self.models)


class Endpoint:
    """One endpoint of a region. ``limit``: seconds that a deed may take, at most."""

    def __init__(
        self, name: str, region: str, tell: Tell, limit: float = 1800, pause: float = PAUSE
    ) -> None:
        self.name, self.region, self.tell = name, region, tell
        self.limit, self.pause = limit, pause
        self.sagemaker = client("sagemaker", region)
        self.parts = Parts(self.sagemaker, name)
        self.scaler = client("application-autoscaling", region)

    def create(self, wanted: Wanted) -> None:
        """The endpoint answers as wanted. One that does not come up is taken down again.

        One that was in service, or was being changed, before it was asked for stays.

        Raises
        ------
        EndpointFault
            If it does not come up within the limit, or there is one that is something else.
        """
        before = self.parts.found()
        if before and before["EndpointConfigName"] != self.parts.named(wanted)[0]:
            raise EndpointFault(
                f"There is an endpoint {self.name} already, and it is something else. Update it, "
                "or delete it first."
            )
        is_new = before is None or before["EndpointStatus"] in NEVER_SERVED
        try:
            if before is None:
                self._start(wanted)
            self._wait_for_service()
        except (EndpointFault, TooLong) as error:
            if not is_new:
                raise
            self._take_down(GOING)
            advice = " Give it a longer limit." if isinstance(error, TooLong) else ""
            raise EndpointFault(
                f"{error} It was taken down again: nothing is left.{advice}"
            ) from error
        except KeyboardInterrupt:
            if is_new:
                self._take_down(GOING)
            raise
        self._scale(wanted)

    def update(self, wanted: Wanted) -> None:
        """The endpoint answers as wanted; until then, and if that fails, as before.

        Raises
        ------
        EndpointFault
            If there is none, or AWS went back to what was there before.
        """
        if self.parts.found() is None:
            raise EndpointFault(f"There is no endpoint {self.name}. Create it.")
        before = self._settled()
        name, _ = self.parts.named(wanted)
        if before["EndpointConfigName"] != name:
            # While it scales AWS refuses other instances; whoever is cut off here sets it anew.
            scalings.remove(self.scaler, self.name)
            self.parts.configure(wanted)
            ask(
                self.sagemaker,
                "update_endpoint",
                EndpointName=self.name,
                EndpointConfigName=name,
            )
        after = self._wait_for_service()
        if after["EndpointConfigName"] != name:
            self.parts.remove_unused(after["EndpointConfigName"])
            reason = after.get("FailureReason", "AWS gives no reason")
            raise EndpointFault(
                f"{self.name} answers as before, since the update has failed: {reason}"
            )
        self.parts.remove_unused(name)
        self._scale(wanted)

    def delete(self) -> None:
        """Nothing of the endpoint is left; what was gone already is no fault.

        Raises
        ------
        EndpointFault
            If an endpoint has this name that was not made here.
        TooLong
            If AWS has not taken it down within the limit; the next call goes on.
        AwsFault
            If AWS refuses. The endpoint is gone even so where only its scaling is refused.
        """
        self._take_down(self.limit)

    def status(self) -> Standing:
        """What there is, whoever was cut off while making or removing it."""
        endpoint = self.parts.found() or {}
        variants = endpoint.get("ProductionVariants", [])
        return Standing(
            state=endpoint.get("EndpointStatus"),
            reason=endpoint.get("FailureReason", ""),
            configuration=endpoint.get("EndpointConfigName", ""),
            instances=sum(one.get("CurrentInstanceCount", 0) for one in variants),
            scaling=scalings.standing(self.scaler, self.name),
            configurations=tuple(self.parts.own("endpoint_config")),
            models=tuple(self.parts.own("model")),
        )

    def _start(self, wanted: Wanted) -> None:
        name = self.parts.configure(wanted)
        given = {"EndpointConfigName": name, "Tags": self.parts.tags()}
        for left in reversed(range(SETTLING)):
            try:
                ensure(self.sagemaker, "endpoint", {"EndpointName": self.name}, given)
                return
            except AwsFault as fault:
                if not (fault.is_absent and left):
                    with suppress(AwsFault):
                        self.parts.remove_unused("")  # of no use without an endpoint
                    raise
                time.sleep(self.pause)

    def _scale(self, wanted: Wanted) -> None:
        if wanted.scaling is None:
            scalings.remove(self.scaler, self.name)
        else:
            scalings.apply(self.scaler, self.name, wanted.scaling)

    def _wait_for_service(self) -> dict[str, Any]:
        endpoint = self._settled()
        if (state := endpoint["EndpointStatus"]) != IN_SERVICE:
            reason = endpoint.get("FailureReason", "AWS gives no reason")
            raise EndpointFault(f"{self.name} is {state}: {reason}")
        return endpoint

    def _settled(self) -> dict[str, Any]:
        endpoint = waited(
            lambda: self.parts.found() or {"EndpointStatus": "gone"},
            lambda found: found["EndpointStatus"] not in UNDER_WAY,
            lambda found, seconds: self.tell(found["EndpointStatus"], seconds),
            self.limit,
            self.pause,
        )
        if endpoint["EndpointStatus"] == "gone":
            raise EndpointFault(f"{self.name} was deleted by somebody else meanwhile.")
        return endpoint

    def _take_down(self, limit: float) -> None:
        self.parts.found()  # somebody else's is left alone, its scaling, too
        refused = None
        try:
            scalings.remove(self.scaler, self.name)
        except AwsFault as fault:
            refused = fault  # scaling costs nothing; the endpoint does, and goes all the same
        waited(self._taken_down, lambda state: state == "", self.tell, limit, self.pause)
        self.parts.remove_unused("")
        if refused:
            raise AwsFault(
                f"The endpoint {self.name} is deleted and no longer billed, but its scaling may be "
                f"left: {refused}",
                refused.code,
            )

    def _taken_down(self) -> str:
        """Ask for it to be deleted; returns its state, empty once it is gone."""
        endpoint = self.parts.found()
        if endpoint is None:
            return ""
        state = str(endpoint["EndpointStatus"])
        if state != "Deleting":
            try:
                remove(self.sagemaker, "endpoint", {"EndpointName": self.name})
            except AwsFault:
                if state not in UNDER_WAY:  # else AWS takes it down once that is over
                    raise
        return state
