"""A table in a file: a header, and rows as dictionaries with their row numbers."""

from collections.abc import Iterator, Sequence

from annotation.errors import ImportRefused
from annotation.importers.faults import Fault

MOST_COLUMNS = 500


class Table:
    """Row 1 is the header, as a spreadsheet counts. A row that cannot be read comes as a Fault."""

    name: str
    header: list[str]
    size: int

    def __iter__(self) -> Iterator[tuple[int, dict[str, str] | Fault]]:
        raise NotImplementedError

    def tell(self) -> int:
        """How far the reading is, of ``size``."""
        raise NotImplementedError

    def check_header(self) -> None:
        if not any(column.strip() for column in self.header):
            raise ImportRefused(f"{self.name} is empty. Its first row must name the columns.")
        if len(self.header) > MOST_COLUMNS:
            raise ImportRefused(f"{self.name} has over {MOST_COLUMNS} columns. Remove some.")
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

    def row(self, number: int, cells: Sequence[str]) -> dict[str, str] | Fault:
        if len(cells) != len(self.header):
            problem = f"has {len(cells)} cells where the header names {len(self.header)}"
            return Fault(number, "row", cells[0], problem)
        row = {column: cell.strip() for column, cell in zip(self.header, cells, strict=True)}
        for column, cell in row.items():
            if cell and (fault := odd_character(number, column, cell)):
                return fault
        return row


def odd_character(number: int, column: str, cell: str) -> Fault | None:
    """A fault for what no database stores: NUL, half a character, a byte that is not UTF-8."""
    if "\0" in cell:
        return Fault(number, column, cell.replace("\0", "␀"), "holds a NUL character")
    if cell.isascii():
        return None
    bad = next((c for c in cell if "\ud800" <= c <= "\udfff"), None)
    if bad is None:
        return None
    shown = cell.encode("utf-8", "replace").decode()
    if "\udc80" <= bad <= "\udcff":
        return Fault(number, column, shown, f"holds the byte 0x{ord(bad) - 0xDC00:02X}, not UTF-8")
    return Fault(number, column, shown, f"holds half a character, \\u{ord(bad):04x}")
