"""One sheet as XLSX, written as it goes: no row is kept, and nothing waits for the last one.

Not by openpyxl, which writes a whole file first and took 14 s for 33,243 grants.
Every text is an inline string, so none is ever a formula.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import IO, cast

PIECE = 65_536
LONGEST = 32_767  # UTF-16 units in a cell
MOST_ROWS = 1_048_576
SHEET = "xl/worksheets/sheet1.xml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
    f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
    f'<Override PartName="/{SHEET}" ContentType="{KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="grants" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship '
    f'Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
# What XML cannot hold is written _xHHHH_, and so is an underscore that would be read as such.
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;"))  # & before the rest


class _Pipe:
    """What the archive writes, until it is taken away."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        data, self.pieces = b"".join(self.pieces), []
        return data


def xlsx_file(rows: Iterable[Sequence[str | Decimal]]) -> Iterator[bytes]:
    """The rows as a workbook; texts as texts, decimals as numbers."""
    pipe = _Pipe()
    archive = zipfile.ZipFile(cast(IO[bytes], pipe), "w", zipfile.ZIP_DEFLATED, compresslevel=3)
    for name, content in PARTS.items():
        archive.writestr(name, HEAD + content)
    with archive.open(SHEET, "w") as sheet:
        for xml in _pieces(rows):
            sheet.write(xml.encode())
            yield pipe.taken()
    archive.close()
    yield pipe.taken()


def _pieces(rows: Iterable[Sequence[str | Decimal]]) -> Iterator[str]:
    waiting = [f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>']
    size = 0
    for row in rows:
        xml = f"<row>{''.join(map(_cell, row))}</row>"
        waiting.append(xml)
        size += len(xml)
        if size > PIECE:
            yield "".join(waiting)
            waiting, size = [], 0
    yield "".join([*waiting, "</sheetData></worksheet>"])


def _cell(value: str | Decimal) -> str:
    if isinstance(value, Decimal):
        return f"<c><v>{value}</v></c>"
    if not value:
        return "<c/>"
    text = UNFIT.sub(lambda m: f"_x{ord(m[0]):04X}_", _fitting(value))
    for sign, entity in ENTITIES:
        text = text.replace(sign, entity)
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _fitting(text: str) -> str:
    """A cell holds 32,767 characters: what is longer ends in an ellipsis."""
    if 2 * len(text) <= LONGEST:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * LONGEST:
        return text
    return units[: 2 * (LONGEST - 1)].decode("utf-16-le", "ignore") + "…"
