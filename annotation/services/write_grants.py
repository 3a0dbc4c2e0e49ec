"""Writing a batch of imported grants: new ones, changed ones, their labels, their places."""

from collections import Counter
from dataclasses import dataclass, field

from annotation.importers.faults import Faults
from annotation.importers.grant_rows import CODES, GrantRow
from annotation.models import Category, Grant, ImportRun, QueueItem, SiteSettings
from annotation.models.grants import lot
from annotation.models.quality import Flag, in_order
from annotation.services.duplicates import flag_duplicates
from annotation.services.grant_facts import FACTS, Change, Incoming, compare, facts_over
from annotation.services.insert_rows import insert_rows
from annotation.services.queue_plan import PLANNED, place
from annotation.services.rollups import count_new, recount
from annotation.services.write_labels import stored_codes, write_labels

OF_THE_DRAW = ("stream", "inclusion_probability")
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

    def count(self, n_rows: int, n_new: int, changed: list[Change]) -> None:
        """Add a batch that was written or, in a dry run, compared."""
        self.n_created += n_new
        self.n_updated += len(changed)
        self.n_unchanged += n_rows - n_new - len(changed)
        self.emptied.update(column for change in changed for column in change.emptied)


def count_batch(batch: list[GrantRow], known: dict[str, Category], result: GrantImport) -> None:
    """What ``write_batch`` would do, without doing it."""
    new, changed = compare([Incoming(row) for row in batch])
    if known:
        stored = stored_codes([row.reference for row in batch])
        cells = ((row, column) for row in batch for column in CODES)
        wanted = {(r.reference, column, code) for r, column in cells for code in getattr(r, column)}
        result.n_labels += len(wanted - stored)
    site = SiteSettings.objects.current()
    result.n_audit += sum(_draw(grant.row, site)[0] == Grant.Stream.AUDIT for grant in new)
    result.count(len(batch), len(new), changed)


def write_batch(
    batch: list[Incoming], run: ImportRun, known: dict[str, Category], result: GrantImport
) -> None:
    """Create or update the batch's grants, within the caller's transaction."""
    site = SiteSettings.objects.current()
    rows = [grant.row for grant in batch]
    new, changed = compare(batch)
    drawn = {g.row.reference: _draw(g.row, site) for g in new}
    insert_rows(
        Grant(import_run=run),
        (*FACTS, "reference", *OF_THE_DRAW, "content_sha256", "text_key", "quality_flags"),
        (
            (*facts_over(g.row, None), ref, *draw, g.sha256, *g.read_text())
            for (ref, draw), g in zip(drawn.items(), new, strict=True)
        ),
    )
    _write_changed(changed)
    stored = Grant.objects.filter(reference__in=[row.reference for row in rows])
    keys = dict(stored.values_list("reference", "pk"))
    n_labels = write_labels(rows, keys, run, known)
    insert_rows(
        QueueItem(),
        ("grant_id", *PLANNED),
        (
            (keys[ref], *place(ref, stream, site))
            for (ref, (stream, _)), g in zip(drawn.items(), new, strict=True)
            if not (known and g.row.categories)
        ),
    )
    _count(rows, keys, {ref: stream for ref, (stream, _) in drawn.items()}, known)
    recount(change.grant.pk for change in changed)
    # Counted when all is written: a batch that is tried again is counted once.
    result.n_labels += n_labels
    result.n_audit += sum(stream == Grant.Stream.AUDIT for stream, _ in drawn.values())
    result.count(len(batch), len(new), changed)


def _count(
    rows: list[GrantRow], keys: dict[str, int], new: dict[str, str], known: dict[str, Category]
) -> None:
    """Take the labels that the rows brought into the figures.

    Args:
        new: the stream of each grant that the batch has made, by reference.
    """
    labelled = [row for row in rows if known and row.categories]
    fresh = [row for row in labelled if row.reference in new]
    count_new(
        {keys[row.reference]: {known[code].pk for code in row.categories} for row in fresh},
        {keys[row.reference] for row in fresh if new[row.reference] == Grant.Stream.POOL},
    )
    recount(keys[row.reference] for row in labelled if row.reference not in new)


def _draw(row: GrantRow, site: SiteSettings) -> tuple[str, float]:
    """Stream and the chance it was drawn with, kept whatever settings and amount are later."""
    chance = site.audit_chance(row.amount_awarded)
    is_audit = lot(row.reference, "audit") < chance
    return (Grant.Stream.AUDIT if is_audit else Grant.Stream.POOL), chance


def _write_changed(changed: list[Change]) -> None:
    grants = [change.grant for change in changed]
    left = {grant.text_key for grant in grants}  # texts that they may have no longer
    for change in changed:
        for column, fact in zip(FACTS, change.facts, strict=True):
            setattr(change.grant, column, fact)
        change.grant.content_sha256, change.grant.scored_by = change.sha256, None
        _take_text(change.grant, *change.read_text())
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
