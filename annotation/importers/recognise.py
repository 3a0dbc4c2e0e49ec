"""Which format a file has, decided by its content and never by its name."""

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from annotation.errors import ImportRefused
from annotation.importers.csv_file import open_csv
from annotation.importers.faults import Fault, Faults
from annotation.importers.grant_rows import GrantRow, Mapping, Position
from annotation.importers.grants_csv import read_grants_csv
from annotation.importers.grants_json import read_grants_json
from annotation.importers.table import Table
from annotation.importers.taxonomy_csv import rows_of_codes
from annotation.importers.taxonomy_indented import HEADING, rows_of_lines
from annotation.importers.taxonomy_levels import level_columns, rows_of_levels
from annotation.importers.taxonomy_order import parents_first
from annotation.importers.taxonomy_rows import CategoryRow, checked_categories

HEAD = 65_536
NAMED = {
    b"%PDF": "a PDF. Save the table in it as CSV UTF-8 or .xlsx",
    b"\xd0\xcf\x11\xe0": "an old .xls workbook or one with a password. Save it as .xlsx without",
    b"{\\rtf": "a text document (RTF). Save it as plain text",
    b"SQLite format 3": "a SQLite database. Export its table as CSV UTF-8",
}
TURTLE = re.compile(
    r"\s*(?:#[^\n]*\n\s*)*(?:@prefix|@base|prefix\s|base\s|<[^>\s]+>\s)", re.IGNORECASE
)


def recognise(path: Path, name: str = "") -> str:
    """csv, xlsx, json, json-ld, xml (RDF), turtle or indented.

    Raises:
        ImportRefused: it cannot be opened, or is something that no importer reads.
    """
    name = name or path.name
    head = _head(path, name)
    for start, words in NAMED.items():
        if head.startswith(start):
            raise ImportRefused(f"{name} is {words}.")
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    text = head.decode("utf-8-sig", "replace").lstrip()
    if text.startswith(("{", "[")) and not HEADING.fullmatch(text.partition("\n")[0].strip()):
        return "json-ld" if re.search(r'"@(context|graph|id|type)"', text) else "json"
    if re.match(r"<!doctype html|<html", text, re.IGNORECASE):
        raise ImportRefused(f"{name} is a web page. Save the table in it as CSV UTF-8 or .xlsx.")
    if text.startswith(("<?xml", "<rdf:RDF", "<!DOCTYPE", "<!--")):
        return "xml"
    if TURTLE.match(text):
        return "turtle"
    return "indented" if _is_indented(head.decode("utf-8-sig", "replace")) else "csv"


def _head(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise ImportRefused(f"{path} cannot be opened: {error.strerror}.") from error
    if not head.startswith(b"\x1f\x8b"):
        return head
    try:
        with gzip.open(path) as packed:
            inner = packed.read(512)
    except (OSError, EOFError, zlib.error):
        return head  # the reader of CSV says what is wrong with it
    if inner.startswith((b"PK\x03\x04", b"{", b"<?xml")) or inner.startswith(tuple(NAMED)):
        raise ImportRefused(
            f"{name} is packed with gzip, which is read around CSV only. Unpack it."
        )
    return head


def _is_indented(text: str) -> bool:
    lines = [line for line in re.split(r"\r\n|\r|\n", text)[:-1] or [text] if line.strip()][:200]
    if not lines or "\0" in text or any(c in lines[0] for c in ',;"\t'):
        return False
    first = lines[0]
    has_heading = bool(HEADING.fullmatch(first.strip()))
    return has_heading or (not first[0].isspace() and any(line[0] in " \t" for line in lines[1:]))


def read_grants(
    path: Path, name: str = "", mapping: Mapping | None = None
) -> Iterator[tuple[GrantRow | Fault, Position]]:
    """Each row as a grant or as what is wrong with it, with the position for the progress.

    Raises:
        UnknownColumns: somebody has to say which column is what.
        ImportRefused: the file as a whole holds no grants.
    """
    name = name or path.name
    form = recognise(path, name)
    if form == "json":
        return read_grants_json(path, name)
    if form == "xlsx":
        from annotation.importers.grants_xlsx import read_grants_xlsx  # costs 0.3 s

        return read_grants_xlsx(path, name, mapping)
    if form != "csv":
        raise ImportRefused(
            f"{name} looks like a taxonomy ({form}), not like grants. Grants come as CSV, Excel "
            "workbook or 360Giving JSON."
        )
    return read_grants_csv(path, name, mapping)


def read_taxonomy(path: Path, name: str = "") -> tuple[list[CategoryRow], Faults]:
    """The categories that can be taken, parents before children; else as ``read_categories``."""
    rows, faults = read_categories(path, name)
    return parents_first(rows, faults), faults


def read_categories(path: Path, name: str = "") -> tuple[list[CategoryRow], Faults]:
    """The categories that can be taken by themselves, and what is wrong.

    Raises:
        ImportRefused: the file as a whole is no taxonomy.
    """
    name = name or path.name
    form = recognise(path, name)
    if form == "indented":
        return checked_categories(rows_of_lines(path, name))
    if form in {"csv", "xlsx"}:
        with _table(path, name, form) as table:
            shape = rows_of_levels if level_columns(table.header) else rows_of_codes
            return checked_categories(shape(table))
    if form == "json":
        raise ImportRefused(f"{name} is JSON without a @context, so it is no JSON-LD with SKOS.")
    from annotation.importers.taxonomy_skos import rows_of_concepts  # costs 0.5 s

    return checked_categories(rows_of_concepts(path, name, form))


def _table(path: Path, name: str, form: str) -> AbstractContextManager[Table]:
    if form == "csv":
        return open_csv(path, name)
    from annotation.importers.xlsx_file import open_xlsx

    return open_xlsx(path, name)
