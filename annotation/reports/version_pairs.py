"""Two model versions side by side: which can be compared, and what a comparison says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotation.models import ModelVersion
from annotation.reports.versions import METRICS, STATUS_WORDS

LOWER_IS_BETTER = {"ece", "ece_shown", "clicks"}
ENOUGH = 10  # grants, and right answers of a category, from which figures are told
SHOWN = 10  # categories that rose and that fell; the rest are folded
Figures = Mapping[str, Any]


@dataclass(frozen=True)
class End:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ChangeRow:
    """A measure before and after; ``verdict`` says whether the change is more than chance."""

    name: str
    before: End
    after: End
    difference: End
    verdict: str

    @property
    def is_clear(self) -> bool:
        return bool(self.verdict)


@dataclass(frozen=True)
class CategoryRow:
    """F1 of a category before and after; ``found`` of ``support`` right ones were ticked."""

    code: str
    label: str
    is_watched: bool
    support: int
    found_before: int
    found_after: int
    change: ChangeRow


@dataclass(frozen=True)
class Pair:
    """What a comparison says. Rows of categories: the greatest change first.

    ``measures``: none on fewer than ten grants.
    """

    measured_on: str
    is_out_of_fold: bool
    n_grants: int
    measures: list[ChangeRow]
    watched: list[CategoryRow]
    clear: list[CategoryRow]  # changed by more than chance
    others: list[CategoryRow]
    n_too_few: int

    @property
    def n_categories(self) -> int:
        return len(self.clear) + len(self.others)

    @property
    def by_chance(self) -> int:
        """How many would seem to have changed if nothing had: one in twenty."""
        return round(self.n_categories / 20)


def comparable() -> list[tuple[ModelVersion, str]]:
    """Versions that can answer again, newest first, with what became of each. One query."""
    found = ModelVersion.objects.gated().of_current_taxonomy().order_by("-pk")
    return [
        (version, STATUS_WORDS[version.status].lower())
        for version in found.defer("metrics", "library_versions")
        if version.can_be_compared
    ]


def pair_of(body: Figures) -> Pair:
    """What is stored of a comparison, as its page shows it. No query."""
    rows = [_category(found) for found in body["categories"]]
    rows.sort(key=lambda row: (-abs(row.change.difference.value), row.label))
    return Pair(
        measured_on=body["measured_on"],
        is_out_of_fold=body["kind"] != "audit",
        n_grants=body["n_grants"],
        measures=measures_of(body["measures"]) if body["n_grants"] >= ENOUGH else [],
        watched=[row for row in rows if row.is_watched],
        clear=[row for row in rows if row.change.is_clear],
        others=[row for row in rows if not row.change.is_clear],
        n_too_few=body["n_too_few"],
    )


def measures_of(found: Figures) -> list[ChangeRow]:
    return [
        change_row(METRICS[key], found[key], key in LOWER_IS_BETTER)
        for key in METRICS
        if key in found
    ]


def change_row(name: str, found: Figures, is_lower_better: bool = False) -> ChangeRow:
    before, after, difference = (End(**found[end]) for end in ("before", "after", "difference"))
    return ChangeRow(name, before, after, difference, verdict_on(difference, is_lower_better))


def verdict_on(difference: End, is_lower_better: bool = False) -> str:
    """ "better" or "worse" where the whole interval says so; empty where chance may be all."""
    if difference.low <= 0 <= difference.high:
        return ""
    return "better" if (difference.value > 0) != is_lower_better else "worse"


def _category(found: Figures) -> CategoryRow:
    before, after = found["found"]
    return CategoryRow(
        code=found["code"],
        label=found["label"],
        is_watched=found["is_watched"],
        support=found["support"],
        found_before=before,
        found_after=after,
        change=change_row("F1", found["f1"]),
    )
