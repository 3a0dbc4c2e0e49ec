"""What a file's row says of a grant, laid over what is stored of it."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from annotation.importers.grant_rows import GrantRow
from annotation.models import Grant
from annotation.models.quality import quality_flags, text_key

FACTS = (
    "title", "description", "amount_awarded", "currency", "award_date", "recipient_name",
    "recipient_identifier", "funder_name", "programme", "recipient_place", "beneficiary_place",
    "funder_identifier",
)  # fmt: skip
NOTHING = ("", None)


def facts_over(row: GrantRow, stored: Grant | None) -> list[Any]:
    """In the order of ``FACTS``: the row's, and what is stored where its file is silent."""
    if stored is None:
        return [getattr(row, column) for column in FACTS]
    return [getattr(row if column in row.said else stored, column) for column in FACTS]


def content_hash(facts: list[Any]) -> str:
    words = [str(fact) for fact in facts]
    if not facts[-1]:
        words.pop()  # as before there was this column: no grant changes for having none
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()


class Incoming:
    """A row with what is worked out of it; texts are looked at when they are asked for."""

    def __init__(self, row: GrantRow) -> None:
        self.row = row
        self.sha256 = content_hash(facts_over(row, None))
        self._of_the_text: tuple[str, list[str]] | None = None

    def read_text(self) -> tuple[str, list[str]]:
        """Its key and its flags, worked out once."""
        if self._of_the_text is None:
            self._of_the_text = _of_the_text(self.row.title, self.row.description)
        return self._of_the_text


def _of_the_text(title: str, description: str) -> tuple[str, list[str]]:
    return text_key(title, description), quality_flags(title, description)


def worked_out(rows: list[GrantRow]) -> list[Incoming]:
    """What costs time and needs no lock, so that a transaction is short; stores nothing."""
    batch = [Incoming(row) for row in rows]
    before = _stored_hashes(batch)
    for grant in batch:
        if before.get(grant.row.reference) != grant.sha256:
            grant.read_text()
    return batch


def _stored_hashes(batch: list[Incoming]) -> dict[str, str]:
    stored = Grant.objects.filter(reference__in=[grant.row.reference for grant in batch])
    return dict(stored.values_list("reference", "content_sha256"))


@dataclass(frozen=True)
class Change:
    """A stored grant of which a row says something new; the grant is as it was before."""

    grant: Grant
    incoming: Incoming
    facts: list[Any]  # what it is to have, in the order of FACTS
    sha256: str
    emptied: list[str]  # facts that are taken away: the cell is empty, and something is stored

    def read_text(self) -> tuple[str, list[str]]:
        """Key and flags of the text that it is to have."""
        is_whole = {"title", "description"} <= self.incoming.row.said
        return self.incoming.read_text() if is_whole else _of_the_text(*self.facts[:2])


def compare(batch: list[Incoming]) -> tuple[list[Incoming], list[Change]]:
    """The new grants, and what has changed of the others."""
    before = _stored_hashes(batch)
    new = [grant for grant in batch if grant.row.reference not in before]
    # The same hash: the same facts, and nothing is stored where the file is silent.
    odd = [g for g in batch if before.get(g.row.reference, g.sha256) != g.sha256]
    return new, _changes(odd) if odd else []


def _changes(odd: list[Incoming]) -> list[Change]:
    grants = Grant.objects.in_bulk([g.row.reference for g in odd], field_name="reference")
    changes = []
    for incoming in odd:
        grant = grants[incoming.row.reference]
        facts = facts_over(incoming.row, grant)
        sha256 = content_hash(facts)
        if sha256 != grant.content_sha256:
            changes.append(Change(grant, incoming, facts, sha256, _emptied(grant, facts)))
    return changes


def _emptied(grant: Grant, facts: list[Any]) -> list[str]:
    pairs = zip(FACTS, facts, strict=True)
    return [c for c, fact in pairs if fact in NOTHING and getattr(grant, c) not in NOTHING]
