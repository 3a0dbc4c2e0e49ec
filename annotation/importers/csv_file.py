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
from annotation.importers.table import Table

FIELD_LIMIT = 1_000_000
LINE_LIMIT = 4_000_000
UNPACKED_LIMIT = 2_000_000_000
UNPACKED_ALWAYS, RATIO = 10_000_000, 100  # so much is never too much; beyond, of the packed size
UTF_16_AND_32 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "upright bars"}


class Unpacked(gzip.GzipFile):
    """What a gzip file holds, up to a bound: few bytes may stand for hours of reading."""

    def __init__(self, raw: BinaryIO, file_name: str, packed: int):
        super().__init__(fileobj=raw)
        self._file_name, self._packed, self._n_read = file_name, packed, 0

    def read1(self, size: int = -1) -> bytes:
        """As TextIOWrapper asks for it; raises ImportRefused beyond the bound."""
        data = super().read1(size)
        self._n_read += len(data)
        if self._n_read > max(UNPACKED_ALWAYS, RATIO * self._packed):
            raise ImportRefused(
                f"{self._file_name} unpacks to over {RATIO} times its size. Import it unpacked."
            )
        if self._n_read > UNPACKED_LIMIT:
            raise ImportRefused(
                f"{self._file_name} unpacks to over {UNPACKED_LIMIT // 1_000_000_000} GB. Import "
                "it in smaller parts."
            )
        return data


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


class CsvFile(Table):
    """A CSV file's header and rows."""

    def __init__(self, lines: io.TextIOBase, name: str, raw: BinaryIO, size: int):
        csv.field_size_limit(FIELD_LIMIT)
        self.name, self._raw, self.size = name, raw, size
        self._reader = csv.reader(Lines(lines), strict=True)
        try:
            self.header = next(self._reader, [])
        except csv.Error as error:
            raise ImportRefused(f"{name}: the header cannot be read: {error}.") from error
        self.check_header()
        if len(self.header) == 1:
            self._refuse_other_separators(self.header[0])

    def _refuse_other_separators(self, line: str) -> None:
        for character, words in SEPARATORS.items():
            if character in line:
                raise ImportRefused(
                    f"{self.name} parts its columns by {words}. Save it as CSV with commas."
                )

    def tell(self) -> int:
        return self._raw.tell()

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
                yield number, self.row(number, cells)


@contextmanager
def open_csv(path: Path, name: str = "") -> Iterator[CsvFile]:
    """Open a CSV file, plain or gzip by its content.

    Raises:
        ImportRefused: it cannot be opened or is no CSV in UTF-8.
    """
    name = name or path.name
    with path.open("rb") as raw:
        start = raw.peek(4)[:4]
        if start.startswith(UTF_16_AND_32):
            raise ImportRefused(f"{name} is UTF-16. Save it as CSV UTF-8.")
        size = path.stat().st_size
        stream = Unpacked(raw, name, size) if start.startswith(b"\x1f\x8b") else raw
        # Bytes that are not UTF-8 survive as surrogates, so that only their row is left out.
        lines = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        try:
            yield CsvFile(lines, name, raw, size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ImportRefused(f"{name} is a damaged gzip file: {error}.") from error
