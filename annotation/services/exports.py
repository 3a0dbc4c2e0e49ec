"""Giving data out: streamed, of one state of the database, and noted in the audit log."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models.functions import Length
from django.utils import timezone

from annotation.errors import ExportRefused
from annotation.exporters import EXPORTERS, Exporter
from annotation.exporters.lines import Layout
from annotation.exporters.xlsx_file import LONGEST, MOST_ROWS
from annotation.models import Category, Grant, User
from annotation.reports.annotation_lines import annotation_lines, annotations_of
from annotation.reports.category_lines import category_lines
from annotation.reports.grant_lines import grant_lines, grants_found, most_categories
from annotation.reports.snapshot import snapshot
from annotation.reports.sprint_lines import sprint_decisions_of, sprint_lines
from annotation.reports.terms import layout
from annotation.services.audit import record

logger = logging.getLogger(__name__)
Progress = Callable[[int], None]


@dataclass(frozen=True)
class ExportOrder:
    """What to give out.

    ``threshold``: suggestions from this probability on come along; None: people's labels only.
    ``query``: the filter of the list of grants. ``is_raw``: no cell is made safe for spreadsheets.
    """

    what: str
    form: str
    is_raw: bool = False
    threshold: float | None = None
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Export:
    """A file under way; ``pieces`` reads the database as it is asked for more."""

    file_name: str
    content_type: str
    n_lines: int
    pieces: Iterator[bytes]


def start_export(
    order: ExportOrder, *, by: User | None = None, progress: Progress | None = None
) -> Export:
    """Check an order, note it in the audit log, and return the file as a stream.

    A second entry in the log says how many lines were given out, also when the reader went away.

    Raises:
        ExportRefused: there is no such export, or nothing to put into it; nothing is noted.
    """
    exporter = EXPORTERS.get((order.what, order.form))
    if exporter is None:
        raise ExportRefused(_choices(order))
    n_lines = count_lines(order)
    if not n_lines and order.form.startswith("360"):
        raise ExportRefused(
            "No grant has all that 360Giving requires, and it knows no empty file. "
            "The export 'left-out' lists what is missing."
        )
    if order.form == "xlsx" and n_lines >= MOST_ROWS:
        raise ExportRefused(
            f"{n_lines:,} grants are more than a sheet can hold. Choose CSV or JSON lines."
        )
    if order.form == "xlsx" and order.is_raw and (cut := _too_long_for_a_cell(order)):
        raise ExportRefused(
            f"The text of {cut} is longer than the 32,767 characters of a cell, so it would come "
            "back cut. Choose CSV or JSON lines for raw, or leave raw out."
        )
    record(by, "export started", _name(order), raw=order.is_raw, count=n_lines)
    return Export(
        file_name=f"{order.what}-{timezone.localdate()}.{exporter.suffix}",
        content_type=exporter.content_type,
        n_lines=n_lines,
        pieces=_stream(exporter, order, by, progress),
    )


def _too_long_for_a_cell(order: ExportOrder) -> Grant | None:
    """A grant whose text a workbook would cut; what is read back must be what was written."""
    found = grants_found(order.query).alias(n=Length("description"))
    for grant in found.filter(n__gt=LONGEST // 2).iterator():
        if len(grant.description.encode("utf-16-le", "surrogatepass")) > 2 * LONGEST:
            return grant
    return None


def count_lines(order: ExportOrder) -> int:
    """Grants, annotations, sprint decisions or categories that come out. One query."""
    if order.what == "taxonomy":
        found = Category.objects.current()
        return found.count() if order.form == "skos" else found.filter(retired_at=None).count()
    if order.what == "decisions":
        return annotations_of(order.query).count()
    if order.what == "sprints":
        return sprint_decisions_of(order.query).count()
    return grants_found(order.query, for_360=_for_360(order)).count()


def _stream(
    exporter: Exporter, order: ExportOrder, by: User | None, progress: Progress | None
) -> Iterator[bytes]:
    counted = _Counted(progress)
    is_whole = False
    try:
        with snapshot():
            yield from exporter.write(counted.each(_lines(order)), _layout(order))
        is_whole = True
    finally:
        action = "exported" if is_whole else "export broken off"
        record(by, action, _name(order), raw=order.is_raw, count=counted.n)
        logger.info("%s: %s, %s lines", action, _name(order), counted.n)


class _Counted:
    """Counts lines on their way through."""

    def __init__(self, progress: Progress | None):
        self.n, self._progress = 0, progress

    def each(self, lines: Iterator[Any]) -> Iterator[Any]:
        for line in lines:
            self.n += 1
            yield line
            if self._progress and self.n % 200 == 0:
                self._progress(self.n)


def _lines(order: ExportOrder) -> Iterator[Any]:
    if order.what == "taxonomy":
        lines = category_lines()
        return lines if order.form == "skos" else (li for li in lines if not li.is_retired)
    if order.what == "decisions":
        return annotation_lines(annotations_of(order.query))
    if order.what == "sprints":
        return sprint_lines(sprint_decisions_of(order.query))
    return grant_lines(grants_found(order.query, for_360=_for_360(order)), order.threshold)


def _layout(order: ExportOrder) -> Layout:
    plan = layout(is_raw=order.is_raw, with_suggestions=order.threshold is not None)
    if order.form != "360-csv":
        return plan
    # Numbered columns stand in the header, so the grants are read twice, from one snapshot.
    found = grants_found(order.query, for_360=True)
    return replace(plan, most_categories=most_categories(grant_lines(found)))


def _for_360(order: ExportOrder) -> bool | None:
    if order.what == "left-out":
        return False
    return True if order.form.startswith("360") else None


def _name(order: ExportOrder) -> str:
    return f"{order.what} as {order.form}"


def _choices(order: ExportOrder) -> str:
    forms = ", ".join(form for what, form in EXPORTERS if what == order.what)
    if forms:
        return f"There is no export of {order.what} as {order.form!r}. Choose one of: {forms}."
    whats = ", ".join(dict.fromkeys(what for what, _ in EXPORTERS))
    return f"There is no export of {order.what!r}. Choose one of: {whats}."
