"""The order of the queue: which grants come first, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from annotation.models import QueueItem

BATCH = 500
# One statement of constant cost a row: what Django makes of ``bulk_update`` takes it a second of
# CPU for 500 rows while they are locked, and on a busy machine the locks outlast their deadline.
REORDER = """
    WITH new (grant_id, priority, stream, reason) AS (VALUES {rows})
    UPDATE annotation_queueitem
    SET priority = new.priority, stream = new.stream, reason = new.reason
    FROM new WHERE annotation_queueitem.grant_id = new.grant_id"""


@dataclass(frozen=True)
class Priority:
    """How much a grant's annotation would teach the model, and why."""

    grant_id: int
    value: float
    stream: str
    reason: str


def reprioritise(priorities: Iterable[Priority]) -> int:
    """Set order and reason of waiting grants; claimed ones keep theirs. Idempotent.

    Returns the number of items reordered. Written in batches, so that nobody waits long.
    """
    count = 0
    wanted = {p.grant_id: p for p in priorities}
    ids = list(wanted)
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            free = (
                QueueItem.objects.free(timezone.now())
                .filter(grant_id__in=ids[start : start + BATCH])
                .select_for_update(skip_locked=True, no_key=True)
            )
            found = [wanted[grant] for grant in free.values_list("grant_id", flat=True)]
            _write(found)
            count += len(found)
    return count


def _write(found: Sequence[Priority]) -> None:
    if not found:
        return
    rows = ", ".join(["(%s, %s, %s, %s)"] * len(found))
    values = [value for p in found for value in (p.grant_id, p.value, p.stream, p.reason)]
    with connection.cursor() as cursor:
        cursor.execute(REORDER.format(rows=rows), values)
