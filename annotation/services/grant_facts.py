"""What a file's row says of a grant, laid over what is stored of it."""

import hashlib
import json
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Change:
    """A stored grant of which a row says something new; the grant is as it was before."""

    grant: Grant
    facts: list[object]  # what it is to have, in the order of FACTS
    sha256: str
    emptied: list[str]  # facts that are taken away: the cell is empty, and something is stored


def compare(batch: list[GrantRow]) -> tuple[list[GrantRow], list[Change], dict[str, str]]:
    """Rows of new grants, what has changed of the others, and each row's own hash by reference."""
    hashes = {row.reference: content_hash(facts_over(row, None)) for row in batch}
    stored = Grant.objects.filter(reference__in=hashes)
    before = dict(stored.values_list("reference", "content_sha256"))
    new = [row for row in batch if row.reference not in before]
    # The same hash: the same facts, and nothing is stored where the file is silent.
    odd = [row for row in batch if before.get(row.reference, "") not in ("", hashes[row.reference])]
    return new, _changes(odd) if odd else [], hashes


def _changes(rows: list[GrantRow]) -> list[Change]:
    grants = Grant.objects.in_bulk([row.reference for row in rows], field_name="reference")
    changes = []
    for row in rows:
        grant = grants[row.reference]
        facts = facts_over(row, grant)
        sha256 = content_hash(facts)
        if sha256 != grant.content_sha256:
            changes.append(Change(grant, facts, sha256, _emptied(grant, facts)))
    return changes


def _emptied(grant: Grant, facts: list[object]) -> list[str]:
    return [
        column
        for column, fact in zip(FACTS, facts, strict=True)
        if fact in NOTHING and getattr(grant, column) not in NOTHING
    ]
