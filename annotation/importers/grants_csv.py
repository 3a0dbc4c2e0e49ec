"""Grants as CSV: our own columns, or those of the 360Giving standard's spreadsheet."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import BinaryIO

from annotation.errors import ImportRefused
from annotation.importers.csv_file import CsvFile, open_csv
from annotation.importers.faults import Fault, Refused

TEXTS = (
    "reference", "title", "description", "currency", "recipient_name", "recipient_identifier",
    "funder_name", "funder_identifier", "programme", "recipient_place", "beneficiary_place",
)  # fmt: skip
COLUMNS = {*TEXTS, "amount_awarded", "award_date", "categories"}
REQUIRED = {"reference", "title", "description"}
# What our own export adds: read by people, not taken back.
OF_THE_EXPORT = {
    "sources", "annotators", "labelled_at", "model_version", "suggested", "suggested_by",
}  # fmt: skip
OUTCOME = "outcome_"
# 360Giving: our column -> the spreadsheet's title; its other columns are allowed and not kept.
TITLES_360 = {
    "reference": "Identifier",
    "title": "Title",
    "description": "Description",
    "currency": "Currency",
    "amount_awarded": "Amount Awarded",
    "award_date": "Award Date",
    "recipient_name": "Recipient Org:Name",
    "recipient_identifier": "Recipient Org:Identifier",
    "funder_name": "Funding Org:Name",
    "funder_identifier": "Funding Org:Identifier",
    "programme": "Grant Programme:Title",
    "recipient_place": "Recipient Org:City",
    "beneficiary_place": "Beneficiary Location:Name",
}
REQUIRED_360 = {TITLES_360[column] for column in REQUIRED}
LIMITS = {"reference": 200, "recipient_identifier": 200, "funder_identifier": 200, "currency": 3}
TEXT_LIMIT = 250_000
AMOUNT = re.compile(r"\d{1,16}(\.\d+)?")
DATE = re.compile(r"(\d{4}-\d{2}-\d{2})([T ].*)?")


@dataclass(frozen=True)
class GrantRow:
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


def read_grants(path: Path) -> Iterator[tuple[GrantRow | Fault, BinaryIO]]:
    """Each row as a grant or as what is wrong with it, with the stream for the progress.

    Raises:
        ImportRefused: the file as a whole has neither header.
    """
    with open_csv(path) as (file, raw):
        titles = _titles(file)
        for number, row in file:
            if isinstance(row, Fault):
                yield row, raw
                continue
            try:
                yield _grant(number, {c: row.get(t, "") for c, t in titles.items()}), raw
            except Refused as refused:
                yield refused.fault(number), raw


def _titles(file: CsvFile) -> dict[str, str]:
    """Our column -> the file's, by which of the two headers it has."""
    if file.header[0] == "Identifier" or set(file.header) >= REQUIRED_360:
        file.require(REQUIRED_360, known=None)
        return TITLES_360
    if not set(file.header) & COLUMNS:
        raise ImportRefused(
            f"{file.name} has neither our columns ({', '.join(sorted(REQUIRED))}, ...) nor those "
            f"of 360Giving ({', '.join(sorted(REQUIRED_360))}, ...). "
            f"Its columns are: {', '.join(file.header)}."
        )
    exported = {t for t in file.header if t in OF_THE_EXPORT or t.startswith(OUTCOME)}
    file.require(REQUIRED, COLUMNS | exported)
    return {column: column for column in COLUMNS}


def _grant(number: int, row: dict[str, str]) -> GrantRow:
    if not row["reference"]:
        raise Refused("reference", "", "is empty")
    for column in TEXTS:
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
    codes = (code.strip() for code in row.get("categories", "").split(";"))
    return GrantRow(
        row=number,
        amount_awarded=amount,
        award_date=_date(row["award_date"]),
        categories=tuple(dict.fromkeys(filter(None, codes))),
        **{column: row[column] for column in TEXTS},
    )


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
    try:
        if match := DATE.fullmatch(value):
            return date.fromisoformat(match[1])
    except ValueError as error:
        raise Refused("award_date", value, f"is no date: {error}") from error
    raise Refused("award_date", value, "is no date; write it as 2025-03-14")
