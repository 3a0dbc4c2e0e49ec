"""Reading the first sheet of an Excel workbook, after looking at the archive it comes in.

A workbook is a zip of XML: a few kilobytes can unpack to gigabytes, so nothing is unpacked before
the archive's list of contents is believable, and no XML entity is ever resolved.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException

from annotation.errors import ImportRefused
from annotation.importers.faults import Fault
from annotation.importers.table import MOST_COLUMNS, Table

MEGABYTE = 1_000_000
FILE_LIMIT, UNPACKED_LIMIT, RATIO_LIMIT = 20 * MEGABYTE, 200 * MEGABYTE, 100
MOST_MEMBERS, MOST_SHEETS, MOST_ROWS = 1_000, 10, 1_048_576
BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, IndexError, TypeError,
    AttributeError, NotImplementedError, OverflowError, ParseError, DefusedXmlException,
)  # fmt: skip


class XlsxFile(Table):
    """The first sheet of a workbook."""

    def __init__(self, sheet: Any, name: str, size: int):
        self.name, self._sheet, self.size = name, sheet, size
        self._row = 0
        # A sheet may claim a million columns; what it says of its own size is not believed.
        sheet.reset_dimensions()
        first = next(sheet.iter_rows(max_row=1, max_col=MOST_COLUMNS + 1, values_only=True), ())
        cells = [_text(cell).strip() for cell in first]
        while cells and not cells[-1]:
            cells.pop()
        self.header = cells
        self.check_header()

    def tell(self) -> int:
        # Shares of an unknown number of rows: it nears the end and never claims to be there.
        return int(self.size * self._row / (self._row + 5_000))

    def __iter__(self) -> Iterator[tuple[int, dict[str, str] | Fault]]:
        width = len(self.header)
        rows = self._sheet.iter_rows(
            min_row=2, max_row=MOST_ROWS, max_col=width + 1, values_only=True
        )
        for number, values in enumerate(rows, start=2):
            self._row = number
            if any(value is not None for value in values):
                yield number, self._read(number, [_text(value) for value in values], width)

    def _read(self, number: int, cells: list[str], width: int) -> dict[str, str] | Fault:
        if any(cells[width:]):
            problem = f"has a cell beyond the {width} columns that the header names"
            return Fault(number, "row", cells[width], problem)
        return self.row(number, cells[:width] + [""] * (width - len(cells)))


def _text(value: Any) -> str:
    """A cell as a CSV file would have it: numbers without exponent, dates as 2025-03-14."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return str(value)
        # Excel computes with 15 digits; more of them are noise of the binary fraction.
        shown = format(Decimal(format(value, ".15g")), "f")
        return shown.rstrip("0").rstrip(".") if "." in shown else shown
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


@contextmanager
def open_xlsx(path: Path, name: str = "") -> Iterator[XlsxFile]:
    """Open a workbook's first sheet.

    Raises:
        ImportRefused: it is too large, no workbook, or damaged.
    """
    name = name or path.name
    try:
        _check_archive(path, name)
        # A stream, since of a path openpyxl would judge the name.
        with path.open("rb") as raw:
            book = openpyxl.load_workbook(raw, read_only=True, data_only=True, keep_links=False)
            if not book.worksheets:
                raise ImportRefused(f"{name} has no sheet with cells.")
            yield XlsxFile(book.worksheets[0], name, path.stat().st_size)
    except BROKEN as error:
        if _is_about_entities(error):
            raise ImportRefused(
                f"{name} declares XML entities, which no spreadsheet program does. It is not read."
            ) from error
        raise ImportRefused(
            f"{name} is no Excel workbook that can be read ({type(error).__name__}). Open it in a "
            "spreadsheet program and save it as .xlsx or CSV UTF-8."
        ) from error


def _is_about_entities(error: BaseException | None) -> bool:
    """openpyxl wraps what defusedxml raises."""
    while error is not None and not isinstance(error, DefusedXmlException):
        error = error.__cause__ or error.__context__
    return error is not None


def _check_archive(path: Path, name: str) -> None:
    if not openpyxl.DEFUSEDXML:
        raise ImportRefused("defusedxml is not installed, so no workbook is read. Install it.")
    if path.stat().st_size > FILE_LIMIT:
        raise ImportRefused(f"{name} is over {FILE_LIMIT // MEGABYTE} MB. Save it as CSV UTF-8.")
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        names = {member.filename for member in members}
        if "mimetype" in names and "content.xml" in names:
            raise ImportRefused(f"{name} is an OpenDocument file. Save it as .xlsx or CSV UTF-8.")
        if "xl/workbook.xml" not in names:
            raise ImportRefused(f"{name} is a zip file, but no Excel workbook.")
        _check_members(members, name, path.stat().st_size)


def _check_members(members: list[zipfile.ZipInfo], name: str, size: int) -> None:
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    sheets = [m for m in members if re.fullmatch(r"xl/worksheets/[^/]+\.xml", m.filename)]
    if any(member.flag_bits & 1 for member in members):
        raise ImportRefused(f"{name} is encrypted. Save it without a password.")
    if any(".." in m.filename.split("/") or m.filename.startswith("/") for m in members):
        raise ImportRefused(f"{name} holds a file whose name leads out of the archive.")
    if len(sheets) > MOST_SHEETS:
        raise ImportRefused(
            f"{name} has {len(sheets):,} sheets; at most {MOST_SHEETS} are read. Save the first "
            "one alone."
        )
    if len(members) > MOST_MEMBERS or packed > size:
        raise ImportRefused(f"{name} has a list of contents that cannot be true.")
    if unpacked > UNPACKED_LIMIT or any(
        m.file_size > RATIO_LIMIT * max(m.compress_size, 1) for m in members
    ):
        raise ImportRefused(
            f"{name} would unpack to {unpacked:,} bytes from {size:,}. That is not read; "
            "save it as CSV UTF-8."
        )
