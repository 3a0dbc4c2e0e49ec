"""Taking back what was sent to be checked, before somebody has checked it."""

from django.db import transaction
from django.utils import timezone

from annotation.errors import ChecksRefused, NotAllowed
from annotation.models import Annotation, LabelCheck, QueueItem, User
from annotation.services.audit import record
from annotation.services.queue_order import order_the_queue_anew
from annotation.services.rechecks import CHANGED, as_before
from annotation.services.retrying import tried_again
from annotation.services.rollups import recount

RECHECK = QueueItem.Stream.RECHECK
OF_CLAIM = ["claimed_by", "claimed_until", "claim"]


@tried_again
@transaction.atomic
def take_back_check(by: User, check: LabelCheck) -> int:
    """Take back all that was sent of the check's grant and waits; returns how many labels.

    They are checked together, by whoever decides the grant. Its place in the queue is as it was
    before: closed, or gone where there was none. The checks stay as rows that say who took them
    back, and each label may be sent again.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        ChecksRefused: it was taken back or checked already, or somebody decides the grant now;
            nothing is stored.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators take back what was sent to be checked.")
    # The place in the queue first, as everybody locks it: whoever sends, claims or submits.
    items = QueueItem.objects.filter(grant=check.grant_id)
    item = items.select_for_update(no_key=True, of=("self",)).first()
    now = timezone.now()
    sent = LabelCheck.objects.standing().filter(grant=check.grant_id)
    if not sent.filter(pk=check.pk).exists():
        raise ChecksRefused(f"The check of {check.grant} was taken back already.")
    if item is None or not item.is_open:
        raise ChecksRefused(f"{check.grant} has been checked. What came of it stands below.")
    if item.claimed_until and item.claimed_until > now:
        raise ChecksRefused(f"Somebody is deciding {check.grant} now. Wait until they have.")
    waiting = [one for one in sent if not _is_answered(one)]
    if not waiting:
        raise ChecksRefused(f"{check.grant} has been checked. What came of it stands below.")
    LabelCheck.objects.filter(pk__in=[one.pk for one in waiting]).update(
        taken_back_by=by, taken_back_at=now
    )
    if item.stream == RECHECK:
        _close(item)
    record(by, "label checks taken back", check.grant_id, labels=len(waiting), grants=1)
    order_the_queue_anew()
    recount([check.grant_id])
    return len(waiting)


def _is_answered(check: LabelCheck) -> bool:
    """Whether somebody has decided the grant for it, and still says so."""
    checked = Annotation.objects.current().filter(grant=check.grant_id, stream=RECHECK)
    return checked.filter(submitted_at__gt=check.asked_at).exists()


def _close(item: QueueItem) -> None:
    """As it was before it was opened for the check; a claim that has run out goes with it.

    Where nothing stands, the check had put it there: who had answered it has taken that back.
    """
    said = Annotation.objects.filter(grant=item.grant_id)
    first = said.order_by("pk").first()
    if first is None or (item.n_done == 0 and not said.current().exists()):
        item.delete()
        return
    item.n_required, item.is_open = item.n_done, False
    item.claimed_by = item.claimed_until = item.claim = None
    as_before(item, first)
    item.save(update_fields=[*CHANGED, *OF_CLAIM])
