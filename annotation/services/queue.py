"""Handing out grants: claim, keep, give back."""

import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotation.errors import ClaimLost, TooManyClaims
from annotation.models import Facet, Grant, Plant, QueueItem, SiteSettings, User
from annotation.services.answers import FacetAnswer
from annotation.services.free_grants import first_free
from annotation.services.retrying import tried_again
from annotation.services.shown import suggestions_of

OPEN_CLAIMS = 4
# A grant fetched ahead of its time goes to others soon when nobody comes to open it.
AHEAD = timedelta(minutes=5)
A_MOMENT = timedelta(seconds=10)
SHOWN = ("shown", "shown_version", "shown_content_sha256")
LOST = "Your claim on this grant is gone. Open the next grant to go on."


@dataclass(frozen=True)
class Claim:
    """A grant in an annotator's hands, with what they are shown of it."""

    token: uuid.UUID
    grant: Grant
    stream: str
    reason: str
    is_blind: bool
    until: datetime
    facets: list[Facet]
    shown: list[dict[str, Any]]
    revises: int | None = None  # the blind annotation whose suggestions were revealed
    corrects: int | None = None  # the annotation that stands until another takes its place
    replaces: int | None = None  # what stood there when the revision was opened
    filled: Mapping[str, FacetAnswer] | None = None  # what its annotator took back of a plant

    @property
    def changes(self) -> int | None:
        """The stored annotation that a save would change; no claim on the grant is needed then."""
        return self.revises or self.corrects


@tried_again
@transaction.atomic
def claim_next_grant(
    annotator: User, besides: Collection[uuid.UUID] = frozenset(), *, is_ahead: bool = False
) -> Claim | None:
    """Give the annotator the first free grant of the queue, or None when nothing is left.

    A claim of theirs that is not among ``besides`` comes again, with the suggestions it was made
    with, also one that ran out while nobody else took the grant; what lay open comes first, then
    what was fetched ahead, in its order. One among ``besides`` keeps its token as long as nobody
    else takes the grant. Two annotators never hold one grant: the row is locked,
    and a locked row is skipped.

    Args:
        is_ahead: claim it for five minutes only, to be fetched before it is opened.

    Raises:
        TooManyClaims: the annotator holds four grants already; nothing is stored.
    """
    facets = current_facets()
    if not facets:  # nothing could be said of a grant
        return None
    wait_turn(annotator)
    now = timezone.now()
    own = QueueItem.objects.open().filter(claimed_by=annotator).select_related("grant")
    claims = list(own.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    has_room = sum(is_held(item, now) for item in claims) < OPEN_CLAIMS
    for item in sorted(claims, key=lambda item: turn_of(item, now)):
        if item.claim not in besides and (has_room or is_held(item, now)):
            return extended(item, now + claim_length(is_ahead=is_ahead), facets)
    if not has_room:
        raise TooManyClaims(
            f"You hold {OPEN_CLAIMS} grants, as many as one person may. "
            "Submit or give back one of them first."
        )
    # Named and run out, a claim is on somebody's screen still, or saved and not sent yet: handed
    # out under another token it would be lost to them.
    named = [item.pk for item in claims if item.claim in besides and not is_held(item, now)]
    free = first_free(annotator, now, besides=named)
    return claim_item(free, annotator, now, facets, is_ahead=is_ahead) if free else None


def is_held(item: QueueItem | Plant, now: datetime) -> bool:
    return item.claimed_until is not None and item.claimed_until > now


def turn_of(item: QueueItem | Plant, now: datetime) -> tuple[int, timedelta]:
    """Its place among the claims of one person: what lay open, what came ahead, what ran out.

    The first one fetched ahead is on the screen already while the request to hold it for longer
    is under way, so a page that is reloaded in that moment opens on the same grant.
    """
    left = (item.claimed_until or now) - now
    if left <= timedelta():
        return 2, -left
    return (1, left) if is_short(item, now) else (0, -left)


def is_short(item: QueueItem | Plant, now: datetime) -> bool:
    """Held no longer than what is fetched ahead; an administrator may hold all claims so short."""
    return (
        claim_length() > AHEAD
        and item.claimed_until is not None
        and (item.claimed_until - now <= AHEAD)
    )


def wait_turn(annotator: User) -> None:
    """Let a person's requests come one after the other: claims are counted before one is made."""
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=annotator.pk)


