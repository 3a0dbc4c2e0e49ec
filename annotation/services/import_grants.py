"""Bringing grants in from a file: streamed, idempotent by reference."""

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from django.db import DatabaseError, transaction
from django.utils import timezone

from annotation.database_faults import first_line
from annotation.errors import AnnotationError, ImportStopped
from annotation.importers.faults import Fault, Faults
from annotation.importers.grant_rows import GrantRow, Mapping, Position
from annotation.importers.recognise import read_grants
from annotation.models import Category, Grant, ImportRun, User
from annotation.services import doorbell
from annotation.services.audit import record
from annotation.services.duplicates import flag_duplicates_of_new_grants
from annotation.services.grant_facts import Incoming, worked_out
from annotation.services.imports import beat, begin_by_command, fail_import, mine
from annotation.services.retrying import tried_again
from annotation.services.rollups import recount
from annotation.services.short_turns import rows_at_once, turn
from annotation.services.untaught import follow_words, hold_words
from annotation.services.write_grants import GrantImport, count_batch, write_batch

BATCH = 500
UNKNOWN = "is no active category of the taxonomy"
Progress = Callable[[int, int], None]


def import_grants(
    path: Path,
    *,
    name: str = "",
    mapping: Mapping | None = None,
    with_categories: bool = True,
    by: User | None = None,
    is_demonstration: bool = False,
    progress: Progress | None = None,
    run: ImportRun | None = None,
) -> GrantImport:
    """Create grants, update those whose facts have changed, and keep their categories as labels.

    Each batch of 500 rows (on SQLite of 50) is one transaction, so nobody waits long and a
    second run after a crash goes on where the first ended. Rows that cannot be taken are left out.

    Args:
        name: the file's own name, where it is stored under another one.
        mapping: what is what in a file whose columns are neither ours nor 360Giving's.
        with_categories: whether what staff chose becomes labels; what applicants chose always does.
        progress: called with rows so far and bytes read.
        run: the row that asked for this import; without one a row is written.

    Raises:
        ImportRefused: the file as a whole cannot be imported.
        ImportStopped: somebody stopped it, or another process has taken it up.
    """
    result = GrantImport()
    known = _known()
    rows = _without_duplicates(read_grants(path, name, mapping), result.faults, progress)
    batches = _batches(rows, with_categories, known, result.faults)
    first = next(batches, [])
    if run:
        _write_all(chain([first], batches), run, known, result, by)
        return result
    # Only now is it certain that the file can be read at all.
    run = begin_by_command(name or path.name, _sha256(path), by, is_demonstration=is_demonstration)
    try:
        _write_all(chain([first], batches), run, known, result, by)
    except ImportStopped:
        raise
    except Exception as error:
        with contextlib.suppress(DatabaseError):  # which may be what has failed
            fail_import(run, _reason(error))
        raise
    return result


def _reason(error: Exception) -> str:
    if isinstance(error, AnnotationError):
        return str(error)
    words = first_line(error) if isinstance(error, DatabaseError) else type(error).__name__
    return f"The command failed ({words}). Start it again: nothing is imported twice."


def _write_all(
    batches: Iterable[list[GrantRow]],
    run: ImportRun,
    known: dict[str, Category],
    result: GrantImport,
    by: User | None,
) -> None:
    for batch in batches:
        _write(batch, run, known, result)
    flag_duplicates_of_new_grants()
    _forget_early_readings(run)
    _finish(run, result, by)


def _write(
    batch: list[GrantRow], run: ImportRun, known: dict[str, Category], result: GrantImport
) -> None:
    incoming, at_once = worked_out(batch), rows_at_once(BATCH)
    for start in range(0, len(incoming), at_once):
        with turn() if len(incoming) > at_once else contextlib.nullcontext():
            _write_at_once(incoming[start : start + at_once], run, known, result)


@tried_again
@transaction.atomic
def _write_at_once(
    batch: list[Incoming], run: ImportRun, known: dict[str, Category], result: GrantImport
) -> None:
    beat(run)  # first: whoever stops or undoes the import waits for this batch, and no more comes
    write_batch(batch, run, known, result)


