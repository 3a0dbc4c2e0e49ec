"""Passing a grant on, setting it aside for later, and opening it again."""

import uuid
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from annotation.errors import ClaimLost
from annotation.models import Annotation, Grant, QueueItem, Skip, User
from annotation.services.making_room import make_room
from annotation.services.queue import (
    OPEN_CLAIMS,
    Claim,
    claim_item,
    free_item,
    is_held,
    lock_claim,
    wait_turn,
)
from annotation.services.retrying import tried_again


@tried_again
@transaction.atomic
def skip_grant(annotator: User, token: uuid.UUID, reason: str, reference: str = "") -> Skip:
    """Pass the grant on to somebody else, for a reason; nothing else is stored.

    Args:
        reference: of the grant that the token is for. With it, a skip that is sent again, since
            its reply was lost, is the skip that it made.

    Raises:
        ClaimLost: the annotator does not hold it; nothing is stored.
    """
    try:
        item = lock_claim(annotator, token)
    except ClaimLost:
        if skip := Skip.objects.filter(annotator=annotator, grant__reference=reference).first():
            return skip
        raise
    skip, _ = Skip.objects.get_or_create(
        grant=item.grant, annotator=annotator, defaults={"reason": Skip.Reason(reason)}
    )
    free_item(item)
    item.save()
    return skip


@tried_again
@transaction.atomic
def open_grant(annotator: User, grant: Grant, give_back: Collection[uuid.UUID] = ()) -> Claim:
    """Give this very grant to the annotator, also one that they skipped, parked or lost.

    Args:
        give_back: claims fetched ahead that make room for this one; they stay if it fails.

    Raises:
        ClaimLost: it is decided, or somebody else holds it; nothing is stored.
    """
    wait_turn(annotator)
    make_room(annotator, give_back)
    now = timezone.now()
    items = QueueItem.objects.filter(grant=grant).select_related("grant")
    item = items.select_for_update(no_key=True, of=("self",)).first()
    if Annotation.objects.current().filter(grant=grant, annotator=annotator).exists():
        raise ClaimLost(f"You have saved {grant} already. Open another grant to go on.")
    if item is None or not item.is_open:
        raise ClaimLost(f"{grant} has all the annotations it needs. Open another grant to go on.")
    if is_held(item, now) and item.claimed_by_id != annotator.pk:
        raise ClaimLost(f"Somebody else has {grant} open now. Try again later.")
    held = QueueItem.objects.held_by(annotator, now).exclude(pk=item.pk)
    if held.count() >= OPEN_CLAIMS:
        raise ClaimLost(
            f"You hold {OPEN_CLAIMS} grants, as many as one person may. Save one of them first."
        )
    Skip.objects.filter(grant=grant, annotator=annotator).delete()
    return claim_item(item, annotator, now)
