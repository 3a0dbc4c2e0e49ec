"""What becomes of a person's open claims when they sign out."""

import logging

from django.db import transaction
from django.utils import timezone

from annotation.models import ApiToken, PersonSession, QueueItem, User
from annotation.services.queue import claim_length, free_item, wait_turn
from annotation.services.retrying import tried_again

logger = logging.getLogger(__name__)


@tried_again
@transaction.atomic
def give_back_claims(annotator: User, session_key: str) -> int:
    """Give all of the person's grants back, so that nobody waits for a claim to run out.

    Claims belong to a person, not to a browser: whoever is at work in another browser or by a
    program keeps them. Returns how many were given back.
    """
    wait_turn(annotator)
    if _is_at_work_elsewhere(annotator, session_key):
        return 0
    own = QueueItem.objects.open().filter(claimed_by=annotator)
    items = list(own.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    for item in items:
        free_item(item)
        item.save()
    if items:
        logger.info("User %s signed out and gave back %d grants", annotator.pk, len(items))
    return len(items)


def _is_at_work_elsewhere(annotator: User, session_key: str) -> bool:
    """Seen in another session, or by a key to the API, within the length of a claim."""
    now = timezone.now()
    lately = now - claim_length()
    sessions = PersonSession.objects.open(now).filter(user=annotator, seen_at__gt=lately)
    keys = ApiToken.objects.valid(now).filter(user=annotator, last_used_at__gt=lately)
    return sessions.exclude(session=session_key).exists() or keys.exists()
