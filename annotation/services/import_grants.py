"""Bringing grants in from a file: streamed, idempotent by reference."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from annotation.importers.faults import Fault
from annotation.importers.grants_csv import GrantRow, read_grants
from annotation.models import Category, Grant, ImportRun, Label, QueueItem, User
from annotation.models.grants import lot
from annotation.services import doorbell
from annotation.services.audit import record

BATCH = 500
FACTS = (
    "title", "description", "amount_awarded", "currency", "award_date", "recipient_name",
    "recipient_identifier", "funder_name", "programme", "recipient_place", "beneficiary_place",
    "funder_identifier",
)  # fmt: skip
Progress = Callable[[int, int], None]


@dataclass
class GrantImport:
    """What became of the file's rows."""

    n_created: int = 0
    n_updated: int = 0
    n_unchanged: int = 0
    n_labels: int = 0
    faults: list[Fault] = field(default_factory=list)


def import_grants(
    path: Path,
    *,
    with_categories: bool = True,
    by: User | None = None,
    is_demonstration: bool = False,
    progress: Progress | None = None,
) -> GrantImport:
    """Create grants, update those whose facts have changed, and keep their categories as labels.

    Each batch of 500 rows is one transaction, so nobody waits long and a second run after a
    crash goes on where the first ended. Rows that cannot be taken are left out.

    Args:
        with_categories: whether the file's categories become labels.
        progress: called with rows so far and bytes read.

    Raises:
        ImportRefused: the file as a whole cannot be imported.
    """
    result = GrantImport()
    run: ImportRun | None = None
    known = {c.code: c for c in Category.objects.active()} if with_categories else {}
    rows = _without_duplicates(read_grants(path), result.faults, progress)
    while batch := list(islice(rows, BATCH)):
        # Only now is it certain that the file can be read at all.
        run = run or _run(path, by, is_demonstration)
        if with_categories:
            batch = [row for row in batch if _knows_categories(row, known, result.faults)]
        with transaction.atomic():
            _write(batch, run, known, result)
    run = run or _run(path, by, is_demonstration)
    _finish(run, result)
    record(by, "grants imported", run, created=result.n_created, updated=result.n_updated)
    doorbell.ring_on_commit("classifier.score_waiting_grants")
    return result


def _run(path: Path, by: User | None, is_demonstration: bool) -> ImportRun:
    return ImportRun.objects.create(
        kind=ImportRun.Kind.GRANTS,
        file_name=path.name[:255],
        is_demonstration=is_demonstration,
        imported_by=by,
    )


def _finish(run: ImportRun, result: GrantImport) -> None:
    run.rows_created, run.rows_updated = result.n_created, result.n_updated
    run.rows_unchanged, run.rows_faulty = result.n_unchanged, len(result.faults)
    run.finished_at = timezone.now()
    run.save()
    # Read in the middle of the import, a grant was read without knowing what its batch is full of.
    Grant.objects.filter(import_run=run, scored_by__kind="lexical").update(scored_by=None)


def _without_duplicates(
    rows: Iterable[tuple[GrantRow | Fault, BinaryIO]],
    faults: list[Fault],
    progress: Progress | None,
) -> Iterator[GrantRow]:
    first: dict[bytes, int] = {}
    for n, (row, raw) in enumerate(rows, start=1):
        if progress and n % 200 == 0:
            progress(n, raw.tell())
        if isinstance(row, Fault):
            faults.append(row)
            continue
        # A short hash: a million references must not fill the memory.
        key = hashlib.blake2b(row.reference.encode(), digest_size=10).digest()
        if first.setdefault(key, row.row) != row.row:
            problem = f"stands in row {first[key]} already"
            faults.append(Fault(row.row, "reference", row.reference, problem))
            continue
        yield row


def _knows_categories(row: GrantRow, known: dict[str, Category], faults: list[Fault]) -> bool:
    """A row with an unknown code is left out: half its labels would say that the rest is wrong."""
    unknown = next((code for code in row.categories if code not in known), None)
    if unknown:
        problem = "is no active category of the taxonomy"
        faults.append(Fault(row.row, "categories", unknown, problem))
    return unknown is None


def _write(
    batch: list[GrantRow], run: ImportRun, known: dict[str, Category], result: GrantImport
) -> None:
    before = {
        g.reference: g for g in Grant.objects.filter(reference__in=[row.reference for row in batch])
    }
    grants, new, changed = [], [], []
    for row in batch:
        grant = before.get(row.reference)
        content = _content_hash(row)
        if grant is None:
            grant = _new_grant(row, content, run)
            new.append(grant)
        elif grant.content_sha256 != content:
            for column in FACTS:
                setattr(grant, column, getattr(row, column))
            grant.content_sha256, grant.scored_by = content, None
            grant.quality_flags = quality_flags(row)
            changed.append(grant)
        grants.append(grant)
    Grant.objects.bulk_create(new)
    Grant.objects.bulk_update(
        changed, [*FACTS, "content_sha256", "scored_by", "quality_flags"], batch_size=100
    )
    result.n_labels += _write_labels(batch, grants, run, known)
    QueueItem.objects.bulk_create(
        new_queue_item(grant)
        for grant, row in zip(grants, batch, strict=True)
        if row.reference not in before and not (known and row.categories)
    )
    result.n_created += len(new)
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


def _new_grant(row: GrantRow, content: str, run: ImportRun) -> Grant:
    share = settings.CLASSIE_AUDIT_SHARE
    is_audit = lot(row.reference, "audit") < share
    return Grant(
        reference=row.reference,
        content_sha256=content,
        quality_flags=quality_flags(row),
        stream=Grant.Stream.AUDIT if is_audit else Grant.Stream.POOL,
        inclusion_probability=share,
        import_run=run,
        **{column: getattr(row, column) for column in FACTS},
    )


def new_queue_item(grant: Grant) -> QueueItem:
    """A place in the queue, in no order of the file; the audit stream is read blind."""
    is_audit = grant.stream == Grant.Stream.AUDIT
    return QueueItem(
        grant=grant,
        priority=lot(grant.reference, "queue"),
        stream=QueueItem.Stream.AUDIT if is_audit else QueueItem.Stream.NEW,
        is_blind=is_audit,
    )


def _content_hash(row: GrantRow) -> str:
    facts = [str(getattr(row, column)) for column in FACTS]
    if not row.funder_identifier:
        facts.pop()  # as before there was this column: no grant changes for having none
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def quality_flags(row: GrantRow) -> list[str]:
    """What a reader would notice about the text at once."""
    text = f"{row.title} {row.description}".strip()
    flags = []
    if not text:
        flags.append("empty")
    elif len(text.split()) < 5:
        flags.append("short")
    if len(text) > 20 and text.isupper():
        flags.append("capitals")
    return flags
