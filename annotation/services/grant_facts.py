"""What a file's row says of a grant, laid over what is stored of it."""

import hashlib
import json
from collections.abc import Iterator

from annotation.importers.grant_rows import GrantRow
from annotation.models import Grant

FACTS = (
    "title", "description", "amount_awarded", "currency", "award_date", "recipient_name",
    "recipient_identifier", "funder_name", "programme", "recipient_place", "beneficiary_place",
    "funder_identifier",
)  # fmt: skip
NOTHING = ("", None)


def facts_over(row: GrantRow, stored: Grant | None) -> list[object]:
    """In the order of ``FACTS``: the row's, and what is stored where its file is silent."""
    if stored is None:
        return [getattr(row, column) for column in FACTS]
    return [getattr(row if column in row.said else stored, column) for column in FACTS]


def content_hash(facts: list[object]) -> str:
    words = [str(fact) for fact in facts]
    if not facts[-1]:
        words.pop()  # as before there was this column: no grant changes for having none
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()


def emptied_by(row: GrantRow, stored: Grant) -> Iterator[str]:
    """The facts that the row takes away: its cell is empty, and something is stored."""
    for column in FACTS:
        is_empty = column in row.said and getattr(row, column) in NOTHING
        if is_empty and getattr(stored, column) not in NOTHING:
            yield column