def claim_item(
    item: QueueItem,
    annotator: User,
    now: datetime,
    facets: list[Facet] | None = None,
    *,
    is_ahead: bool = False,
) -> Claim:
    """Put a locked item into the annotator's hands and fix what they are shown."""
    item.claim = uuid.uuid4()
    item.claimed_by = annotator
    item.claimed_until = now + claim_length(is_ahead=is_ahead)
    _show(item)
    item.save(update_fields=["claim", "claimed_by", "claimed_until", *SHOWN])
    return _as_claim(item, current_facets() if facets is None else facets)


def _show(item: QueueItem) -> None:
    """Copy what the claimant sees, so that nothing changes under their hands."""
    item.shown = [] if item.is_blind else suggestions_of(item.grant)
    item.shown_version_id = item.grant.scored_by_id if item.shown else None
    item.shown_content_sha256 = item.grant.content_sha256


def current_facets() -> list[Facet]:
    return list(Facet.objects.current().select_related("taxonomy"))


def _as_claim(item: QueueItem, facets: list[Facet]) -> Claim:
    assert item.claim and item.claimed_until
    return Claim(
        token=item.claim,
        grant=item.grant,
        stream=item.stream,
        # It names the categories the model wavers between, which a blind reader must not know.
        reason="" if item.is_blind else item.reason,
        is_blind=item.is_blind,
        until=item.claimed_until,
        facets=facets,
        shown=item.shown,
    )


def claim_length(*, is_ahead: bool = False) -> timedelta:
    whole = timedelta(minutes=SiteSettings.objects.current().claim_minutes)
    return min(AHEAD, whole) if is_ahead else whole


def extended(item: QueueItem, until: datetime, facets: list[Facet]) -> Claim:
    item.claimed_until = max(until, item.claimed_until or until)
    if not item.shown:  # claimed before any version had read it
        _show(item)
    item.save(update_fields=["claimed_until", *SHOWN])
    return _as_claim(item, facets)


def lock_claim(annotator: User, token: uuid.UUID) -> QueueItem:
    """The claimed item, locked until the caller's transaction ends.

    A claim whose time ran out is still good while nobody else has taken the grant.

    Raises:
        ClaimLost: it is unknown, given back, or somebody else's by now.
    """
    item = (
        QueueItem.objects.open()
        .filter(claim=token, claimed_by=annotator)
        .select_related("grant")
        .select_for_update(no_key=True, of=("self",))
        .first()
    )
    if item is None:
        raise ClaimLost(LOST)
    return item


def free_item(item: QueueItem) -> None:
    """Take the claim off a locked item; the caller saves the rest of it."""
    item.claim = item.claimed_by = item.claimed_until = None
    item.shown, item.shown_version, item.shown_content_sha256 = [], None, ""


@tried_again
@transaction.atomic
def release_claim(annotator: User, token: uuid.UUID) -> None:
    """Give a grant back. One that is no longer held is left as it is."""
    with suppress(ClaimLost):
        give_back(lock_claim(annotator, token))


@tried_again
@transaction.atomic
def release_unopened(annotator: User, token: uuid.UUID) -> None:
    """Give back a grant that was fetched ahead, unless it was opened or fetched again meanwhile.

    A page that goes away says this last, and is often heard after the page that comes next. So
    what was claimed a moment ago stays: if nobody has it, its claim runs out by itself.
    """
    with suppress(ClaimLost):
        item = lock_claim(annotator, token)
        before = timezone.now() + claim_length(is_ahead=True) - A_MOMENT
        if item.claimed_until and item.claimed_until < before:
            give_back(item)


def give_back(item: QueueItem) -> None:
    free_item(item)
    item.save()


@tried_again
@transaction.atomic
def renew_claim(annotator: User, token: uuid.UUID, *, is_ahead: bool = False) -> datetime:
    """Hold the grant for a claim's length from now, one fetched ahead for five minutes; never less.

    Raises:
        ClaimLost: somebody else holds it; nothing is stored.
    """
    item = lock_claim(annotator, token)
    until = timezone.now() + claim_length(is_ahead=is_ahead)
    item.claimed_until = max(until, item.claimed_until or until)
    item.save(update_fields=["claimed_until"])
    return item.claimed_until
