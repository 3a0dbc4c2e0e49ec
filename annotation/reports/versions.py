"""The model versions: what became of each, and how far a training is."""

from dataclasses import dataclass

from django.utils import timezone

from annotation.models import Annotation, ModelVersion

METRICS = {
    "micro_f1": "Micro-F1",
    "macro_f1": "Macro-F1",
    "hierarchical_f1": "Hierarchical F1",
    "precision_at_1": "First suggestion right",
    "recall_at_10": "Right ones among the first ten",
    "ece": "Calibration error",
    "clicks": "Corrections a grant",
}
STATUS_WORDS = {
    "requested": "Waiting",
    "training": "Training",
    "evaluated": "Evaluated",
    "active": "Active",
    "rejected": "Refused",
    "failed": "Failed",
    "cancelled": "Stopped",
    "retired": "Retired",
}


@dataclass(frozen=True)
class Metric:
    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class VersionRow:
    version: ModelVersion
    status_word: str
    metrics: list[Metric]
    measured_on: str
    is_active: bool
    can_promote: bool
    is_rollback: bool


@dataclass(frozen=True)
class TrainingProgress:
    """A training that waits or runs; ``share`` 0 to 1, seconds None while unknown."""

    version: ModelVersion
    share: float
    phase: str
    seconds_left: int | None


def versions() -> list[VersionRow]:
    """Every version of the taxonomy in use, newest first. One query."""
    rows = ModelVersion.objects.of_current_taxonomy().select_related("requested_by")
    return [_row(version) for version in rows.order_by("-pk")]


def _row(version: ModelVersion) -> VersionRow:
    figures = version.metrics.get("figures", {})
    return VersionRow(
        version=version,
        status_word=STATUS_WORDS[version.status],
        metrics=[
            Metric(name, **{k: figures[key][k] for k in ("value", "low", "high")})
            for key, name in METRICS.items()
            if key in figures
        ],
        measured_on=version.metrics.get("measured_on", ""),
        is_active=version.status == ModelVersion.Status.ACTIVE,
        can_promote=version.can_serve,
        is_rollback=version.status == ModelVersion.Status.RETIRED,
    )


def training_now() -> TrainingProgress | None:
    """The training that runs, else the one that waits. Two queries."""
    version = (
        ModelVersion.objects.in_training().select_related("requested_by").first()
        or ModelVersion.objects.waiting().select_related("requested_by").first()
    )
    if version is None:
        return None
    return TrainingProgress(version, version.progress, version.phase, _seconds_left(version))


def _seconds_left(version: ModelVersion) -> int | None:
    if not version.started_at or version.progress < 0.05:
        return None
    elapsed = (timezone.now() - version.started_at).total_seconds()
    return round(elapsed * (1 - version.progress) / version.progress)


def n_new_annotations() -> int:
    """Standing annotations since the newest training began."""
    newest = ModelVersion.objects.of_current_taxonomy().exclude(started_at=None).first()
    current = Annotation.objects.current()
    if newest:
        current = current.filter(submitted_at__gt=newest.started_at)
    return current.count()
