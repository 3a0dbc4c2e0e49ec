"""The labels that grants came with: written by an import, and put back by its undo."""

from collections.abc import Collection

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

Key = tuple[int, int]  # of a grant, of a category


def write_labels(
    batch: list[GrantRow], keys: dict[str, int], run: ImportRun, known: dict[str, Category]
) -> int:
    """Make the file's categories the imported labels of its grants; other sources stay.

    Args:
        keys: of the batch's grants, by reference.

    Returns:
        How many labels are new.
    """
    labelled = [row for row in batch if row.categories]
    if not known or not labelled:
        return 0
    wanted = {
        (keys[row.reference], known[code].pk): None for row in labelled for code in row.categories
    }
    imported = Label.objects.filter(
        grant__in=[keys[row.reference] for row in labelled], source=Label.Source.IMPORTED
    )
    stored = {(label.grant_id, label.category_id): label for label in imported}
    _replace([label for key, label in stored.items() if key not in wanted], run)
    fresh = [key for key in wanted if key not in stored]
    _insert(fresh, run)
    return len(fresh)


def _insert(keys: list[Key], run: ImportRun) -> None:
    like = Label(source=Label.Source.IMPORTED, import_run=run)
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
    """Make the imported labels of these grants what they were before the run brought its own.

    Where a later import has replaced labels of the same grant, its labels stay, and its own undo
    goes back to before this run. Whoever has no label then waits in the queue.

    Call it in a transaction that holds the run.
    """
    Label.objects.filter(import_run=run, grant__in=grants).delete()
    # What a later import has kept of this one is never to come back.
    kept = ReplacedLabel.objects.filter(grant__in=grants)
    later = dict(
        kept.filter(replaced_by__gt=run.pk).order_by("-replaced_by").values_list(
            "grant", "replaced_by"
        )
    )  # fmt: skip
    kept.filter(import_run=run).delete()
    before = kept.filter(replaced_by=run)
    for label in before.filter(grant__in=later):
        _hand_over(label, later[label.grant_id])
    _restore(list(before.exclude(grant__in=later)))
    before.delete()
    _let_wait(grants)


def _hand_over(label: ReplacedLabel, later: int) -> None:
    ReplacedLabel.objects.get_or_create(
        replaced_by_id=later,
        grant_id=label.grant_id,
        category_id=label.category_id,
        defaults={"import_run_id": label.import_run_id},
    )


def _restore(replaced: list[ReplacedLabel]) -> None:
    Label.objects.bulk_create(
        (
            Label(
                grant_id=label.grant_id,
                category_id=label.category_id,
                import_run_id=label.import_run_id,
                source=Label.Source.IMPORTED,
            )
            for label in replaced
        ),
        ignore_conflicts=True,  # a later import may have brought the same one
    )


def _let_wait(grants: Collection[int]) -> None:
    site = SiteSettings.objects.current()
    bare = Grant.objects.filter(pk__in=grants, queue_item=None, labels=None)
    QueueItem.objects.bulk_create([new_queue_item(grant, site) for grant in bare])
