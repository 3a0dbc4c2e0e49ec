"""The order of the queue: which grants come first, and why."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from annotation.models import Grant, ModelVersion, QueueItem
from annotation.services.queue_order import is_order_due
from annotation.services.short_turns import turn

BATCH = 500
# One statement of constant cost a row: what Django makes of ``bulk_update`` takes it a second of
# CPU for 500 rows while they are locked, and on a busy machine the locks outlast their deadline.
SET = """
    WITH new (grant_id, {columns}) AS (VALUES {rows})
    UPDATE annotation_queueitem SET {new} FROM new
    WHERE annotation_queueitem.grant_id = new.grant_id"""


@dataclass(frozen=True)
class Priority:
    """How soon a grant is to be annotated, higher is sooner; by which stream, and why.

    0 to 1 where all that waits is ordered, over 1 to 2 for a beginning that comes before it.
    ``n_done``: annotations that stood when this was decided; with another number of them the grant
    waits for something else by now, and its place says so.
    """

    grant_id: int
    value: float
    stream: str
    reason: str
    n_done: int = 0


def reprioritise(priorities: Iterable[Priority]) -> int:
    """Set order and reason of waiting grants. Idempotent.

    Claimed ones keep theirs, and those that were decided or taken back since they were read.

    Returns the number of items reordered. Read and written in batches, so that nobody waits long
    and a million grants need no more memory than some hundred.
    """
    count = 0
    for batch in _batches(priorities):
        wanted = {priority.grant_id: priority for priority in batch}
        with turn(), transaction.atomic():
            free = (
                QueueItem.objects.free(timezone.now())
                .filter(grant_id__in=wanted)
                .select_for_update(skip_locked=True, no_key=True)
            )
            rows = free.values_list("grant_id", "n_done")
            found = [wanted[grant] for grant, n_done in rows if wanted[grant].n_done == n_done]
            _set(
                ["priority", "stream", "reason"],
                [(p.grant_id, p.value, p.stream, p.reason) for p in found],
            )
            count += len(found)
    return count


def set_back(besides: Collection[int]) -> None:
    """Put a former beginning behind the one that is to come, but for these grants."""
    last = 0
    while True:
        with turn(), transaction.atomic():
            former = QueueItem.objects.free(timezone.now()).filter(priority__gt=1, pk__gt=last)
            items = former.order_by("pk").select_for_update(skip_locked=True, no_key=True)
            found = dict(items.values_list("pk", "grant_id")[:BATCH])
            rest = [pk for pk, grant in found.items() if grant not in besides]
            QueueItem.objects.filter(pk__in=rest).update(priority=F("priority") - 1)
        if not found:
            return
        last = max(found)


def _batches(priorities: Iterable[Priority]) -> Iterator[list[Priority]]:
    rest = iter(priorities)
    while batch := list(islice(rest, BATCH)):
        yield batch


def note_coverage(covers: Mapping[int, tuple[int, float]]) -> None:
    """Keep which category with few examples each waiting grant speaks of most. Idempotent.

    Args:
        covers: grant -> category and its probability by words alone, 0 to 1; some hundred grants.
    """
    with transaction.atomic():
        items = (
            QueueItem.objects.open()
            .filter(grant_id__in=covers)
            .order_by("pk")
            .select_for_update(skip_locked=True, no_key=True)
        )
        found = items.values_list("grant_id", flat=True)
        _set(["covers_id", "covers_score"], [(grant, *covers[grant]) for grant in found])


def _set(columns: Sequence[str], rows: Sequence[tuple[int | float | str, ...]]) -> None:
    """Write these columns of queue items; a row is the grant's key and a value for each column."""
    if not rows:
        return
    places = "({})".format(", ".join(["%s"] * (1 + len(columns))))
    statement = SET.format(
        columns=", ".join(columns),
        rows=", ".join([places] * len(rows)),
        new=", ".join(f"{column} = new.{column}" for column in columns),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for row in rows for value in row])


def work_waits() -> bool:
    """Whether grants are to be read, or the queue is to be ordered; cheap, for the tick."""
    return ModelVersion.objects.active() is not None and (is_unread() or is_order_due())


def is_unread() -> bool:
    """Whether the active version has still to read any grant."""
    active = ModelVersion.objects.active()
    return active is not None and Grant.objects.not_scored_by(active).exists()
