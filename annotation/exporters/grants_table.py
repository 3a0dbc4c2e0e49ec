"""Grants as a table: the import's columns, then who says so, when, and how each facet came out."""

from datetime import datetime

from annotation.exporters.lines import GrantLine, Layout

FACTS = (
    "reference", "title", "description", "amount_awarded", "currency", "award_date",
    "recipient_name", "recipient_identifier", "funder_name", "programme", "recipient_place",
    "beneficiary_place",
)  # fmt: skip
COLUMNS = (
    *FACTS, "categories", "funder_identifier", "applicant_categories", "sources", "annotators",
    "labelled_at", "model_version",
)  # fmt: skip
SUGGESTED = ("suggested", "suggested_by")


def header(layout: Layout) -> list[str]:
    outcomes = [f"outcome_{code}" for code, _ in layout.facets]
    return [*COLUMNS, *outcomes, *(SUGGESTED if layout.with_suggestions else ())]


def cells(line: GrantLine, layout: Layout) -> list[str]:
    """Every cell as text; an amount has two decimals, a moment its offset from UTC."""
    row = [
        line.reference,
        line.title,
        line.description,
        "" if line.amount_awarded is None else f"{line.amount_awarded:.2f}",
        line.currency,
        line.award_date.isoformat() if line.award_date else "",
        line.recipient_name,
        line.recipient_identifier,
        line.funder_name,
        line.programme,
        line.recipient_place,
        line.beneficiary_place,
        ";".join(term.code for term in line.categories),
        line.funder_identifier,
        ";".join(term.code for term in line.applicant_categories),
        ";".join(line.sources),
        ";".join(line.annotators),
        moment(line.labelled_at),
        ";".join(line.model_versions),
        *(line.outcomes.get(code, "") for code, _ in layout.facets),
    ]
    return [*row, suggested(line), line.suggested_by] if layout.with_suggestions else row


def suggested(line: GrantLine) -> str:
    """``SB0203:0.81;SB04:0.52``, the likeliest first."""
    return ";".join(f"{term.code}:{score:.4f}" for term, score in line.suggested)


def moment(value: datetime | None) -> str:
    return value.isoformat(timespec="seconds") if value else ""
