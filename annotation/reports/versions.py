"""The model versions: what became of each, and how far a training is."""

from collections import defaultdict
from dataclasses import dataclass, replace

from django.utils import timezone

from annotation.models import (
    Adjudication,
    Annotation,
    Grant,
    ModelVersion,
    SprintDecision,
)

A_PAGE = 25
METRICS = {
    "micro_f1": "Micro-F1",
    "macro_f1": "Macro-F1",
    "hierarchical_f1": "Hierarchical F1",
    "precision_at_1": "First suggestion right",
    "recall_at_10": "Right ones among the first ten",
    "ece": "Calibration error",
    "clicks": "Corrections a grant",
}
NOT_OF_RULES = {"ece"}  # a rule holds or does not: it gives no probability
STATUS_WORDS = {
    "requested": "Waiting",
    "training": "Training",
    "evaluated": "Evaluated",
    "active": "Active",
    "in_use": "In use",
    "rejected": "Refused",
    "failed": "Failed",
    "cancelled": "Stopped",
    "retired": "Retired",
}
STATUS_OF_REFRESHES = {
    "training": "Learning",
    "in_use": "In use",
    "rejected": "Left out",
    "failed": "Failed",
    "cancelled": "Stopped",
    "retired": "Dropped",
}


@dataclass(frozen=True)
class Metric:
    """A figure with its interval; ``baseline``: the same of the keyword rules alone."""

    name: str
    value: float
    low: float
    high: float
    baseline: "Metric | None" = None


@dataclass(frozen=True)
class Refresh:
    """One made between two nights from a version, or left out; ``words``: what became of it."""

    version: ModelVersion
    status_word: str
    words: str

    @property
    def is_bad(self) -> bool:
        return bool(self.version.error) or self.version.status == ModelVersion.Status.REJECTED


@dataclass(frozen=True)
class VersionRow:
    version: ModelVersion
    status_word: str
    metrics: list[Metric]
    measured_on: str
    is_active: bool
    can_promote: bool
    is_rollback: bool
    refreshes: tuple[Refresh, ...] = ()  # the newest first


@dataclass(frozen=True)
class VersionsPage:
    """``older``: key to go on from, None on the last page. ``active`` may be on another one."""

    rows: list[VersionRow]
    active: VersionRow | None
    older: int | None


@dataclass(frozen=True)
class Reading:
    """What a version has still to read; ``seconds`` None while no version's speed is known."""

    n_grants: int
    n_unread: int
    n_waiting: int
    seconds: int | None

    @property
    def share(self) -> float:
        """Of the grants that are read, 0 to 1."""
        return 1 - self.n_unread / self.n_grants if self.n_grants else 1.0


@dataclass(frozen=True)
class TrainingProgress:
    """A training that waits or runs; ``share`` 0 to 1, seconds None while unknown."""

    version: ModelVersion
    share: float
    phase: str
    seconds_left: int | None


def versions(before: int | None = None) -> VersionsPage:
    """Gated versions of the taxonomy in use, newest first, their refreshes folded under them.

    Two queries, a third where the active one is not on the page. There are many refreshes, and
    what is long in their rows is not shown.

    Args:
        before: the key at which another page ended.
    """
    rows = ModelVersion.objects.of_current_taxonomy().order_by("-pk")
    gated = rows.gated().select_related("requested_by")
    window = gated if before is None else gated.filter(pk__lt=before)
    found = list(window[: A_PAGE + 1])
    has_more, found = len(found) > A_PAGE, found[:A_PAGE]
    refreshes = defaultdict(list)
    made_between = rows.filter(kind=ModelVersion.Kind.REFRESH, parent__in=[v.pk for v in found])
    for version in made_between.defer("metrics", "library_versions"):
        refreshes[version.parent_id].append(_refresh(version))
    is_active = (v for v in found if v.status == ModelVersion.Status.ACTIVE)
    active = next(is_active, None) or gated.filter(status=ModelVersion.Status.ACTIVE).first()
    return VersionsPage(
        rows=[version_row(v, active, tuple(refreshes[v.pk])) for v in found],
        active=version_row(active, active) if active else None,
        older=found[-1].pk if has_more else None,
    )


def _refresh(version: ModelVersion) -> Refresh:
    words = version.error or version.reason
    if version.cpu_seconds is not None:
        seconds = f"{version.cpu_seconds:,.1f}" if version.cpu_seconds < 10 else None
        seconds = seconds or f"{version.cpu_seconds:,.0f}"
        words = f"{words} It took {seconds} s of the processor.".strip()
    return Refresh(version, _status_word(version), words)


def _status_word(version: ModelVersion) -> str:
    own = STATUS_OF_REFRESHES if version.is_refresh else {}
    return own.get(version.status, STATUS_WORDS[version.status])


def version_row(
    version: ModelVersion, active: ModelVersion | None, refreshes: tuple[Refresh, ...] = ()
) -> VersionRow:
    """One version beside the active one: only an earlier one is rolled back to."""
    figures = version.metrics.get("figures", {})
    of_rules = version.metrics.get("rules", {})
    return VersionRow(
        version=version,
        status_word=_status_word(version),
        metrics=[
            replace(_metric(key, figures[key]), baseline=_baseline(key, of_rules))
            for key in METRICS
            if key in figures
        ],
        measured_on=version.metrics.get("measured_on", ""),
        is_active=version.status == ModelVersion.Status.ACTIVE,
        can_promote=version.can_serve,
        is_rollback=version.status == ModelVersion.Status.RETIRED
        and active is not None
        and not version.is_refresh
        and version.pk < active.pk,
        refreshes=refreshes,
    )


def _metric(key: str, figure: dict[str, float]) -> Metric:
    return Metric(METRICS[key], figure["value"], figure["low"], figure["high"])


def _baseline(key: str, of_rules: dict[str, dict[str, float]]) -> Metric | None:
    has_one = key in of_rules and key not in NOT_OF_RULES
    return _metric(key, of_rules[key]) if has_one else None


def reading_of(version: ModelVersion) -> Reading:
    """What is to be read until the version answers for every grant. Four queries at most."""
    unread = Grant.objects.not_scored_by(version)
    n_unread = unread.count()
    speed = version.reading_speed or (
        ModelVersion.objects.exclude(reading_speed=None)
        .order_by("-pk")
        .values_list("reading_speed", flat=True)
        .first()
    )
    return Reading(
        n_grants=Grant.objects.count(),
        n_unread=n_unread,
        n_waiting=unread.filter(queue_item__is_open=True).count(),
        seconds=round(n_unread / speed) if speed else None,
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
    """By the present attempt alone: an earlier one that died says nothing of its pace."""
    began = version.attempt_started_at or version.started_at
    if not began or version.progress < 0.05:
        return None
    elapsed = (timezone.now() - began).total_seconds()
    return round(elapsed * (1 - version.progress) / version.progress)


def n_new_annotations() -> int:
    """What people have said since the newest training began; sprints and adjudications as well."""
    newest = ModelVersion.objects.gated().of_current_taxonomy().exclude(started_at=None).first()
    current, judged = Annotation.objects.current(), Adjudication.objects.current()
    asked = SprintDecision.objects.current()
    if newest:
        current = current.filter(submitted_at__gt=newest.started_at)
        judged = judged.filter(adjudicated_at__gt=newest.started_at)
        asked = asked.filter(decided_at__gt=newest.started_at)
    return current.count() + judged.count() + asked.count()
