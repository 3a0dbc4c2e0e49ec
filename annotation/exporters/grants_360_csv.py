"""Grants as a 360Giving spreadsheet: a row a grant, classifications in numbered columns."""

from collections.abc import Iterator

from annotation.exporters.csv_file import csv_file
from annotation.exporters.grants_table import suggested
from annotation.exporters.lines import GrantLine, Layout

TITLES = [
    "Identifier", "Title", "Description", "Currency", "Amount Awarded", "Award Date",
    "Recipient Org:Identifier", "Recipient Org:Name", "Recipient Org:City",
    "Funding Org:Identifier", "Funding Org:Name", "Grant Programme:Title",
    "Beneficiary Location:Name",
]  # fmt: skip


def write(lines: Iterator[GrantLine], layout: Layout) -> Iterator[bytes]:
    return csv_file(_rows(lines, layout), is_raw=layout.is_raw)


def _rows(lines: Iterator[GrantLine], layout: Layout) -> Iterator[list[str]]:
    numbered = [
        f"Classifications:{n}:{title}"
        for n in range(layout.most_categories)
        for title in ("Vocabulary", "Code", "Title")
    ]
    # Two columns of our own: the standard has no place for a probability.
    ours = ["Suggested", "Suggested by"] if layout.with_suggestions else []
    yield [*TITLES, *numbered, *ours]
    for line in lines:
        yield _row(line, layout)


def _row(line: GrantLine, layout: Layout) -> list[str]:
    amount, day = line.amount_awarded, line.award_date
    assert amount is not None and day is not None  # the report leaves other grants out
    terms = [cell for t in line.categories for cell in (t.vocabulary, t.code, t.label)]
    row = [
        line.reference, line.title, line.description, line.currency, f"{amount:.2f}",
        day.isoformat(), line.recipient_identifier, line.recipient_name, line.recipient_place,
        line.funder_identifier, line.funder_name, line.programme, line.beneficiary_place,
        *terms, *[""] * (3 * layout.most_categories - len(terms)),
    ]  # fmt: skip
    return [*row, suggested(line), line.suggested_by] if layout.with_suggestions else row
