"""Writing a batch of imported grants: new ones, changed ones, their labels, their places."""

from collections import Counter
from dataclasses import dataclass, field

from annotation.importers.faults import Faults
from annotation.importers.grant_rows import GrantRow
from annotation.models import Category, Grant, ImportRun, Label, QueueItem, SiteSettings
from annotation.models.grants import lot
from annotation.models.quality import Flag, in_order, quality_flags, text_key
from annotation.services.duplicates import flag_duplicates
from annotation.services.grant_facts import FACTS, content_hash, emptied_by, facts_over
from annotation.services.queue_plan import new_queue_item

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
    references = [row.reference for row in batch]
    before = _stored_grants(batch)
    labels = _stored_labels(references) if known else set()
    share = SiteSettings.objects.current().audit_share
    for row in batch:
        stored = before.get(row.reference)
        if known:
            wanted = {(row.reference, code) for code in row.categories}
            result.n_labels += len(wanted - labels)
        if stored is None:
            result.n_created += 1
            result.n_audit += lot(row.reference, "audit") < share
        elif stored.content_sha256 == content_hash(facts_over(row, stored)):
            result.n_unchanged += 1
        else:
            result.n_updated += 1
            result.emptied.update(emptied_by(row, stored))


def _stored_grants(batch: list[GrantRow]) -> dict[str, Grant]:
    grants = Grant.objects.filter(reference__in=[row.reference for row in batch])
    return {grant.reference: grant for grant in grants}


def _stored_labels(references: list[str]) -> set[tuple[str, str]]:
    imported = Label.objects.of_current_taxonomy().filter(source=Label.Source.IMPORTED)
    rows = imported.filter(grant__reference__in=references)
    return set(rows.values_list("grant__reference", "category__code"))


def write_batch(
    batch: list[GrantRow], run: ImportRun, known: dict[str, Category], result: GrantImport
) -> None:
    """Create or update the batch's grants, within the caller's transaction."""
    before = _stored_grants(batch)
    grants, new, changed = [], [], []
    site = SiteSettings.objects.current()
    left = set[str]()  # texts that a changed grant may have no longer
    for row in batch:
        grant = before.get(row.reference)
        facts = facts_over(row, grant)
        content = content_hash(facts)
        if grant is None:
            grant = _new_grant(row, content, run, site.audit_share)
            new.append(grant)
        elif grant.content_sha256 != content:
            result.emptied.update(emptied_by(row, grant))
            for column, fact in zip(FACTS, facts, strict=True):
                setattr(grant, column, fact)
            grant.content_sha256, grant.scored_by = content, None
            left.add(grant.text_key)
            _look_at_text(grant)
            changed.append(grant)
        grants.append(grant)
    Grant.objects.bulk_create(new)
    Grant.objects.bulk_update(
        changed, [*FACTS, "content_sha256", "scored_by", *OF_THE_TEXT], batch_size=100
    )
    flag_duplicates(left)
    result.n_labels += _write_labels(batch, grants, run, known)
    QueueItem.objects.bulk_create(
        new_queue_item(grant, site)
        for grant, row in zip(grants, batch, strict=True)
        if row.reference not in before and not (known and row.categories)
    )
    result.n_created += len(new)
    result.n_audit += sum(grant.stream == Grant.Stream.AUDIT for grant in new)
    result.n_updated += len(changed)
    result.n_unchanged += len(batch) - len(new) - len(changed)


def _write_labels(
    batch: list[GrantRow], grants: list[Grant], run: ImportRun, known: dict[str, Category]
) -> int:
    """Make the file's categories the imported labels of its grants; other sources stay."""
    if not known:
        return 0
    wanted = {
        (grant.pk, known[code].pk): None
        for grant, row in zip(grants, batch, strict=True)
        for code in row.categories
    }
    imported = Label.objects.filter(
        grant__in=[g.pk for g, row in zip(grants, batch, strict=True) if row.categories],
        source=Label.Source.IMPORTED,
    )
    stored = {(label.grant_id, label.category_id): label.pk for label in imported}
    Label.objects.filter(pk__in=[pk for key, pk in stored.items() if key not in wanted]).delete()
    fresh = [key for key in wanted if key not in stored]
    Label.objects.bulk_create(
        Label(grant_id=g, category_id=c, source=Label.Source.IMPORTED, import_run=run)
        for g, c in fresh
    )
    return len(fresh)


def _new_grant(row: GrantRow, content: str, run: ImportRun, share: float) -> Grant:
    """The grant keeps the share it was drawn with, whatever the settings say later."""
    is_audit = lot(row.reference, "audit") < share
    grant = Grant(
        reference=row.reference,
        content_sha256=content,
        stream=Grant.Stream.AUDIT if is_audit else Grant.Stream.POOL,
        inclusion_probability=share,
        import_run=run,
        **{column: getattr(row, column) for column in FACTS},
    )
    _look_at_text(grant)
    return grant


def _look_at_text(grant: Grant) -> None:
    """Which flags the text has by itself; duplicates are looked for when all grants are here."""
    key = text_key(grant.title, grant.description)
    flags = set(quality_flags(grant.title, grant.description))
    if key != grant.text_key:
        grant.text_key, grant.is_compared = key, False
    elif Flag.DUPLICATE in grant.quality_flags:  # only its case or punctuation has changed
        flags.add(Flag.DUPLICATE)
    grant.quality_flags = in_order(flags)
