"""Grants as a 360Giving package: ``{"grants": [...]}``. Row 1 is its first grant."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from annotation.errors import ImportRefused
from annotation.importers.faults import Fault, Refused
from annotation.importers.grant_rows import COLUMNS, GrantRow, Position, grant_row
from annotation.importers.json_text import load_json
from annotation.importers.table import odd_character

# Our column -> the way to it; of a list the first one is taken, as a spreadsheet's first column.
WAYS = {
    "reference": ("id",),
    "title": ("title",),
    "description": ("description",),
    "currency": ("currency",),
    "amount_awarded": ("amountAwarded",),
    "award_date": ("awardDate",),
    "recipient_name": ("recipientOrganization", "name"),
    "recipient_identifier": ("recipientOrganization", "id"),
    "funder_name": ("fundingOrganization", "name"),
    "funder_identifier": ("fundingOrganization", "id"),
    "programme": ("grantProgramme", "title"),
    "recipient_place": ("recipientOrganization", "addressLocality"),
    "beneficiary_place": ("beneficiaryLocation", "name"),
}
# Of a grant to a person, who has no organisation.
INDIVIDUAL = {
    "recipient_name": ("recipientIndividual", "name"),
    "recipient_identifier": ("recipientIndividual", "id"),
}
NUMBERS = {"amount_awarded"}


class _Position:
    def __init__(self, size: int, total: int):
        self._size, self._total, self.done = size, max(total, 1), 0

    def tell(self) -> int:
        return self._size * self.done // self._total


def read_grants_json(path: Path, name: str) -> Iterator[tuple[GrantRow | Fault, Position]]:
    package = load_json(path, name)
    grants = package.get("grants") if isinstance(package, dict) else None
    if not isinstance(grants, list):
        raise ImportRefused(
            f'{name} is no 360Giving package: it must be an object with a list "grants".'
        )
    position = _Position(path.stat().st_size, len(grants))
    said = _said(grants)
    for number, grant in enumerate(grants, start=1):
        position.done = number
        yield _read(number, grant, said), position


def _said(grants: list[Any]) -> frozenset[str]:
    """The columns that a table of these grants would have: at least one grant speaks of them."""
    ways = [*WAYS.items(), *INDIVIDUAL.items()]
    said: set[str] = set()
    for grant in grants:
        ways = [(column, way) for column, way in ways if column not in said]
        said.update(column for column, way in ways if _walk(grant, way) is not None)
    return frozenset(said)


def _read(number: int, grant: Any, said: frozenset[str]) -> GrantRow | Fault:
    if not isinstance(grant, dict):
        return Fault(number, "row", str(grant)[:60], "is no object with the fields of a grant")
    cells = dict.fromkeys(COLUMNS, "")
    try:
        for column, way in WAYS.items():
            cells[column] = _cell(column, _walk(grant, way))
        if not cells["recipient_name"]:
            for column, way in INDIVIDUAL.items():
                cells[column] = _cell(column, _walk(grant, way))
        for column, cell in cells.items():
            if fault := odd_character(number, column, cell):
                return fault
        return grant_row(number, cells, said)
    except Refused as refused:
        return refused.fault(number)


def _walk(value: Any, way: tuple[str, ...]) -> Any:
    for key in way:
        if isinstance(value, list):
            value = value[0] if value else None
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if column in NUMBERS and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _plain(value)
    raise Refused(
        column, str(value)[:60], "is no text" if column not in NUMBERS else "is no number"
    )


def _plain(number: int | Decimal) -> str:
    """Digits and a point, whatever exponent the file has."""
    value = Decimal(number)
    if abs(value.adjusted()) > 30:
        return str(number)
    shown = format(value, "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
