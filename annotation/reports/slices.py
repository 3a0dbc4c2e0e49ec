"""The page of slices, from the newest stored report, and the categories left to people."""

from dataclasses import dataclass
from typing import Any

from annotation.models import Category, StoredReport
from annotation.reports.shares import TOO_FEW, Share

MOST_SENSITIVE = 200


@dataclass(frozen=True)
class SliceRow:
    """One slice, or the whole. Counts are of all grants, figures of what is named beside them."""

    name: str
    n_grants: int
    n_labelled: int
    micro_f1: Share
    recall_at_10: Share
    overridden: Share
    worse: list[str]  # figures in which it is worse than the whole, beyond chance

    @property
    def coverage(self) -> float:
        return self.n_labelled / self.n_grants if self.n_grants else 0.0


@dataclass(frozen=True)
class SliceCut:
    """One way of cutting, with its slices in order."""

    key: str
    title: str
    said: str
    rows: list[SliceRow]


@dataclass(frozen=True)
class Slices:
    whole: SliceRow
    cuts: list[SliceCut]
    worse: list[tuple[SliceCut, SliceRow]]
    n_comparisons: int
    measured_on: str  # empty: there was nothing to measure on


def slices_of(report: StoredReport) -> Slices:
    """What a stored report says, as its page reads it."""
    body = report.body
    cuts = [
        SliceCut(cut["key"], cut["title"], cut["said"], [_row(row) for row in cut["slices"]])
        for cut in body["cuts"]
    ]
    return Slices(
        whole=_row(body["whole"]),
        cuts=cuts,
        worse=[(cut, row) for cut in cuts for row in cut.rows if row.worse],
        n_comparisons=body["n_comparisons"],
        measured_on=body["measured_on"],
    )


def sensitive_categories() -> list[Category]:
    """Those that are marked, by their place in the taxonomy; one query."""
    marked = Category.objects.active().filter(is_sensitive=True).select_related("facet")
    return list(marked[:MOST_SENSITIVE])


def _row(row: dict[str, Any]) -> SliceRow:
    return SliceRow(
        name=row["name"],
        n_grants=row["n_grants"],
        n_labelled=row["n_labelled"],
        micro_f1=_share(row["support"], row["micro_f1"]),
        recall_at_10=_share(row.get("n_answered", row["support"]), row["recall_at_10"]),
        overridden=_share(row["ticked"], row["overridden"]),
        worse=row["worse"],
    )


def _share(n: int, figure: dict[str, float] | None) -> Share:
    """Without a figure there were under ten, or nothing right and nothing ticked: none is shown."""
    if figure is None:
        return Share(0.0, 0.0, 1.0, n if n < TOO_FEW else 0)
    return Share(figure["value"], figure["low"], figure["high"], n)
