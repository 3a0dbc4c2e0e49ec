"""One model version whole: its life with times, what it learned from, what it was measured by."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Func, IntegerField

from annotation.models import ModelVersion, Snapshot
from annotation.reports.version_pairs import ChangeRow, End, measures_of
from annotation.reports.version_turns import Step, turns_of

Status = ModelVersion.Status
END: dict[str, str] = {
    Status.REJECTED: "Measured and refused by the gate",
    Status.FAILED: "Failed",
    Status.CANCELLED: "Stopped",
}
END_OF_REFRESH: dict[str, str] = {
    Status.REJECTED: "Left out",
    Status.FAILED: "Failed",
    Status.CANCELLED: "Stopped: another version became active",
}


@dataclass(frozen=True)
class Learned:
    """What trained it, enough to train it again; of a refresh, what its parent had not."""

    n_grants: int
    n_annotations: int
    n_labels: int
    n_sprint_answers: int
    n_adjudications: int
    content_sha256: str
    release: str


@dataclass(frozen=True)
class Watched:
    """How the F1 of a watched category changed; ``is_fall``: by more than chance, downwards."""

    label: str
    difference: End
    is_fall: bool


@dataclass(frozen=True)
class Comparison:
    """What the gate saw: the version and the one it was measured against, on the same grants.

    ``margin``: by how much micro-F1 may be lower; 0: it must be higher; None where an earlier
    release of the site did not note it, nor the measures.
    """

    candidate: float
    incumbent: float
    value: float
    low: float
    high: float
    against: str
    margin: float | None
    is_good_enough: bool | None
    measures: list[ChangeRow]
    watched: list[Watched]


def life_of(version: ModelVersion) -> list[Step]:
    """Requested, trained, measured, active, retired: what has been, in order.

    How often it was made active and why is told by the audit log: its row knows the last time.
    Two queries.
    """
    if version.is_lexical:
        steps = [Step("Made from the taxonomy; needs no training", version.requested_at)]
    elif version.is_refresh:
        steps = _life_of_refresh(version)
    else:
        steps = [Step(_request(version), version.requested_at)]
        if version.started_at:
            steps.append(Step("Training began", version.started_at))
        if version.attempt > 1:
            words = f"Attempt {version.attempt}, after its worker died"
            steps.append(Step(words, version.attempt_started_at))
        if version.finished_at:
            steps.append(Step(END.get(version.status, "Trained and measured"), version.finished_at))
    if version.is_refresh:
        if version.retired_at:
            words = "Dropped: another version took its parent’s place"
            steps.append(Step(words, version.retired_at))
    else:
        steps += turns_of(version)
    # A stable sort: what happened in one moment stays in the order of a life.
    return sorted(steps, key=lambda step: step.at or version.requested_at)


def _life_of_refresh(version: ModelVersion) -> list[Step]:
    began = f"A refresh of {version.parent}, between two nights"
    steps = [Step(began, version.attempt_started_at or version.requested_at)]
    if version.finished_at:
        words = END_OF_REFRESH.get(version.status, "In use for the grants that come next")
        steps.append(Step(words, version.finished_at))
    return steps


def _request(version: ModelVersion) -> str:
    if version.for_date and not version.requested_by:
        return f"Requested for the night of {version.for_date:%-d %B %Y}"
    # The site asks by itself after an import, while no version has learned from a label.
    by = version.requested_by.username if version.requested_by else "a command or the site itself"
    return f"Requested by {by}"


class _Length(Func):
    """How many a stored list has: the list itself may have a million, and stays where it is."""

    function = "json_array_length"
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, function="jsonb_array_length", **extra)


def learned_of(version: ModelVersion) -> Learned | None:
    """What it learned from; None of one that learned nothing. One query."""
    lists = ("grant_ids", "annotation_ids", "label_ids")
    found = (
        Snapshot.objects.filter(model_version=version)
        .select_related("taxonomy_release__taxonomy")
        .defer(*lists)
        .annotate(n_grants=_Length("grant_ids"), n_annotations=_Length("annotation_ids"))
        .annotate(n_labels=_Length("label_ids"))
        .first()
    )
    if found is None:
        return None
    others = version.metrics.get("learned_from", {})
    return Learned(
        n_grants=found.n_grants,
        n_annotations=found.n_annotations,
        n_labels=found.n_labels,
        n_sprint_answers=len(others.get("sprint_decision_ids", [])),
        n_adjudications=len(others.get("adjudication_ids", [])),
        content_sha256=found.content_sha256,
        release=str(found.taxonomy_release) if found.taxonomy_release else "",
    )


def comparison_of(version: ModelVersion) -> Comparison | None:
    gate = version.metrics.get("gate")
    if not gate:
        return None
    difference, margin = End(**gate["difference"]), gate.get("margin")
    return Comparison(
        candidate=gate["candidate"],
        incumbent=gate["incumbent"],
        value=difference.value,
        low=difference.low,
        high=difference.high,
        against=gate.get("against", ""),
        margin=margin,
        is_good_enough=None if margin is None else _is_good_enough(difference.value, margin),
        measures=measures_of(gate.get("measures", {})),
        watched=[_watched(change) for change in gate.get("watched", [])],
    )


def _is_good_enough(difference: float, margin: float) -> bool:
    """As the gate decides it: what may not be worse at all must be better."""
    return difference >= -margin if margin else difference > 0


def _watched(change: dict[str, Any]) -> Watched:
    difference = End(**change["difference"])
    return Watched(change["label"], difference, is_fall=difference.high < 0)
