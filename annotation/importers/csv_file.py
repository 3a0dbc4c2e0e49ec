"""Reading CSV files row by row, plain or gzip, in constant memory."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from annotation.errors import ImportRefused
from annotation.importers.faults import Fault

FIELD_LIMIT = 1_000_000
LINE_LIMIT = 4_000_000
UTF_16_AND_32 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


class Lines:
    """Lines of bounded length: an endless one must not fill the memory."""

    def __init__(self, stream: io.TextIOBase):
        self._stream = stream

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._stream.readline(LINE_LIMIT)
        if not line:
            raise StopIteration
        if len(line) < LINE_LIMIT:
            return line
        while len(line) == LINE_LIMIT and not line.endswith(("\n", "\r")):
            line = self._stream.readline(LINE_LIMIT)
        raise csv.Error(f"line larger than line limit ({LINE_LIMIT})")


class CsvFile:
    """A file's header, and its rows as dictionaries with their row numbers.

    Row 1 is the header, as a spreadsheet counts. A row that cannot be read comes as a Fault.
    """

    def __init__(self, lines: io.TextIOBase, name: str):
        csv.field_size_limit(FIELD_LIMIT)
        self.name = name
        self._reader = csv.reader(Lines(lines), strict=True)
        try:
            self.header = next(self._reader, [])
        except csv.Error as error:
            raise ImportRefused(f"{name}: the header cannot be read: {error}.") from error
        self._check_header()

    def _check_header(self) -> None:
        if not any(self.header):
            raise ImportRefused(f"{self.name} is empty. Its first row must name the columns.")
        for column in self.header:
            if any("\udc80" <= c <= "\udcff" for c in column):
                raise ImportRefused(f"{self.name} is not UTF-8. Save it as CSV UTF-8.")
            if "\0" in column:
                raise ImportRefused(f"{self.name} holds a NUL in its header; is it a CSV file?")
            if self.header.count(column) > 1:
                raise ImportRefused(f"{self.name} has the column {column!r} twice. Rename one.")

    def require(self, required: set[str], known: set[str] | None) -> None:
        """Refuse the file when a column is missing, or (with ``known``) not known."""
        mine = ", ".join(self.header)
        if missing := sorted(required - set(self.header)):
            raise ImportRefused(
                f"{self.name} has no column {', '.join(missing)}. Its columns are: {mine}."
            )
        if known is not None and (unknown := sorted(set(self.header) - known)):
            raise ImportRefused(
                f"{self.name} has the column {unknown[0]!r}, which is not known. "
                f"The known columns are: {', '.join(sorted(known))}."
            )

    def __iter__(self) -> Iterator[tuple[int, dict[str, str] | Fault]]:
        number = 1
        while True:
            number += 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield number, Fault(number, "row", "", f"cannot be read: {error}")
                continue
            if cells:
                yield number, self._row(number, cells)

    def _row(self, number: int, cells: list[str]) -> dict[str, str] | Fault:
        if len(cells) != len(self.header):
            problem = f"has {len(cells)} cells where the header names {len(self.header)}"
            return Fault(number, "row", cells[0], problem)
        row = {column: cell.strip() for column, cell in zip(self.header, cells, strict=True)}
        for column, cell in row.items():
            if "\0" in cell:
                return Fault(number, column, cell.replace("\0", "␀"), "holds a NUL character")
            if bad := next((c for c in cell if "\ud800" <= c <= "\udfff"), None):
                shown = cell.encode("utf-8", "replace").decode()
                return Fault(
                    number, column, shown, f"holds the byte 0x{ord(bad) - 0xDC00:02X}, not UTF-8"
                )
        return row


@contextmanager
def open_csv(path: Path) -> Iterator[tuple[CsvFile, BinaryIO]]:
    """Open a CSV file, plain or gzip by its content.

    Yields the file and the raw stream below it, whose position tells the progress in bytes.

    Raises:
        ImportRefused: it cannot be opened or is no CSV in UTF-8.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise ImportRefused(f"{path} cannot be opened: {error.strerror}.") from error
    with raw:
        start = raw.peek(4)[:4]
        if start.startswith(UTF_16_AND_32):
            raise ImportRefused(f"{path.name} is UTF-16. Save it as CSV UTF-8.")
        stream = gzip.GzipFile(fileobj=raw) if start.startswith(b"\x1f\x8b") else raw
        # Bytes that are not UTF-8 survive as surrogates, so that only their row is left out.
        lines = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        try:
            yield CsvFile(lines, path.name), raw
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ImportRefused(f"{path.name} is a damaged gzip file: {error}.") from error
