"""Decisions as JSON lines: an object for each annotation, with all that was shown inside."""

from collections.abc import Iterator

from annotation.exporters.grants_table import moment
from annotation.exporters.json_lines import json_lines
from annotation.exporters.lines import AnnotationLine, DecisionLine, Layout


def write(lines: Iterator[AnnotationLine], layout: Layout) -> Iterator[bytes]:
    return json_lines(_annotation(line) for line in lines)


def _annotation(line: AnnotationLine) -> dict[str, object]:
    return {
        "annotation": line.annotation,
        "reference": line.reference,
        "annotator": line.annotator,
        "submitted_at": moment(line.submitted_at),
        "supersedes": line.supersedes,
        "revises": line.revises,
        "is_withdrawal": line.is_withdrawal,
        "stands": line.stands,
        "is_blind": line.is_blind,
        "stream": line.stream,
        "seconds": line.seconds,
        "model_version": line.model_version or None,
        "taxonomy_release": line.taxonomy_release,
        "content_sha256": line.content_sha256,
        "outcomes": dict(line.outcomes),
        "decisions": [_decision(decision) for decision in line.decisions],
    }


def _decision(decision: DecisionLine) -> dict[str, object]:
    return {
        "facet": decision.term.facet,
        "category": decision.term.code,
        "label": decision.term.label,
        "verdict": decision.verdict,
        "score": decision.score,
        "rank": decision.rank,
        "was_ticked": decision.was_ticked,
    }
