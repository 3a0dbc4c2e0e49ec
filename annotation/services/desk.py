"""What an annotator has before them: a grant of the queue, or a plant. The page cannot tell.

Each deed is tried on the queue first, so that it costs nothing more where nothing is planted.
"""

import uuid
from collections.abc import Collection, Mapping
from typing import TypedDict

from django.db import transaction

from annotation.errors import ClaimLost
from annotation.models import Annotation, Grant, Plant, PlantReply, SiteSettings, Skip, User
from annotation.services.answers import FacetAnswer
from annotation.services.decisions import submit_annotation
from annotation.services.deed_names import hidden, shown
from annotation.services.deeds import deed_name, has_taken_back, newest_deed_at
from annotation.services.plant_replies import (
    answer_plant,
    has_taken_back_plant,
    is_plant_deed,
    newest_reply,
    plant_deed_name,
    skip_plant,
    take_back_reply,
)
from annotation.services.plants import claim_plant, has_plant, open_plant, renew_plant
from annotation.services.queue import Claim, claim_next_grant, renew_claim, wait_turn
from annotation.services.retrying import tried_again
from annotation.services.skips import open_grant, skip_grant
from annotation.services.undo import Reopened, withdraw_last


class Facts(TypedDict):
    """Of an answer, whatever it is for."""

    idempotency_key: str
    seconds: int
    unseen: frozenset[str]


class Undo(TypedDict):
    """Of an undo, whatever it takes back."""

    idempotency_key: str | None
    give_back: Collection[uuid.UUID]


def claim_next(
    annotator: User, besides: Collection[uuid.UUID] = frozenset(), *, is_ahead: bool = False
) -> Claim | None:
    """The next grant for this person's screen, or None when nothing is left.

    Raises:
        TooManyClaims: they hold four grants already; nothing is stored.
    """
    if SiteSettings.objects.current().plant_share:
        return _claim_with_plants(annotator, besides, is_ahead=is_ahead)
    return claim_next_grant(annotator, besides, is_ahead=is_ahead)


@tried_again
@transaction.atomic
def _claim_with_plants(
    annotator: User, besides: Collection[uuid.UUID], *, is_ahead: bool
) -> Claim | None:
    plant = claim_plant(annotator, besides, is_ahead=is_ahead)
    return plant or claim_next_grant(annotator, besides, is_ahead=is_ahead)


def submit(
    annotator: User,
    token: uuid.UUID,
    answers: Mapping[str, FacetAnswer],
    *,
    idempotency_key: str,
    seconds: int = 0,
    unseen: frozenset[str] = frozenset(),
) -> Annotation | PlantReply:
    """Store what they say of the grant that the token stands for.

    Raises:
        InvalidAnswer, KeyReused: as ``submit_annotation``; nothing is stored.
        ClaimLost: they no longer hold it; nothing is stored.
    """
    facts = Facts(idempotency_key=idempotency_key, seconds=seconds, unseen=unseen)
    try:
        return submit_annotation(annotator, token, answers, **facts).annotation
    except ClaimLost:
        return answer_plant(annotator, token, answers, **facts)


def skip(annotator: User, token: uuid.UUID, reason: str, reference: str) -> Skip | PlantReply:
    """Pass it on.

    Raises:
        ClaimLost: they do not hold it; nothing is stored.
    """
    try:
        return skip_grant(annotator, token, reason, reference)
    except ClaimLost:
        return skip_plant(annotator, token, reason, reference)


def renew(annotator: User, token: uuid.UUID, *, is_ahead: bool = False) -> None:
    """Hold it longer.

    Raises:
        ClaimLost: they do not hold it; nothing is stored.
    """
    try:
        renew_claim(annotator, token, is_ahead=is_ahead)
    except ClaimLost:
        renew_plant(annotator, token, is_ahead=is_ahead)


def open_one(annotator: User, grant: Grant, give_back: Collection[uuid.UUID] = ()) -> Claim:
    """This very grant: parked, skipped, or lost a moment ago.

    Raises:
        ClaimLost: it is decided, or somebody else holds it; nothing is stored.
    """
    if has_plant(annotator, grant):  # they have seen it, so they no longer decide it for the queue
        return open_plant(annotator, grant, give_back)
    return open_grant(annotator, grant, give_back)


def take_back(
    annotator: User,
    deed: str | None = None,
    besides: frozenset[str] = frozenset(),
    *,
    idempotency_key: str | None = None,
    give_back: Collection[uuid.UUID] = (),
) -> Reopened:
    """Take back their newest deed, or the one named, and open its grant again.

    Raises:
        NothingToUndo, KeyReused: as ``withdraw_last``; nothing is stored.
    """
    deed, besides = deed and shown(deed), frozenset(map(shown, besides))
    facts = Undo(idempotency_key=idempotency_key, give_back=give_back)
    if not Plant.objects.filter(annotator=annotator).exists():
        return withdraw_last(annotator, deed, besides, **facts)
    return _take_back_with_plants(annotator, deed, besides, facts)


@tried_again
@transaction.atomic
def _take_back_with_plants(
    annotator: User, deed: str | None, besides: frozenset[str], facts: Undo
) -> Reopened:
    wait_turn(annotator)  # what is newest must not change before it is taken back
    if _is_of_a_plant(annotator, deed, besides, facts["idempotency_key"]):
        return take_back_reply(annotator, deed, **facts)
    return withdraw_last(annotator, deed, besides, **facts)


def _is_of_a_plant(
    annotator: User, deed: str | None, besides: frozenset[str], key: str | None
) -> bool:
    if deed:
        return is_plant_deed(deed)
    if key and has_taken_back_plant(annotator, key):
        return True
    newest = newest_reply(annotator)
    if newest is None or (key and has_taken_back(annotator, key)):
        return False
    other = newest_deed_at(annotator, besides)
    return other is None or newest.replied_at > other


def name_of(row: Annotation | Skip | PlantReply) -> str:
    """How the page names what was done, to have it taken back; of a plant as of any other."""
    return hidden(plant_deed_name(row) if isinstance(row, PlantReply) else deed_name(row))
