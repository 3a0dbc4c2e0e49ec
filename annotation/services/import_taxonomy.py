"""Bringing a taxonomy in from a file: one transaction, one release."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from annotation.errors import ImportRefused
from annotation.importers.faults import Fault
from annotation.importers.taxonomy_csv import CategoryRow, read_taxonomy
from annotation.models import Category, Facet, Grant, ImportRun, Taxonomy, TaxonomyRelease, User
from annotation.services import doorbell
from annotation.services.audit import record
from annotation.services.model_versions import ensure_lexical_version

COPIED = ("label", "definition", "scope_note", "include_pattern", "exclude_pattern")


@dataclass(frozen=True)
class TaxonomyImport:
    """What became of the file's rows."""

    n_created: int
    n_updated: int
    n_unchanged: int
    n_retired: int
    faults: list[Fault]


@transaction.atomic
def import_taxonomy(
    path: Path, *, name: str = "", by: User | None = None, is_demonstration: bool = False
) -> TaxonomyImport:
    """Create or update the categories of the taxonomy in use from a CSV file.

    Rows that cannot be taken are left out and returned as faults. A category that the file no
    longer names is retired, not deleted; a file with rows left out retires nothing, since one of
    them may have named it. The same file again changes nothing.

    Raises:
        ImportRefused: the file is no taxonomy, or belongs to another one; nothing is stored.
    """
    rows, faults = read_taxonomy(path)
    if not rows:
        raise ImportRefused(
            f"{path.name} holds no category that can be taken."
            + (f" {faults[0]}" if faults else "")
        )
    taxonomy = _taxonomy_for(rows, name or path.stem, is_demonstration)
    run = ImportRun.objects.create(
        kind=ImportRun.Kind.TAXONOMY,
        file_name=path.name[:255],
        is_demonstration=is_demonstration,
        imported_by=by,
    )
    facets = _facets(taxonomy, rows)
    before = {c.code: c for c in taxonomy.categories.select_related("facet")}
    created, updated = _write(taxonomy, rows, facets, before)
    is_partial = not all(fault.is_warning for fault in faults)
    gone = [] if is_partial else _gone(before, rows)
    Category.objects.filter(pk__in=gone).update(retired_at=timezone.now())
    if created or updated or gone:
        _release(taxonomy)
        ensure_lexical_version(taxonomy)
        # The words of the categories have changed, so what was suggested from them is stale.
        Grant.objects.filter(scored_by__kind="lexical").update(scored_by=None)
        doorbell.ring_on_commit("classifier.score_waiting_grants")
    run.rows_created, run.rows_updated, run.rows_faulty = created, updated, len(faults)
    run.rows_unchanged, run.finished_at = len(rows) - created - updated, timezone.now()
    run.save()
    record(by, "taxonomy imported", run, created=created, updated=updated, retired=len(gone))
    return TaxonomyImport(created, updated, run.rows_unchanged, len(gone), faults)


def _taxonomy_for(rows: list[CategoryRow], name: str, is_demonstration: bool) -> Taxonomy:
    taxonomy = Taxonomy.objects.select_for_update().filter(is_current=True).first()
    if taxonomy is None:
        return Taxonomy.objects.create(
            name=name, is_current=True, is_demonstration=is_demonstration
        )
    if taxonomy.is_demonstration != is_demonstration:
        raise ImportRefused(
            "The demonstration is still loaded. Remove it first, on the page or with "
            "'manage.py remove_demonstration', then import your taxonomy."
        )
    if not taxonomy.categories.filter(code__in=[row.code for row in rows]).exists():
        raise ImportRefused(
            f"The file shares no code with the taxonomy in use, {taxonomy}. It seems to be another "
            "taxonomy, and one site holds one."
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
        wanted = {column: getattr(row, column) for column in COPIED} | {
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


def _release(taxonomy: Taxonomy) -> None:
    columns = ("code", "path", "alt_labels", "retired_at", *COPIED)
    content = json.dumps(
        list(taxonomy.categories.order_by("code").values_list(*columns)), default=str
    )
    taxonomy.release = TaxonomyRelease.objects.create(
        taxonomy=taxonomy,
        number=taxonomy.releases.count() + 1,
        content_sha256=hashlib.sha256(content.encode()).hexdigest(),
    )
    taxonomy.save(update_fields=["release"])
