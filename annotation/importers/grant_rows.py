"""A grant as every grant format delivers it, and the checks that all formats share."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from annotation.errors import ImportRefused
from annotation.importers.faults import Fault, Refused
from annotation.importers.table import Table

TEXTS = (
    "reference", "title", "description", "currency", "recipient_name", "recipient_identifier",
    "funder_name", "funder_identifier", "programme", "recipient_place", "beneficiary_place",
)  # fmt: skip
CODES = ("categories", "applicant_categories")
COLUMNS = {*TEXTS, "amount_awarded", "award_date", *CODES}
REQUIRED = {"reference", "title", "description"}
LIMITS = {"reference": 200, "recipient_identifier": 200, "funder_identifier": 200, "currency": 3}
TEXT_LIMIT = 250_000
AMOUNT = re.compile(r"\d{1,16}(\.\d+)?")
WRITTEN_AMOUNT = re.compile(r"(?:A?\$|£|€)?\s?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,16}(?:\.\d+)?)")
# A time of day may follow, as in 360Giving; the day counts as it is written, in whatever zone.
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


class Position(Protocol):
    """How far a reading is: bytes, or a guess at them."""

    def tell(self) -> int: ...


@dataclass(frozen=True)
class GrantRow:
    """``said``: the columns that the file has; of all others it says nothing, and not "empty".

    ``categories`` are codes that staff gave the grant, ``applicant_categories`` those that whoever
    asked for the money chose.
    """

    row: int
    reference: str
    title: str
    description: str
    currency: str
    recipient_name: str
    recipient_identifier: str
    funder_name: str
    funder_identifier: str
    programme: str
    recipient_place: str
    beneficiary_place: str
    amount_awarded: Decimal | None
    award_date: date | None
    categories: tuple[str, ...]
    applicant_categories: tuple[str, ...]
    said: frozenset[str]


@dataclass(frozen=True)
class Mapping:
    """How somebody's own columns become ours, as an administrator has said it.

    Args:
        columns: our column -> the file's.
        currency: of amounts that have no currency beside them.
        is_day_first: dates are written 14/03/2025.
    """

    columns: dict[str, str] = field(default_factory=dict)
    currency: str = ""
    is_day_first: bool = False

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Mapping | None":
        return cls(**stored) if stored else None

    def check(self, table: Table) -> None:
        missing = sorted({"reference", "title"} - set(self.columns))
        if missing:
            raise ImportRefused(f"No column is chosen for {', '.join(missing)}. Choose one.")
        table.require(set(self.columns.values()), known=None)

    def apply(self, cells: dict[str, str]) -> dict[str, str]:
        """Amounts and dates as people write them, in the form that the checks expect."""
        if match := WRITTEN_AMOUNT.fullmatch(cells["amount_awarded"]):
            cells["amount_awarded"] = match[1].replace(",", "")
        if cells["amount_awarded"] and not cells["currency"]:
            cells["currency"] = self.currency
        if self.is_day_first and (match := DAY_FIRST.fullmatch(cells["award_date"])):
            cells["award_date"] = f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}"
        return cells


def rows_of_table(
    table: Table, titles: dict[str, str], mapping: Mapping | None = None
) -> Iterator[tuple[GrantRow | Fault, Position]]:
    """Each row as a grant or as what is wrong with it; ``titles``: our column -> the file's."""
    header = set(table.header)
    said = frozenset(column for column in COLUMNS if titles.get(column) in header)
    for number, row in table:
        if isinstance(row, Fault):
            yield row, table
            continue
        cells = {column: row.get(titles.get(column, ""), "") for column in COLUMNS}
        try:
            yield grant_row(number, mapping.apply(cells) if mapping else cells, said), table
        except Refused as refused:
            yield refused.fault(number), table


def grant_row(number: int, row: dict[str, str], said: frozenset[str]) -> GrantRow:
    """Check the cells of one grant.

    Raises:
        Refused: one of them cannot be taken.
    """
    if not row["reference"]:
        raise Refused("reference", "", "is empty")
    # What looks the same is the same grant, whichever way a program writes an accented letter.
    row["reference"] = unicodedata.normalize("NFC", row["reference"])
    for column in TEXTS:
        if "\r" in row[column]:  # a workbook cannot say how a line ends, so nobody keeps it
            row[column] = row[column].replace("\r\n", "\n").replace("\r", "\n")
        limit = LIMITS.get(column, TEXT_LIMIT)
        if len(row[column]) > limit:
            raise Refused(column, row[column], f"is over {limit:,} characters")
    if any(ord(c) < 32 for c in row["reference"]):
        raise Refused("reference", row["reference"], "holds a line break or a control character")
    amount = _amount(row["amount_awarded"])
    if row["currency"] and not re.fullmatch("[A-Z]{3}", row["currency"]):
        raise Refused("currency", row["currency"], "is no ISO 4217 code such as AUD")
    if amount is not None and not row["currency"]:
        raise Refused("currency", "", "is empty, but there is an amount")
    return GrantRow(
        row=number,
        amount_awarded=amount,
        award_date=_date(row["award_date"]),
        categories=_codes(row["categories"]),
        applicant_categories=_codes(row["applicant_categories"]),
        said=_with_currency(said, row["currency"]),
        **{column: row[column] for column in TEXTS},
    )


def _codes(cell: str) -> tuple[str, ...]:
    """Each once, in the order of the file."""
    return tuple(dict.fromkeys(filter(None, (code.strip() for code in cell.split(";")))))


def _with_currency(said: frozenset[str], currency: str) -> frozenset[str]:
    """An amount and its currency go together: neither takes away half of what is stored."""
    if "amount_awarded" in said:
        return said if "currency" in said else said | {"currency"}
    is_bare = "currency" in said and not currency
    return said - {"currency"} if is_bare else said


def _amount(value: str) -> Decimal | None:
    if not value:
        return None
    if not AMOUNT.fullmatch(value):
        raise Refused(
            "amount_awarded", value, "is no amount; write digits and a point, such as 1250.50"
        )
    try:
        amount = Decimal(value)
        cents = amount.quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise Refused("amount_awarded", value, "is too large") from error
    if cents != amount:
        raise Refused("amount_awarded", value, "has more than two decimals")
    return cents


def _date(value: str) -> date | None:
    if not value:
        return None
    if not DATE.match(value):
        raise Refused("award_date", value, "is no date; write it as 2025-03-14")
    try:
        day = date.fromisoformat(value[:10])
    except ValueError as error:
        raise Refused("award_date", value, f"is no date: {error}") from error
    if len(value) > 10 and not _is_instant(value):
        raise Refused("award_date", value, "has a time that cannot be read; write the date alone")
    return day


def _is_instant(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return value[10] in "T "