def preview_grants(
    path: Path,
    *,
    name: str = "",
    mapping: Mapping | None = None,
    with_categories: bool = True,
    progress: Progress | None = None,
) -> GrantImport:
    """What an import would do; nothing is stored. Arguments and errors as ``import_grants``."""
    result = GrantImport()
    known = _known()
    rows = _without_duplicates(read_grants(path, name, mapping), result.faults, progress)
    for batch in _batches(rows, with_categories, known, result.faults):
        count_batch(batch, known, result)
    return result


def _known() -> dict[str, Category]:
    return {category.code: category for category in Category.objects.active()}


def _batches(
    rows: Iterator[GrantRow], with_categories: bool, known: dict[str, Category], faults: Faults
) -> Iterator[list[GrantRow]]:
    while batch := list(islice(rows, BATCH)):
        if not with_categories:
            batch = [replace(row, categories=()) for row in batch]
        known_by_staff = (row for row in batch if _knows_categories(row, known, faults))
        yield [_with_known_choices(row, known, faults) for row in known_by_staff]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _forget_early_readings(run: ImportRun) -> None:
    """Have grants read anew that were read before all of the import was there, batch by batch.

    Such a reading did not know what the import is full of.
    """
    last, at_once = 0, rows_at_once(BATCH)
    read = Grant.objects.filter(import_run=run, scored_by__kind="lexical").order_by("pk")
    while keys := list(read.filter(pk__gt=last).values_list("pk", flat=True)[:at_once]):
        last = keys[-1]
        with turn():
            _forget_readings(run, keys)


@tried_again
@transaction.atomic
def _forget_readings(run: ImportRun, keys: list[int]) -> None:
    beat(run)
    grants = Grant.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    here = list(grants.values_list("pk", flat=True))
    Grant.objects.filter(pk__in=here).update(scored_by=None)
    recount(here)


@tried_again
@transaction.atomic
def _finish(run: ImportRun, result: GrantImport, by: User | None) -> None:
    hold_words()
    beat(run)
    # Counted, since a run that was taken up again finds its own grants of before.
    created = Grant.objects.filter(import_run=run).count()
    again = created - result.n_created
    mine(run).update(
        state=ImportRun.State.DONE,
        rows_created=created,
        rows_updated=result.n_updated,
        rows_unchanged=max(0, result.n_unchanged - again),
        rows_faulty=result.faults.n_total,
        faults=result.faults.as_lists(),
        preview=run.preview | {"labels": result.n_labels},
        progress=1.0,
        finished_at=timezone.now(),
    )
    record(by, "grants imported", run, created=created, updated=result.n_updated)
    if created or result.n_updated:
        follow_words()
    doorbell.ring_on_commit("classifier.score_waiting_grants")


def _without_duplicates(
    rows: Iterable[tuple[GrantRow | Fault, Position]],
    faults: Faults,
    progress: Progress | None,
) -> Iterator[GrantRow]:
    first: dict[bytes, int] = {}
    for n, (row, position) in enumerate(rows, start=1):
        if progress and n % 200 == 0:
            progress(n, position.tell())
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


def _knows_categories(row: GrantRow, known: dict[str, Category], faults: Faults) -> bool:
    """A row with an unknown code is left out: half its labels would say that the rest is wrong."""
    unknown = next((code for code in row.categories if code not in known), None)
    if unknown:
        faults.append(Fault(row.row, "categories", unknown, UNKNOWN))
    return not unknown


def _with_known_choices(row: GrantRow, known: dict[str, Category], faults: Faults) -> GrantRow:
    """What applicants chose decides nothing, so an unknown code costs itself and not the grant."""
    chosen = row.applicant_categories
    unknown = [code for code in chosen if code not in known]
    for code in unknown:
        problem = f"{UNKNOWN}; the grant comes without it"
        faults.append(Fault(row.row, "applicant_categories", code, problem, is_warning=True))
    if not unknown:
        return row
    return replace(row, applicant_categories=tuple(code for code in chosen if code in known))
