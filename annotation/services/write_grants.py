"""Writing a batch of imported grants: new ones, changed ones, their labels, their places."""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from annotation.importers.faults import Faults
from annotation.importers.grant_rows import GrantRow
from annotation.models import Category, Grant, ImportRun, Label, QueueItem, SiteSettings
from annotation.models.grants import lot
from annotation.models.quality import Flag, in_order, quality_flags, text_key
from annotation.services.duplicates import flag_duplicates
from annotation.services.insert_rows import insert_rows
from annotation.services.queue_plan import PLANNED, place

FACTS = (
    "title", "description", "amount_awarded", "currency", "award_date", "recipient_name",
    "recipient_identifier", "funder_name", "programme", "recipient_place", "beneficiary_place",
    "funder_identifier",
)  # fmt: skip
OF_THE_TEXT = ("quality_flags", "text_key", "is_compared")


@dataclass
class GrantImport:
    """What became of the file's rows, or, of a dry run, what would."""

    n_created: int = 0
    n_updated: int = 0
    n_unchanged: int = 0
    n_labels: int = 0
    n_audit: int = 0
    faults: Faults = field(default_factory=Faults)


def count_batch(batch: list[GrantRow], known: dict[str, Category], result: GrantImport) -> None:
    """What ``write_batch`` would do, without doing it."""
    before = _stored_hashes(batch)
    labels = _stored_labels([row.reference for row in batch]) if known else set()
    share = SiteSettings.objects.current().audit_share
    for row in batch:
        stored = before.get(row.reference)
        if known:
            wanted = {(row.reference, code) for code in row.categories}
            result.n_labels += len(wanted - labels)
        if stored is None:
            result.n_created += 1
            result.n_audit += _stream(row.reference, share) == Grant.Stream.AUDIT
        elif stored == _content_hash(row):
            result.n_unchanged += 1
        else:
            result.n_updated += 1


def _stored_labels(references: list[str]) -> set[tuple[str, str]]:
    imported = Label.objects.of_current_taxonomy().filter(source=Label.Source.IMPORTED)
    rows = imported.filter(grant__reference__in=references)
    return set(rows.values_list("grant__reference", "category__code"))


class Incoming:
    """A row with what is worked out of it; texts are looked at when they are asked for."""

    def __init__(self, row: GrantRow) -> None:
        self.row = row
        self.content_sha256 = _content_hash(row)

    @cached_property
    def of_the_text(self) -> tuple[str, list[str]]:
        """Its key and its flags."""
        row = self.row
        return text_key(row.title, row.description), quality_flags(row.title, row.description)


def worked_out(rows: list[GrantRow]) -> list[Incoming]:
    """What costs time and needs no lock, so that a transaction is short; stores nothing."""
    batch = [Incoming(row) for row in rows]
    before = _stored_hashes(rows)
    for grant in batch:
        if before.get(grant.row.reference) != grant.content_sha256:
            grant.of_the_text  # noqa: B018 - kept by the property
    return batch


def _stored_hashes(rows: list[GrantRow]) -> dict[str, str]:
    stored = Grant.objects.filter(reference__in=[row.reference for row in rows])
    return dict(stored.values_list("reference", "content_sha256"))


def write_batch(
    batch: list[Incoming], run: ImportRun, known: dict[str, Category], result: GrantImport
) -> None:
    """Create or update the batch's grants, within the caller's transaction."""
    site = SiteSettings.objects.current()
    rows = [grant.row for grant in batch]
    before = _stored_hashes(rows)
    new = [grant for grant in batch if grant.row.reference not in before]
    changed = [
        grant
        for grant in batch
        if before.get(grant.row.reference, grant.content_sha256) != grant.content_sha256
    ]
    streams = {g.row.reference: _stream(g.row.reference, site.audit_share) for g in new}
    insert_rows(
        Grant(import_run=run, inclusion_probability=site.audit_share),
        (*FACTS, "reference", "stream", "content_sha256", "text_key", "quality_flags"),
        (
            (*_facts(g.row), ref, streams[ref], g.content_sha256, *g.of_the_text)
            for g in new
            for ref in [g.row.reference]
        ),
    )
    _write_changed(changed)
    stored = Grant.objects.filter(reference__in=[row.reference for row in rows])
    keys = dict(stored.values_list("reference", "pk"))
    result.n_labels += _write_labels(rows, keys, run, known)
    insert_rows(
        QueueItem(),
        ("grant_id", *PLANNED),
        (
            (keys[ref], *place(ref, stream, site))
            for (ref, stream), g in zip(streams.items(), new, strict=True)
            if not (known and g.row.categories)
        ),
    )
    result.n_created += len(new)
    result.n_audit += sum(stream == Grant.Stream.AUDIT for stream in streams.values())
    result.n_updated += len(changed)
    result.n_unchanged += len(batch) - len(new) - len(changed)


def _stream(reference: str, share: float) -> str:
    """The grant keeps the share it was drawn with, whatever the settings say later."""
    return Grant.Stream.AUDIT if lot(reference, "audit") < share else Grant.Stream.POOL


def _facts(row: GrantRow) -> list[Any]:
    return [getattr(row, column) for column in FACTS]


def _write_changed(changed: list[Incoming]) -> None:
    incoming = {grant.row.reference: grant for grant in changed}
    grants = list(Grant.objects.filter(reference__in=incoming))
    left = {grant.text_key for grant in grants}  # texts that they may have no longer
    for grant in grants:
        new = incoming[grant.reference]
        for column, fact in zip(FACTS, _facts(new.row), strict=True):
            setattr(grant, column, fact)
        grant.content_sha256, grant.scored_by = new.content_sha256, None
        _take_text(grant, *new.of_the_text)
    Grant.objects.bulk_update(
        grants, [*FACTS, "content_sha256", "scored_by", *OF_THE_TEXT], batch_size=100
    )
    flag_duplicates(left)


def _take_text(grant: Grant, key: str, flags: list[str]) -> None:
    """The text's own flags; duplicates are looked for when all grants are here."""
    is_same = key == grant.text_key  # only its case or punctuation may have changed
    is_double = is_same and Flag.DUPLICATE in grant.quality_flags
    if not is_same:
        grant.text_key, grant.is_compared = key, False
    grant.quality_flags = in_order({*flags, Flag.DUPLICATE} if is_double else flags)


def _write_labels(
    batch: list[GrantRow], keys: dict[str, int], run: ImportRun, known: dict[str, Category]
) -> int:
    """Make the file's categories the imported labels of its grants; other sources stay."""
    labelled = [row for row in batch if row.categories]
    if not known or not labelled:
        return 0
    wanted = {
        (keys[row.reference], known[code].pk): None for row in labelled for code in row.categories
    }
    imported = Label.objects.filter(
        grant__in=[keys[row.reference] for row in labelled], source=Label.Source.IMPORTED
    )
    stored = {(g, c): pk for g, c, pk in imported.values_list("grant_id", "category_id", "pk")}
    Label.objects.filter(pk__in=[pk for key, pk in stored.items() if key not in wanted]).delete()
    fresh = [key for key in wanted if key not in stored]
    like = Label(source=Label.Source.IMPORTED, import_run=run)
    insert_rows(like, ("grant_id", "category_id"), fresh)
    return len(fresh)


def _content_hash(row: GrantRow) -> str:
    facts = [str(getattr(row, column)) for column in FACTS]
    if not row.funder_identifier:
        facts.pop()  # as before there was this column: no grant changes for having none
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
