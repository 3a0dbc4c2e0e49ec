"""A taxonomy as a table of codes and parents, CSV or the first sheet of a workbook."""

from collections.abc import Iterator

from annotation.importers.faults import Fault
from annotation.importers.table import Table
from annotation.importers.taxonomy_rows import OPTIONAL, REQUIRED


def rows_of_codes(table: Table) -> Iterator[tuple[int, dict[str, str] | Fault]]:
    table.require(REQUIRED, REQUIRED | OPTIONAL)
    yield from table
