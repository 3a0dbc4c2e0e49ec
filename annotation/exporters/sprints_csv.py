"""Sprint decisions as CSV: a row for each yes, no or unsure."""

from collections.abc import Iterator

from annotation.exporters.csv_file import csv_file
from annotation.exporters.grants_table import moment
from annotation.exporters.lines import Layout, SprintLine

COLUMNS = [
    "sprint", "decision", "reference", "facet", "category", "label", "verdict", "annotator",
    "decided_at", "supersedes", "is_withdrawal", "stands", "seconds", "source", "score",
    "model_version", "content_sha256",
]  # fmt: skip


def write(lines: Iterator[SprintLine], layout: Layout) -> Iterator[bytes]:
    return csv_file(_rows(lines), is_raw=layout.is_raw)


def _rows(lines: Iterator[SprintLine]) -> Iterator[list[str]]:
    yield COLUMNS
    for line in lines:
        yield [
            str(line.sprint),
            str(line.decision),
            line.reference,
            line.term.facet,
            line.term.code,
            line.term.label,
            line.verdict,
            line.annotator,
            moment(line.decided_at),
            "" if line.supersedes is None else str(line.supersedes),
            _yes(line.is_withdrawal),
            _yes(line.stands),
            str(line.seconds),
            line.source,
            f"{line.score:.4f}",
            line.model_version,
            line.content_sha256,
        ]


def _yes(value: bool) -> str:
    return "yes" if value else "no"
