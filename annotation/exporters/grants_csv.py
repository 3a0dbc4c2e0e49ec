"""Grants as CSV: in ``raw`` a file that the import takes back exactly."""

from collections.abc import Iterator

from annotation.exporters.csv_file import csv_file
from annotation.exporters.grants_table import cells, header
from annotation.exporters.lines import GrantLine, Layout


def write(lines: Iterator[GrantLine], layout: Layout) -> Iterator[bytes]:
    return csv_file(_rows(lines, layout), is_raw=layout.is_raw)


def _rows(lines: Iterator[GrantLine], layout: Layout) -> Iterator[list[str]]:
    yield header(layout)
    for line in lines:
        yield cells(line, layout)
