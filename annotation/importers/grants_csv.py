"""Grants in a table: our own columns, 360Giving's spreadsheet, or columns that somebody mapped."""

from collections.abc import Iterator
from pathlib import Path

from annotation.errors import ImportRefused
from annotation.importers.csv_file import open_csv
from annotation.importers.faults import Fault
from annotation.importers.grant_rows import (
    COLUMNS,
    REQUIRED,
    GrantRow,
    Mapping,
    Position,
    rows_of_table,
)
from annotation.importers.table import Table

# What our own export adds: read by people, not taken back.
OF_THE_EXPORT = {
    "sources", "annotators", "labelled_at", "model_version", "suggested", "suggested_by",
}  # fmt: skip
OUTCOME = "outcome_"
# 360Giving: our column -> the spreadsheet's title; its other columns are allowed and not kept.
TITLES_360 = {
    "reference": "Identifier",
    "title": "Title",
    "description": "Description",
    "currency": "Currency",
    "amount_awarded": "Amount Awarded",
    "award_date": "Award Date",
    "recipient_name": "Recipient Org:Name",
    "recipient_identifier": "Recipient Org:Identifier",
    "funder_name": "Funding Org:Name",
    "funder_identifier": "Funding Org:Identifier",
    "programme": "Grant Programme:Title",
    "recipient_place": "Recipient Org:City",
    "beneficiary_place": "Beneficiary Location:Name",
}
REQUIRED_360 = {TITLES_360[column] for column in REQUIRED}


class UnknownColumns(ImportRefused):
    """The header is neither ours nor 360Giving's: somebody has to say what is what."""

    def __init__(self, message: str, table: Table):
        super().__init__(message)
        self.header = table.header
        self.samples = [row for _, row in _first_rows(table) if not isinstance(row, Fault)]


def _first_rows(table: Table, number: int = 3) -> Iterator[tuple[int, dict[str, str] | Fault]]:
    for _, row in zip(range(number), table, strict=False):
        yield row


def read_grants_csv(
    path: Path, name: str, mapping: Mapping | None = None
) -> Iterator[tuple[GrantRow | Fault, Position]]:
    with open_csv(path, name) as table:
        yield from rows_of_grants(table, mapping)


def rows_of_grants(
    table: Table, mapping: Mapping | None
) -> Iterator[tuple[GrantRow | Fault, Position]]:
    """Raises UnknownColumns or ImportRefused when the header does not tell what is what."""
    if mapping:
        mapping.check(table)
        yield from rows_of_table(table, mapping.columns, mapping)
    else:
        yield from rows_of_table(table, _titles(table))


def _titles(table: Table) -> dict[str, str]:
    """Our column -> the file's, by which of the two headers it has."""
    header = set(table.header)
    if table.header[0] == "Identifier" or header >= REQUIRED_360:
        table.require(REQUIRED_360, known=None)
        return {column: _numbered(title, header) for column, title in TITLES_360.items()}
    if not header & COLUMNS:
        raise UnknownColumns(
            f"{table.name} has neither our columns ({', '.join(sorted(REQUIRED))}, ...) nor those "
            f"of 360Giving ({', '.join(sorted(REQUIRED_360))}, ...). "
            f"Its columns are: {', '.join(table.header)}.",
            table,
        )
    try:
        exported = {t for t in header if t in OF_THE_EXPORT or t.startswith(OUTCOME)}
        table.require(REQUIRED, COLUMNS | exported)
    except ImportRefused as error:
        raise UnknownColumns(str(error), table) from error
    return {column: column for column in COLUMNS}


def _numbered(title: str, header: set[str]) -> str:
    """The first of numbered columns (``Recipient Org:0:Name``) where the plain one is missing."""
    numbered = title.replace(":", ":0:")
    return numbered if title not in header and numbered in header else title
