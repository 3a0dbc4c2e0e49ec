"""Grants in the first sheet of an Excel workbook, with the same columns as a CSV file."""

from collections.abc import Iterator
from pathlib import Path

from annotation.importers.faults import Fault
from annotation.importers.grant_rows import GrantRow, Mapping, Position
from annotation.importers.grants_csv import rows_of_grants
from annotation.importers.xlsx_file import open_xlsx


def read_grants_xlsx(
    path: Path, name: str, mapping: Mapping | None = None
) -> Iterator[tuple[GrantRow | Fault, Position]]:
    with open_xlsx(path, name) as table:
        yield from rows_of_grants(table, mapping)
