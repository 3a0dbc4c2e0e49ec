"""The rows of the coverage page as a table: every figure with its interval and its support."""

from collections.abc import Iterable, Iterator
from math import isinf

from annotation.exporters.csv_file import csv_file
from annotation.reports.coverage import BAND_WORDS, CategoryCoverage
from annotation.reports.pace import Hours
from annotation.reports.shares import Share

SHARES = ("acceptance", "override", "audit_precision", "audit_recall")
COLUMNS = (
    "facet", "code", "label", "path", "level", "examples", "band",
    "examples_outside_audit", "with_below", "target", "asked_for_by",
    "suggested_waiting", "accepted", "rejected", "added", "left",
    *(f"{name}{end}" for name in SHARES for end in ("", "_low", "_high", "_n")),
    "last_reviewed", "hours_to_target", "hours_to_target_low", "hours_to_target_high",
)  # fmt: skip


def coverage_csv(rows: Iterable[CategoryCoverage], *, is_of_all: bool) -> Iterator[bytes]:
    """UTF-8 for spreadsheets; a share of fewer than ten has its support and no value.

    Args:
        is_of_all: whether the figures are those of all grants; else what is not counted grant by
            grant is left empty.
    """
    return csv_file((COLUMNS, *(_cells(row, is_of_all) for row in rows)), is_raw=False)


def _cells(row: CategoryCoverage, is_of_all: bool) -> list[str]:
    said = row.verdicts
    counts = (said.accepted, said.rejected, said.added, said.left)
    shares = (said.acceptance, said.override, row.audit.precision, row.audit.recall)
    return [
        row.facet,
        row.code,
        row.label,
        " › ".join(row.path),
        *(str(row.level), str(row.examples), BAND_WORDS[row.band]),
        *map(str, (row.of_pool, row.with_below)),
        str(row.target or ""),
        row.asked_for_by,
        str(row.pending),
        *(str(n) if is_of_all else "" for n in counts),
        *(cell for share in shares for cell in (_share(share) if is_of_all else [""] * 4)),
        row.reviewed_at.isoformat(timespec="seconds") if row.reviewed_at and is_of_all else "",
        *_hours(row.hours),
    ]


def _share(share: Share) -> list[str]:
    values = (share.value, share.low, share.high)
    return [*("" if share.is_too_few else f"{value:.4f}" for value in values), str(share.n)]


def _hours(hours: Hours | None) -> list[str]:
    if hours is None:
        return [""] * 3
    value = "" if hours.is_too_few else f"{hours.value:.1f}"
    high = "" if hours.is_too_few or isinf(hours.high) else f"{hours.high:.1f}"
    return [value, f"{hours.low:.1f}", high]
