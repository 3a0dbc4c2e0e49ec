"""Decisions as CSV: a row for each verdict, and one for an answer or a withdrawal without any."""

from collections.abc import Iterator

from annotation.exporters.csv_file import csv_file
from annotation.exporters.grants_table import moment
from annotation.exporters.lines import AnnotationLine, DecisionLine, Layout

COLUMNS = [
    "annotation", "reference", "annotator", "submitted_at", "supersedes", "revises",
    "is_withdrawal", "stands", "is_blind", "stream", "seconds", "model_version",
    "taxonomy_release", "content_sha256",
    "facet", "outcome", "category", "label", "verdict", "score", "rank", "was_ticked",
]  # fmt: skip


def write(lines: Iterator[AnnotationLine], layout: Layout) -> Iterator[bytes]:
    return csv_file(_rows(lines), is_raw=layout.is_raw)


def _rows(lines: Iterator[AnnotationLine]) -> Iterator[list[str]]:
    yield COLUMNS
    for line in lines:
        act = _act(line)
        outcomes = dict(line.outcomes)
        for decision in line.decisions:
            facet = decision.term.facet
            yield [*act, facet, outcomes.get(facet, ""), *_verdict(decision)]
        decided = {decision.term.facet for decision in line.decisions}
        empty = [""] * 6
        for facet, value in line.outcomes:
            if facet not in decided:
                yield [*act, facet, value, *empty]
        if not line.outcomes and not line.decisions:
            yield [*act, "", "", *empty]


def _act(line: AnnotationLine) -> list[str]:
    return [
        str(line.annotation), line.reference, line.annotator, moment(line.submitted_at),
        "" if line.supersedes is None else str(line.supersedes),
        "" if line.revises is None else str(line.revises),
        _yes(line.is_withdrawal), _yes(line.stands), _yes(line.is_blind), line.stream,
        str(line.seconds),
        line.model_version, line.taxonomy_release, line.content_sha256,
    ]  # fmt: skip


def _verdict(decision: DecisionLine) -> list[str]:
    return [
        decision.term.code,
        decision.term.label,
        decision.verdict,
        "" if decision.score is None else repr(decision.score),
        "" if decision.rank is None else str(decision.rank),
        "" if decision.was_ticked is None else _yes(decision.was_ticked),
    ]


def _yes(value: bool) -> str:
    return "yes" if value else "no"
