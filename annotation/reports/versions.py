"""The model versions: what became of each, and with which figures."""

from collections import defaultdict
from dataclasses import dataclass, replace

from annotation.models import ModelVersion
from annotation.reports.shares import TOO_FEW

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
MEANINGS = {
    "Calibration error": "how far, on average, a probability is from the share that comes true, "
    "over every category of 1 % or more; less is better",
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
    """A figure with its interval; ``baseline``: the same of the keyword rules alone.

    ``n``: how many of what it rests on, None where an earlier release did not keep it.
    """

    name: str
    value: float
    low: float
    high: float
    baseline: "Metric | None" = None
    n: int | None = None
    of: str = "grants"

    @property
    def meaning(self) -> str:
        """What it is, where another figure of the site has nearly its name; else empty."""
        return MEANINGS.get(self.name, "")

    @property
    def is_too_few(self) -> bool:
        """It rests on too little to be shown."""
        return self.n is not None and self.n < TOO_FEW


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


def versions(before: int | None = None, active: ModelVersion | None = None) -> VersionsPage:
    """Gated versions of the taxonomy in use, newest first, their refreshes folded under them.

    Two queries, a third where the active one is neither given nor on the page. There are many
    refreshes, and what is long in their rows is not shown.

    Args:
        before: the key at which another page ended.
        active: the active version, where it has been read already.
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
    active = next(is_active, active) or gated.filter(status=ModelVersion.Status.ACTIVE).first()
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
            replace(
                _metric(key, figures[key]),
                baseline=_baseline(key, of_rules),
                n=figures.get("n_grants"),
            )
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
