"""Finding the grant that comes next for one person."""

from collections.abc import Collection
from datetime import datetime

from annotation.models import QueueItem, User

TRIES = 20  # each waits for another person's claim to end, so more are never needed


def first_free(annotator: User, now: datetime, besides: Collection[int] = ()) -> QueueItem | None:
    """The first grant that nobody has, locked; None when there is none for this annotator.

    ``besides``: keys of items to be passed over.

    One row, found by the index. Whoever comes second skips it (PostgreSQL) or waits for the whole
    transaction (SQLite, BEGIN IMMEDIATE).
    """
    wanted = QueueItem.objects.free(now).new_to(annotator).soonest_first().select_related("grant")
    if besides:
        wanted = wanted.exclude(pk__in=besides)
    if item := wanted.select_for_update(skip_locked=True, no_key=True, of=("self",)).first():
        return item
    # A locked row need not be taken: the order of the queue may be written to it. So before
    # nothing is said to be left, what is locked is waited for.
    for _ in range(TRIES):
        if not wanted.exists():
            return None
        if item := wanted.select_for_update(no_key=True, of=("self",)).first():
            return item
    return None
