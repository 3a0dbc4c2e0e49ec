"""Giving back what was fetched ahead, so that one more grant can be opened."""

import uuid
from collections.abc import Collection
from contextlib import suppress

from django.utils import timezone

from annotation.errors import ClaimLost
from annotation.models import User
from annotation.services.queue import AHEAD, claim_length, give_back, is_short, lock_claim


def make_room(annotator: User, tokens: Collection[uuid.UUID]) -> None:
    """Give back grants that were fetched ahead; what was opened meanwhile stays.

    Part of the caller's transaction: what is given back for a deed that fails is held as before.
    """
    for token in tokens:
        with suppress(ClaimLost):
            item = lock_claim(annotator, token)
            if claim_length() <= AHEAD or is_short(item, timezone.now()):
                give_back(item)
