"""Grants as JSON lines: for machines, so nothing is escaped and nothing is joined."""

from collections.abc import Iterator

from annotation.exporters.grants_table import FACTS, moment
from annotation.exporters.json_lines import json_lines
from annotation.exporters.lines import GrantLine, Layout, Term


def write(lines: Iterator[GrantLine], layout: Layout) -> Iterator[bytes]:
    return json_lines(_grant(line, layout) for line in lines)


def _grant(line: GrantLine, layout: Layout) -> dict[str, object]:
    grant: dict[str, object] = {name: getattr(line, name) for name in FACTS} | {
        "funder_identifier": line.funder_identifier,
        # As text, since a float cannot hold every amount.
        "amount_awarded": None if line.amount_awarded is None else f"{line.amount_awarded:.2f}",
        "award_date": line.award_date.isoformat() if line.award_date else None,
        "categories": [_term(term) for term in line.categories],
        "applicant_categories": [_term(term) for term in line.applicant_categories],
        "sources": line.sources,
        "annotators": line.annotators,
        "labelled_at": moment(line.labelled_at) or None,
        "model_versions": line.model_versions,
        "outcomes": line.outcomes,
    }
    if layout.with_suggestions:
        grant["suggested"] = [
            _term(term) | {"probability": score} for term, score in line.suggested
        ]
        grant["suggested_by"] = line.suggested_by or None
    return grant


def _term(term: Term) -> dict[str, object]:
    return {"facet": term.facet, "code": term.code, "label": term.label}
