"""CSV in pieces of some 64 kB, every field quoted, with no cell that a spreadsheet would run."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

PIECE = 65_536
BOM = "\ufeff"
TRIGGERS = frozenset("=+-@")
IGNORED = frozenset("\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f")


def safe(cell: str) -> str:
    """The cell, with an apostrophe in front where a spreadsheet might take it for a formula.

    Source: OWASP, CSV injection; also behind white space and marks that nobody sees, and for the
    full-width and small forms, which some programs fold.
    """
    return "'" + cell if is_formula(cell) else cell


def is_formula(cell: str) -> bool:
    start = cell[:1]
    if "0" <= start <= "9" or "A" <= start <= "Z" or "a" <= start <= "z":  # and so most cells do
        return False
    if start in ("", "\t", "\r", "\n"):
        return bool(cell)
    first = next((c for c in cell if not _is_skipped(c)), "")
    return first in TRIGGERS or (
        first > "\x7f" and unicodedata.normalize("NFKC", first)[:1] in TRIGGERS
    )


def _is_skipped(char: str) -> bool:
    return char < "!" or char in IGNORED or char.isspace()


def csv_file(rows: Iterable[Sequence[str]], *, is_raw: bool) -> Iterator[bytes]:
    """The rows as UTF-8; for people with a byte order mark, without which Excel guesses."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, quoting=csv.QUOTE_ALL)
    sheet.write("" if is_raw else BOM)
    for row in rows:
        writer.writerow(row if is_raw else [safe(cell) for cell in row])
        if sheet.tell() > PIECE:
            yield sheet.getvalue().encode()
            sheet.seek(0)
            sheet.truncate()
    yield sheet.getvalue().encode()
