"""The taxonomy as the CSV that the import reads: what is offered today, nothing retired."""

from collections.abc import Iterator

from annotation.exporters.csv_file import csv_file
from annotation.exporters.lines import CategoryLine, Layout

COLUMNS = [
    "facet", "code", "label", "broader", "definition", "scope_note", "alt_labels",
    "include_pattern", "exclude_pattern",
]  # fmt: skip


def write(lines: Iterator[CategoryLine], layout: Layout) -> Iterator[bytes]:
    return csv_file(_rows(lines), is_raw=layout.is_raw)


def _rows(lines: Iterator[CategoryLine]) -> Iterator[list[str]]:
    yield COLUMNS
    for line in lines:
        if not line.is_retired:
            yield [
                line.facet, line.code, line.label, line.broader_offered, line.definition,
                line.scope_note, ";".join(line.alt_labels), line.include_pattern,
                line.exclude_pattern,
            ]  # fmt: skip
