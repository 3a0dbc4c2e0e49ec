"""Bringing a taxonomy in from a file: one transaction, one release."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from annotation.errors import ImportRefused
from annotation.importers.faults import Faults
from annotation.importers.recognise import read_categories
from annotation.importers.taxonomy_order import parents_first
from annotation.importers.taxonomy_rows import CategoryRow
from annotation.models import Category, Decision, ImportRun, Label, Taxonomy, User
from annotation.services.asked_counts import follow_moves, places
from annotation.services.audit import record
from annotation.services.imports import beat
from annotation.services.taxonomy_plan import (
    Plan,
    categories_in_use,
    plan_categories,
    possible_parents,
    with_stored_facets,
    with_stored_parents,
)
from annotation.services.taxonomy_releases import make_known

MOST_CATEGORIES = 10_000
UPDATE, REPLACE = "update", "replace"


@dataclass(frozen=True)
class TaxonomyImport:
    """What became of the file's rows, or, of a dry run, what would."""

    n_created: int
    n_updated: int
    n_unchanged: int
    n_retired: int
    n_missing: int
    n_labels: int  # that grants were imported with, of categories that are missing in the file
    n_decisions: int  # that people have made on such categories
    n_below: int  # rows that stand below categories which the file does not name
    emptied: Counter[str]  # categories that lose words, by column
    shares_codes: bool
    faults: Faults


@dataclass(frozen=True)
class _Comparison:
    """A file held against the taxonomy in use; nothing of it is stored."""

    rows: list[CategoryRow]
    faults: Faults
    before: dict[str, Category]
    plan: Plan
    missing: list[Category]
    gone: list[Category]
    n_below: int

    def result(self) -> TaxonomyImport:
        created, updated = len(self.plan.new), len(self.plan.changed)
        return TaxonomyImport(
            n_created=created,
            n_updated=updated,
            n_unchanged=len(self.rows) - created - updated,
            n_retired=len(self.gone),
            n_missing=len(self.missing),
            n_labels=Label.objects.filter(category__in=self.missing).count(),
            n_decisions=Decision.objects.filter(category__in=self.missing).count(),
            n_below=self.n_below,
            emptied=self.plan.emptied,
            shares_codes=_shares_codes(self.rows, self.before) or not self.before,
            faults=self.faults,
        )


def import_taxonomy(
    path: Path,
    *,
    name: str = "",
    choice: str = "",
    by: User | None = None,
    is_demonstration: bool = False,
    run: ImportRun | None = None,
) -> TaxonomyImport:
    """Create or update the categories of the taxonomy in use from a file.

    Rows that cannot be taken are left out and returned as faults. A category that the file no
    longer names is retired, not deleted; a file with rows left out retires nothing, since one of
    them may have named it. Columns that the file lacks change nothing. What stands below a moved
    or renamed category follows it. The same file again changes nothing.

    Args:
        choice: what happens beside a taxonomy in use. "update" retires nothing, and rows may stand
            below categories that the file does not name; "replace" retires all that the file does
            not name. Without a choice a file that shares codes with the taxonomy is its next
            release, unless it would retire what labels or decisions hang on; any other one is
            refused.
        run: the row that asked for this import; without one a row is written.

    Raises:
        ImportRefused: the file is no taxonomy, or belongs to another one; nothing is stored.
        ImportStopped: somebody stopped it; nothing is stored.
    """
    file_name = run.file_name if run else path.name
    rows, faults = read_categories(path, file_name)  # before the transaction: others may write
    with transaction.atomic():
        if run:
            beat(run)  # whoever stops it waits for the end, or has stopped it before
        taxonomy = _taxonomy_for(name or Path(file_name).stem, is_demonstration, is_stored=True)
        found = _compare(taxonomy, rows, faults, choice, file_name)
        run = run or _run(file_name, by, is_demonstration)
        result, before = found.result(), places(taxonomy)
        if found.gone and not choice:
            _refuse_to_retire(result)
        found.plan.store()
        gone = [category.pk for category in found.gone]
        Category.objects.filter(pk__in=gone).update(retired_at=timezone.now())
        if found.plan or gone:
            make_known(taxonomy)
        _finish(run, result)
        figures = {"created": result.n_created, "updated": result.n_updated}
        record(by, "taxonomy imported", run, **figures, retired=result.n_retired)
        follow_moves(taxonomy, before)
    return result


