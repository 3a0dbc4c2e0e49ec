"""The order of the queue: which grants come first, and why."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from annotation.models import QueueItem

BATCH = 500


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
            items = list(
                QueueItem.objects.free(timezone.now())
                .filter(grant_id__in=ids[start : start + BATCH])
                .select_for_update(skip_locked=True, no_key=True)
            )
            for item in items:
                new = wanted[item.grant_id]
                item.priority, item.stream, item.reason = new.value, new.stream, new.reason
            QueueItem.objects.bulk_update(items, ["priority", "stream", "reason"])
            count += len(items)
    return count
