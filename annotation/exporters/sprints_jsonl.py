"""Sprint decisions as JSON lines: an object for each yes, no or unsure."""

from collections.abc import Iterator

from annotation.exporters.grants_table import moment
from annotation.exporters.json_lines import json_lines
from annotation.exporters.lines import Layout, SprintLine


def write(lines: Iterator[SprintLine], layout: Layout) -> Iterator[bytes]:
    return json_lines(_decision(line) for line in lines)


def _decision(line: SprintLine) -> dict[str, object]:
    return {
        "sprint": line.sprint,
        "decision": line.decision,
        "reference": line.reference,
        "facet": line.term.facet,
        "category": line.term.code,
        "label": line.term.label,
        "verdict": line.verdict,
        "annotator": line.annotator,
        "decided_at": moment(line.decided_at),
        "supersedes": line.supersedes,
        "is_withdrawal": line.is_withdrawal,
        "stands": line.stands,
        "seconds": line.seconds,
        "source": line.source,
        "score": line.score,
        "model_version": line.model_version or None,
        "content_sha256": line.content_sha256,
    }