def preview_taxonomy(run: ImportRun, choice: str) -> TaxonomyImport:
    """What an import would do; nothing is stored. Errors as ``import_taxonomy``."""
    rows, faults = read_categories(run.path, run.file_name)
    taxonomy = _taxonomy_for(Path(run.file_name).stem, is_demonstration=False, is_stored=False)
    return _compare(taxonomy, rows, faults, choice, run.file_name).result()


def _compare(
    taxonomy: Taxonomy, rows: list[CategoryRow], faults: Faults, choice: str, file_name: str
) -> _Comparison:
    before = categories_in_use(taxonomy)
    rows = with_stored_facets(rows, before)
    rows = with_stored_parents(rows, before, stays=choice == UPDATE)
    n_alone = len(parents_first(rows, Faults()))
    order = parents_first(rows, faults, possible_parents(before) if choice == UPDATE else ())
    _refuse_unfit(order, faults, file_name)
    if before and not choice and not _shares_codes(order, before):
        raise ImportRefused(
            f"The file shares no code with the taxonomy in use, {taxonomy}. It seems to be another "
            "taxonomy, and one site holds one. Choose: update adds its categories beside the "
            "present ones (--update), replace retires the present ones (--replace), or stop here."
        )
    named = {row.code for row in order}
    missing = [c for c in before.values() if c.code not in named and not c.retired_at]
    is_partial = not all(fault.is_warning for fault in faults)
    return _Comparison(
        rows=order,
        faults=faults,
        before=before,
        plan=plan_categories(taxonomy, order, before),
        missing=missing,
        gone=[] if is_partial or choice == UPDATE else missing,
        n_below=len(order) - n_alone,
    )


def _refuse_to_retire(result: TaxonomyImport) -> None:
    if result.n_labels or result.n_decisions:
        raise ImportRefused(
            f"The file does not name {result.n_missing:,} categories in use, on which "
            f"{result.n_labels:,} imported labels and {result.n_decisions:,} decisions of people "
            "hang. Choose: replace retires them (--replace), update keeps them (--update)."
        )


def _shares_codes(rows: list[CategoryRow], before: dict[str, Category]) -> bool:
    return any(row.code in before for row in rows)


def _refuse_unfit(rows: list[CategoryRow], faults: Faults, name: str) -> None:
    if not rows:
        first = f" {faults[0]}" if faults else ""
        raise ImportRefused(f"{name} holds no category that can be taken.{first}")
    if len(rows) > MOST_CATEGORIES:
        raise ImportRefused(
            f"{name} holds {len(rows):,} categories; at most {MOST_CATEGORIES:,} can be worked "
            "with. Import the part of it that you use."
        )


def _run(name: str, by: User | None, is_demonstration: bool) -> ImportRun:
    return ImportRun.objects.create(
        kind=ImportRun.Kind.TAXONOMY,
        file_name=name[:255],
        is_demonstration=is_demonstration,
        imported_by=by,
    )


def _finish(run: ImportRun, result: TaxonomyImport) -> None:
    ImportRun.objects.filter(pk=run.pk).update(
        state=ImportRun.State.DONE,
        rows_created=result.n_created,
        rows_updated=result.n_updated,
        rows_unchanged=result.n_unchanged,
        rows_faulty=result.faults.n_total,
        faults=result.faults.as_lists(),
        preview=run.preview | {"retired": result.n_retired},
        progress=1.0,
        finished_at=timezone.now(),
    )


def _taxonomy_for(name: str, is_demonstration: bool, *, is_stored: bool) -> Taxonomy:
    """The one in use, else a new one; ``is_stored``: to be written, within a transaction."""
    taxonomies = Taxonomy.objects.select_for_update() if is_stored else Taxonomy.objects.all()
    taxonomy = taxonomies.filter(is_current=True).first()
    if taxonomy is None:
        taxonomy = Taxonomy(name=name[:200], is_current=True, is_demonstration=is_demonstration)
        if is_stored:
            taxonomy.save()
        return taxonomy
    if taxonomy.is_demonstration != is_demonstration:
        raise ImportRefused(
            "The demonstration is still loaded. Remove it first, on the page or with "
            "'manage.py remove_demonstration', then import your taxonomy."
        )
    return taxonomy
