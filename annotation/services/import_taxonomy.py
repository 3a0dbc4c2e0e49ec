"""Bringing a taxonomy in from a file: one transaction, one release."""

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from annotation.errors import ImportRefused
from annotation.importers.faults import Faults
from annotation.importers.recognise import read_taxonomy
from annotation.importers.taxonomy_rows import CategoryRow
from annotation.models import Category, Facet, ImportRun, Taxonomy, User
from annotation.services.audit import record
from annotation.services.taxonomy_releases import WORDS, make_known

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
    shares_codes: bool
    faults: Faults


@transaction.atomic
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
    them may have named it. The same file again changes nothing.

    Args:
        choice: what happens beside a taxonomy in use. "update" retires nothing, "replace" retires
            all that the file does not name. Without a choice a file that shares codes with the
            taxonomy is its next release, and any other one is refused.
        run: the row that asked for this import; without one a row is written.

    Raises:
        ImportRefused: the file is no taxonomy, or belongs to another one; nothing is stored.
    """
    file_name = run.file_name if run else path.name
    rows, faults = read_taxonomy(path, file_name)
    _refuse_unfit(rows, faults, file_name)
    taxonomy = _taxonomy_for(name or Path(file_name).stem, is_demonstration)
    before = {c.code: c for c in taxonomy.categories.select_related("facet")}
    shares_codes = any(row.code in before for row in rows)
    if before and not shares_codes and not choice:
        raise ImportRefused(
            f"The file shares no code with the taxonomy in use, {taxonomy}. It seems to be another "
            "taxonomy, and one site holds one. Choose: update adds its categories beside the "
            "present ones (--update), replace retires the present ones (--replace), or stop here."
        )
    run = run or _run(file_name, by, is_demonstration)
    created, updated = _write(taxonomy, rows, _facets(taxonomy, rows), before)
    missing = _gone(before, rows)
    is_partial = not all(fault.is_warning for fault in faults)
    gone = [] if is_partial or choice == UPDATE else missing
    Category.objects.filter(pk__in=gone).update(retired_at=timezone.now())
    if created or updated or gone:
        make_known(taxonomy)
    result = TaxonomyImport(
        created,
        updated,
        len(rows) - created - updated,
        len(gone),
        len(missing),
        shares_codes or not before,
        faults,
    )
    _finish(run, result)
    record(by, "taxonomy imported", run, created=created, updated=updated, retired=len(gone))
    return result


@transaction.atomic
def preview_taxonomy(run: ImportRun, choice: str) -> TaxonomyImport:
    """What an import would do; done and taken back. Errors as ``import_taxonomy``."""
    result = import_taxonomy(run.path, choice=choice, run=run)
    transaction.set_rollback(True)
    return result


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


def _taxonomy_for(name: str, is_demonstration: bool) -> Taxonomy:
    taxonomy = Taxonomy.objects.select_for_update().filter(is_current=True).first()
    if taxonomy is None:
        return Taxonomy.objects.create(
            name=name[:200], is_current=True, is_demonstration=is_demonstration
        )
    if taxonomy.is_demonstration != is_demonstration:
        raise ImportRefused(
            "The demonstration is still loaded. Remove it first, on the page or with "
            "'manage.py remove_demonstration', then import your taxonomy."
        )
    return taxonomy


def _facets(taxonomy: Taxonomy, rows: list[CategoryRow]) -> dict[str, Facet]:
    facets = {facet.code: facet for facet in taxonomy.facets.all()}
    for code in dict.fromkeys(row.facet for row in sorted(rows, key=lambda r: r.row)):
        if code not in facets:
            facets[code] = Facet.objects.create(
                taxonomy=taxonomy,
                code=code,
                label=code[:1].upper() + code[1:].replace("_", " "),
                position=len(facets),
                has_general_public=code.casefold() in {"population", "beneficiaries"},
            )
    return facets


def _write(
    taxonomy: Taxonomy,
    rows: list[CategoryRow],
    facets: dict[str, Facet],
    before: dict[str, Category],
) -> tuple[int, int]:
    """Store every row, level by level, since a child needs its parent's key."""
    done: dict[str, Category] = {}
    created = updated = 0
    for row in rows:
        parent = done.get(row.broader)
        wanted = {column: getattr(row, column) for column in WORDS} | {
            "facet": facets[row.facet],
            "alt_labels": list(row.alt_labels),
            "broader": parent,
            "path": f"{parent.path if parent else ''}{row.code}/",
            "ancestor_labels": [*parent.ancestor_labels, parent.label] if parent else [],
            "level": parent.level + 1 if parent else 1,
            "position": row.row,
            "retired_at": None,
        }
        if len(str(wanted["path"])) > 500:
            raise ImportRefused(f"Row {row.row}: {row.code} lies too deep in the tree.")
        category = before.get(row.code)
        if category is None:
            category = Category.objects.create(taxonomy=taxonomy, code=row.code, **wanted)
            created += 1
        elif any(getattr(category, key) != value for key, value in wanted.items()):
            for key, value in wanted.items():
                setattr(category, key, value)
            category.save()
            updated += 1
        done[row.code] = category
    return created, updated


def _gone(before: dict[str, Category], rows: list[CategoryRow]) -> list[int]:
    """Keys of the categories in use that the file does not name."""
    named = {row.code for row in rows}
    return [c.pk for c in before.values() if c.code not in named and not c.retired_at]
