"""The audit log as CSV for people, one line a deed, newest first."""

from collections.abc import Iterable, Iterator

from annotation.exporters.csv_file import csv_file
from annotation.reports.audit_log import Line

HEADER = ("event", "at", "person", "deed", "object", "details")


def write(lines: Iterable[Line]) -> Iterator[bytes]:
    """No cell is one that a spreadsheet would run; times are UTC."""
    return csv_file(_rows(lines), is_raw=False)


def _rows(lines: Iterable[Line]) -> Iterator[tuple[str, ...]]:
    yield HEADER
    for line in lines:
        at = line.at.isoformat(timespec="seconds")
        yield (str(line.pk), at, line.who, line.deed, line.subject, line.words)
