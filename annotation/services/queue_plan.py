"""How a waiting grant is to be decided: by how many people, and with or without suggestions."""

from collections import defaultdict
from collections.abc import Callable

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from annotation.models import (
    Annotation,
    Grant,
    LabelCheck,
    QueueItem,
    SiteSettings,
    Skip,
    SprintGrant,
)
from annotation.models.grants import lot
from annotation.services.short_turns import turn

BATCH = 500
PLANNED = ("priority", "stream", "is_blind", "n_required")


def place(reference: str, stream: str, site: SiteSettings) -> tuple[float, str, bool, int]:
    """A grant's ``PLANNED`` columns in the queue, in no order of the file; audit is read blind."""
    is_audit = stream == Grant.Stream.AUDIT
    return (
        lot(reference, "queue"),
        QueueItem.Stream.AUDIT if is_audit else QueueItem.Stream.NEW,
        is_audit or is_control(reference, site),
        people_for(reference, site),
    )


def new_queue_item(grant: Grant, site: SiteSettings) -> QueueItem:
    planned = place(grant.reference, grant.stream, site)
    return QueueItem(grant=grant, **dict(zip(PLANNED, planned, strict=True)))


def is_control(reference: str, site: SiteSettings) -> bool:
    return lot(reference, "blind") < site.blind_share


def people_for(reference: str, site: SiteSettings) -> int:
    return site.required_annotations if lot(reference, "second") < site.second_share else 1


def follow_shares(site: SiteSettings, goes_on: Callable[[], bool] = lambda: True) -> int:
    """Plan the grants that nobody has begun by the shares of now; returns how many changed.

    Whoever has annotated, skipped or opened a grant did so under the old plan, so those keep
    theirs: who has seen the suggestions cannot decide blind any more. The lot of a reference is
    drawn once: raising a share adds grants and takes none away.

    Args:
        goes_on: asked before each batch; False when another worker has taken over.
    """
    begun = Annotation.objects.filter(grant=OuterRef("grant"))
    skipped = Skip.objects.filter(grant=OuterRef("grant"))
    sprinted = SprintGrant.objects.filter(grant=OuterRef("grant"))
    sent = LabelCheck.objects.standing().filter(
        grant=OuterRef("grant")
    )  # to be checked blind, and only so
    untouched = ~Exists(begun) & ~Exists(skipped) & ~Exists(sprinted) & ~Exists(sent)
    count = last = 0
    while goes_on():
        with turn(), transaction.atomic():
            waiting = QueueItem.objects.free(timezone.now()).filter(untouched, n_done=0, claim=None)
            items = list(
                waiting.filter(pk__gt=last)
                .select_related("grant")
                .order_by("pk")
                .select_for_update(skip_locked=True, no_key=True, of=("self",))[:BATCH]
            )
            changed = [item for item in items if _plan(item, site)]
            _write(changed)
        if not items:
            break
        last, count = items[-1].pk, count + len(changed)
    return count


def _write(changed: list[QueueItem]) -> None:
    """One short statement for each of the few plans that there are."""
    keys: dict[tuple[bool, int], list[int]] = defaultdict(list)
    for item in changed:
        keys[item.is_blind, item.n_required].append(item.pk)
    for (is_blind, n_required), pks in keys.items():
        items = QueueItem.objects.filter(pk__in=pks)
        items.update(is_blind=is_blind, n_required=n_required)


def _plan(item: QueueItem, site: SiteSettings) -> bool:
    before = item.is_blind, item.n_required
    is_audit = item.grant.stream == Grant.Stream.AUDIT
    item.is_blind = is_audit or is_control(item.grant.reference, site)
    item.n_required = people_for(item.grant.reference, site)
    return before != (item.is_blind, item.n_required)
