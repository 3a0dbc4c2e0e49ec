"""How a waiting grant is to be decided: by how many people, and with or without suggestions."""

from django.db import transaction
from django.utils import timezone

from annotation.models import Grant, QueueItem, SiteSettings
from annotation.models.grants import lot

BATCH = 500


def new_queue_item(grant: Grant, site: SiteSettings) -> QueueItem:
    """A place in the queue, in no order of the file; the audit stream is read blind."""
    is_audit = grant.stream == Grant.Stream.AUDIT
    return QueueItem(
        grant=grant,
        priority=lot(grant.reference, "queue"),
        stream=QueueItem.Stream.AUDIT if is_audit else QueueItem.Stream.NEW,
        is_blind=is_audit or is_control(grant.reference, site),
        n_required=people_for(grant.reference, site),
    )


def is_control(reference: str, site: SiteSettings) -> bool:
    return lot(reference, "blind") < site.blind_share


def people_for(reference: str, site: SiteSettings) -> int:
    return 2 if lot(reference, "second") < site.second_share else 1


def follow_shares(site: SiteSettings) -> int:
    """Plan the grants that nobody has begun by the shares of now; returns how many changed.

    Whoever has decided or opened a grant did so under the old plan, so those keep theirs. The
    lot of a reference is drawn once: raising a share adds grants and takes none away.
    """
    count = last = 0
    while True:
        with transaction.atomic():
            waiting = QueueItem.objects.free(timezone.now()).filter(n_done=0, claim=None)
            items = list(
                waiting.filter(pk__gt=last)
                .select_related("grant")
                .order_by("pk")
                .select_for_update(skip_locked=True, no_key=True, of=("self",))[:BATCH]
            )
            changed = [item for item in items if _plan(item, site)]
            QueueItem.objects.bulk_update(changed, ["is_blind", "n_required"])
        if not items:
            return count
        last, count = items[-1].pk, count + len(changed)


def _plan(item: QueueItem, site: SiteSettings) -> bool:
    before = item.is_blind, item.n_required
    is_audit = item.grant.stream == Grant.Stream.AUDIT
    item.is_blind = is_audit or is_control(item.grant.reference, site)
    item.n_required = people_for(item.grant.reference, site)
    return before != (item.is_blind, item.n_required)
