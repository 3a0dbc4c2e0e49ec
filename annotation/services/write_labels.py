"""The labels that grants came with: written by an import, and put back by its undo."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef

from annotation.importers.grant_rows import GrantRow
from annotation.models import (
    Category,
    Grant,
    ImportRun,
    Label,
    QueueItem,
    ReplacedLabel,
    SiteSettings,
)
from annotation.services.insert_rows import insert_rows
from annotation.services.queue_plan import new_queue_item
from annotation.services.rollups import recount

Key = tuple[int, int]  # of a grant, of a category
Source = Label.Source
COLUMNS = {Source.IMPORTED: "categories", Source.APPLICANT: "applicant_categories"}


def write_labels(
    batch: list[GrantRow], keys: dict[str, int], run: ImportRun, known: dict[str, Category]
) -> int:
    """Make the file's categories the labels of its grants, each column of its own source.

    What grants have of another source stays; a row that says nothing in a column changes nothing.

    Args:
        keys: of the batch's grants, by reference.

    Returns:
        How many labels are new.
    """
    n_fresh = 0
    for source, column in COLUMNS.items() if known else ():
        codes = {keys[row.reference]: getattr(row, column) for row in batch if getattr(row, column)}
        if codes:
            wanted = {(grant, known[code].pk): None for grant in codes for code in codes[grant]}
            n_fresh += _write(source, wanted, run)
    return n_fresh


def stored_codes(references: list[str]) -> set[tuple[str, str, str]]:
    """What grants came with so far: reference, column and code."""
    came = Label.objects.of_current_taxonomy().filter(source__in=COLUMNS)
    rows = came.filter(grant__reference__in=references)
    found = rows.values_list("grant__reference", "source", "category__code")
    return {(reference, COLUMNS[Source(source)], code) for reference, source, code in found}


def _write(source: Source, wanted: dict[Key, None], run: ImportRun) -> int:
    labels = Label.objects.filter(grant__in={grant for grant, _ in wanted}, source=source)
    stored = {(label.grant_id, label.category_id): label for label in labels}
    _replace([label for key, label in stored.items() if key not in wanted], run)
    fresh = [key for key in wanted if key not in stored]
    _insert(source, fresh, run)
    return len(fresh)


def _insert(source: Source, keys: list[Key], run: ImportRun) -> None:
    like = Label(source=source, import_run=run)
    insert_rows(like, ("grant_id", "category_id"), keys)


def _replace(labels: list[Label], run: ImportRun) -> None:
    if not labels:
        return
    kept = []
    for label in labels:
        came_with = label.import_run_id
        if came_with is not None and came_with != run.pk:
            kept.append(
                ReplacedLabel(
                    replaced_by=run,
                    grant_id=label.grant_id,
                    category_id=label.category_id,
                    source=label.source,
                    import_run_id=came_with,
                )
            )
    ReplacedLabel.objects.bulk_create(kept, ignore_conflicts=True)
    Label.objects.filter(pk__in=[label.pk for label in labels]).delete()


def relabelled_by(run: ImportRun) -> set[int]:
    """Keys of the grants, made by others, whose labels the run has brought or taken away."""
    brought = Label.objects.filter(import_run=run).exclude(grant__import_run=run)
    taken = ReplacedLabel.objects.filter(replaced_by=run)
    return {*brought.values_list("grant", flat=True), *taken.values_list("grant", flat=True)}


def take_labels_back(run: ImportRun, grants: Collection[int]) -> None:
    """Make the labels of these grants what they were before the run brought its own.

    Where a later import has replaced labels of the same grant and source, its labels stay, and its
    own undo goes back to before this run. A grant that nobody has labelled then waits in the queue.

    Call it in a transaction that holds the run.
    """
    Label.objects.filter(import_run=run, grant__in=grants).delete()
    # What a later import has kept of this one is never to come back.
    kept = ReplacedLabel.objects.filter(grant__in=grants)
    replaced_again = kept.filter(replaced_by__gt=run.pk).order_by("-replaced_by")
    later = {(label.grant_id, label.source): label.replaced_by_id for label in replaced_again}
    kept.filter(import_run=run).delete()
    before = list(kept.filter(replaced_by=run))
    for label in before:
        if (label.grant_id, label.source) in later:
            _hand_over(label, later[label.grant_id, label.source])
    _restore([label for label in before if (label.grant_id, label.source) not in later])
    kept.filter(replaced_by=run).delete()
    _let_wait(grants)
    recount(grants)


def _hand_over(label: ReplacedLabel, later: int) -> None:
    ReplacedLabel.objects.get_or_create(
        replaced_by_id=later,
        grant_id=label.grant_id,
        category_id=label.category_id,
        source=label.source,
        defaults={"import_run_id": label.import_run_id},
    )


def _restore(replaced: list[ReplacedLabel]) -> None:
    Label.objects.bulk_create(
        (
            Label(
                grant_id=label.grant_id,
                category_id=label.category_id,
                import_run_id=label.import_run_id,
                source=label.source,
            )
            for label in replaced
        ),
        ignore_conflicts=True,  # a later import may have brought the same one
    )


def _let_wait(grants: Collection[int]) -> None:
    site = SiteSettings.objects.current()
    said = Label.objects.of_staff().filter(grant=OuterRef("pk"))
    bare = Grant.objects.filter(~Exists(said), pk__in=grants, queue_item=None)
    QueueItem.objects.bulk_create([new_queue_item(grant, site) for grant in bare])
