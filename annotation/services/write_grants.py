"""Writing a batch of imported grants: new ones, changed ones, their labels, their places."""

from collections import Counter
from dataclasses import dataclass, field

from annotation.importers.faults import Faults
from annotation.importers.grant_rows import GrantRow
from annotation.models import Category, Grant, ImportRun, Label, QueueItem, SiteSettings
from annotation.models.grants import lot
from annotation.models.quality import Flag, in_order, quality_flags, text_key
from annotation.services.duplicates import flag_duplicates
from annotation.services.grant_facts import FACTS, Change, compare, facts_over
from annotation.services.insert_rows import insert_rows
from annotation.services.queue_plan import PLANNED, place
from annotation.services.write_labels import write_labels

OF_THE_TEXT = ("quality_flags", "text_key", "is_compared")


@dataclass
class GrantImport:
    """What became of the file's rows, or, of a dry run, what would."""

    n_created: int = 0
    n_updated: int = 0
    n_unchanged: int = 0
    n_labels: int = 0
    n_audit: int = 0
    emptied: Counter[str] = field(default_factory=Counter)  # grants that lose a fact, by its name
    faults: Faults = field(default_factory=Faults)


def count_batch(batch: list[GrantRow], known: dict[str, Category], result: GrantImport) -> None:
    """What ``write_batch`` would do, without doing it."""
    new, changed, _ = compare(batch)
    if known:
        stored = _stored_labels([row.reference for row in batch])
        wanted = {(row.reference, code) for row in batch for code in row.categories}
        result.n_labels += len(wanted - stored)
    share = SiteSettings.objects.current().audit_share
    result.n_audit += sum(_stream(row.reference, share) == Grant.Stream.AUDIT for row in new)
    _count(batch, new, changed, result)


def _count(
    batch: list[GrantRow], new: list[GrantRow], changed: list[Change], result: GrantImport
) -> None:
    result.n_created += len(new)
    result.n_updated += len(changed)
    result.n_unchanged += len(batch) - len(new) - len(changed)
    for change in changed:
        result.emptied.update(change.emptied)


def _stored_labels(references: list[str]) -> set[tuple[str, str]]:
    imported = Label.objects.of_current_taxonomy().filter(source=Label.Source.IMPORTED)
    rows = imported.filter(grant__reference__in=references)
    return set(rows.values_list("grant__reference", "category__code"))


def write_batch(
    batch: list[GrantRow], run: ImportRun, known: dict[str, Category], result: GrantImport
) -> None:
    """Create or update the batch's grants, within the caller's transaction."""
    site = SiteSettings.objects.current()
    new, changed, hashes = compare(batch)
    streams = {row.reference: _stream(row.reference, site.audit_share) for row in new}
    insert_rows(
        Grant(import_run=run, inclusion_probability=site.audit_share),
        (*FACTS, "reference", "content_sha256", "stream", "text_key", "quality_flags"),
        (
            (*facts_over(row, None), row.reference, hashes[row.reference], streams[row.reference],
             text_key(row.title, row.description), quality_flags(row.title, row.description))
            for row in new
        ),
    )  # fmt: skip
    _write_changed(changed)
    stored = Grant.objects.filter(reference__in=hashes)
    keys = dict(stored.values_list("reference", "pk"))
    n_labels = write_labels(batch, keys, run, known)
    insert_rows(
        QueueItem(),
        ("grant_id", *PLANNED),
        (
            (keys[row.reference], *place(row.reference, streams[row.reference], site))
            for row in new
            if not (known and row.categories)
        ),
    )
    # Counted when all is written: a batch that is tried again is counted once.
    result.n_labels += n_labels
    result.n_audit += sum(stream == Grant.Stream.AUDIT for stream in streams.values())
    _count(batch, new, changed, result)


def _stream(reference: str, share: float) -> str:
    """The grant keeps the share it was drawn with, whatever the settings say later."""
    return Grant.Stream.AUDIT if lot(reference, "audit") < share else Grant.Stream.POOL


def _write_changed(changed: list[Change]) -> None:
    grants = [change.grant for change in changed]
    left = {grant.text_key for grant in grants}  # texts that they may have no longer
    for change in changed:
        for column, fact in zip(FACTS, change.facts, strict=True):
            setattr(change.grant, column, fact)
        change.grant.content_sha256, change.grant.scored_by = change.sha256, None
        _look_at_text(change.grant)
    Grant.objects.bulk_update(
        grants, [*FACTS, "content_sha256", "scored_by", *OF_THE_TEXT], batch_size=100
    )
    flag_duplicates(left)


def _look_at_text(grant: Grant) -> None:
    """Which flags the text has by itself; duplicates are looked for when all grants are here."""
    key = text_key(grant.title, grant.description)
    flags = set(quality_flags(grant.title, grant.description))
    if key != grant.text_key:
        grant.text_key, grant.is_compared = key, False
    elif Flag.DUPLICATE in grant.quality_flags:  # only its case or punctuation has changed
        flags.add(Flag.DUPLICATE)
    grant.quality_flags = in_order(flags)
