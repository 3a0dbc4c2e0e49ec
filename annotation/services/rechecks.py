"""Opening annotated grants once more, so that another person checks them."""

import heapq
from collections.abc import Iterator

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from annotation.models import Annotation, Grant, LabelCheck, QueueItem
from annotation.models.grants import lot
from annotation.models.queue import QueueItemQuerySet
from annotation.services.rollups import recount

BATCH = 500
CHANGED = ["n_required", "is_open", "is_blind", "stream", "reason"]


def plan_rechecks(n_wanted: int) -> int:
    """Have about so many annotated grants wait for a check; returns how many were opened.

    They are drawn by lot among the grants of the pool that one person has decided, each once and
    for ever, so the agreement that comes out is that of all of them. A check is blind: the model
    may have learned from the first answer. With none wanted, those that nobody has open or has
    begun are closed as they were before. What an administrator has sent to be checked is none of
    them: it was not drawn, and waits until somebody has checked it.
    """
    sent = LabelCheck.objects.standing().filter(grant=OuterRef("grant"))
    waiting = QueueItem.objects.open().filter(~Exists(sent), stream=QueueItem.Stream.RECHECK)
    if n_wanted <= 0:
        _close_all(waiting)
        return 0
    missing = n_wanted - waiting.count()
    chosen = [pk for _, pk in heapq.nsmallest(missing, _lots())] if missing > 0 else []
    return sum(_open(chosen[start : start + BATCH]) for start in range(0, len(chosen), BATCH))


def _done_once() -> QueueItemQuerySet:
    done = QueueItem.objects.filter(is_open=False, n_required=1)
    return done.filter(grant__stream=Grant.Stream.POOL)


def _lots() -> Iterator[tuple[float, int]]:
    """What may be drawn, with its lot; read in parts."""
    last = 0
    done = _done_once().order_by("pk").values_list("pk", "grant__reference")
    while rows := list(done.filter(pk__gt=last)[:BATCH]):
        last = rows[-1][0]
        yield from ((lot(reference, "recheck"), pk) for pk, reference in rows)


def _locked(items: QueueItemQuerySet) -> list[QueueItem]:
    rows = items.order_by("pk").select_for_update(skip_locked=True, no_key=True, of=("self",))
    return list(rows[:BATCH])


@transaction.atomic
def _open(keys: list[int]) -> int:
    items = _locked(_done_once().filter(pk__in=keys))
    for item in items:
        item.n_required, item.is_open, item.is_blind = 2, True, True
        item.stream, item.reason = QueueItem.Stream.RECHECK, ""
    QueueItem.objects.bulk_update(items, CHANGED)
    recount([item.grant_id for item in items])
    return len(items)


def _close_all(waiting: QueueItemQuerySet) -> None:
    """In parts; what somebody takes up meanwhile stays open."""
    last = 0
    # Whose first answer was taken back waits for two people now, as it did before.
    unclaimed = waiting.filter(claim=None, n_done=F("n_required") - 1)
    while True:
        with transaction.atomic():
            items = _locked(unclaimed.filter(pk__gt=last))
            if not items:
                return
            last = items[-1].pk
            _close(items)


def _close(items: list[QueueItem]) -> None:
    grants = [item.grant_id for item in items]
    first = Annotation.objects.filter(grant__in=grants).order_by("-pk")
    was = {annotation.grant_id: annotation for annotation in first}  # the oldest comes last
    for item in items:
        item.n_required, item.is_open = item.n_done, False
        as_before(item, was[item.grant_id])
    QueueItem.objects.bulk_update(items, CHANGED)
    recount(grants)


def as_before(item: QueueItem, first: Annotation) -> None:
    """Take the check off an item; ``first`` is its grant's oldest annotation. It is not saved."""
    item.stream, item.is_blind, item.reason = first.stream, first.is_blind, ""
