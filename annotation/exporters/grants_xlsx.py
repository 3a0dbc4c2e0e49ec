"""Grants as an Excel workbook with the columns of the CSV."""

from collections.abc import Iterator
from decimal import Decimal

from annotation.exporters.csv_file import safe
from annotation.exporters.grants_table import COLUMNS, cells, header
from annotation.exporters.lines import GrantLine, Layout
from annotation.exporters.xlsx_file import xlsx_file

AMOUNT = COLUMNS.index("amount_awarded")


def write(lines: Iterator[GrantLine], layout: Layout) -> Iterator[bytes]:
    return xlsx_file(_rows(lines, layout))


def _rows(lines: Iterator[GrantLine], layout: Layout) -> Iterator[list[str | Decimal]]:
    yield list(header(layout))
    for line in lines:
        texts = cells(line, layout)
        row: list[str | Decimal] = [*texts] if layout.is_raw else [safe(cell) for cell in texts]
        if line.amount_awarded is not None:
            row[AMOUNT] = line.amount_awarded
        yield row
