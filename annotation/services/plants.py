"""Plants in people's hands: handed out, held, and opened again. No row of the queue is touched."""

import uuid
from collections.abc import Collection, Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from annotation.errors import ClaimLost
from annotation.models import Facet, Grant, Plant, PlantReply, QueueItem, SiteSettings, User
from annotation.models.taxonomy import lies_under_a_mark
from annotation.services.answers import FacetAnswer
from annotation.services.making_room import make_room
from annotation.services.planting import is_due, settled_for, shown_with, wrong_category
from annotation.services.queue import (
    LOST,
    OPEN_CLAIMS,
    Claim,
    claim_length,
    current_facets,
    turn_of,
    wait_turn,
)
from annotation.services.retrying import tried_again

# What the page says of it is true, and what it says of others that were drawn by lot.
STREAM = QueueItem.Stream.RANDOM
Kind = PlantReply.Kind


def claim_plant(
    annotator: User, besides: Collection[uuid.UUID] = (), *, is_ahead: bool = False
) -> Claim | None:
    """The plant that comes before the next grant of the queue, if there is one; in a transaction.

    One that lies open comes again as a claim of the queue would: what lay on the screen first.
    """
    facets = current_facets()
    if not facets:
        return None
    wait_turn(annotator)
    length = claim_length(is_ahead=is_ahead)
    lying = _lying_open(annotator, besides)
    if lying:
        return _extended(lying, length, facets) if _comes_first(lying, besides) else None
    share = SiteSettings.objects.current().plant_share
    if not is_due(annotator, share) or _has_all_it_may(annotator):
        return None
    plant = _plant(annotator, length)
    return as_claim(plant, facets) if plant else None


def _lying_open(annotator: User, besides: Collection[uuid.UUID]) -> Plant | None:
    own = Plant.objects.open().filter(annotator=annotator).exclude(claim__in=besides)
    rows = own.select_related("grant", "category", "adjudication")
    return next((plant for plant in rows if is_true(plant)), None)


def is_true(plant: Plant) -> bool:
    """Whether its category is still offered, under no mark, and wrong; and the grant as it was."""
    still = Plant.objects.filter(
        ~lies_under_a_mark("category"), pk=plant.pk, adjudication__superseded_by=None
    )
    return (
        bool(SiteSettings.objects.current().plant_share)
        and plant.category.retired_at is None
        and plant.content_sha256 == plant.grant.content_sha256
        and still.filter(category__taxonomy__is_current=True).exists()
        and not QueueItem.objects.open().filter(grant=plant.grant_id).exists()
    )


def _comes_first(plant: Plant, besides: Collection[uuid.UUID]) -> bool:
    now = timezone.now()
    own = QueueItem.objects.open().filter(claimed_by=plant.annotator_id).exclude(claim__in=besides)
    return all(turn_of(plant, now) <= turn_of(item, now) for item in own)


def _has_all_it_may(annotator: User) -> bool:
    return QueueItem.objects.held_by(annotator, timezone.now()).count() >= OPEN_CLAIMS


def _plant(annotator: User, length: timedelta) -> Plant | None:
    for adjudication in settled_for(annotator):
        if wrong := wrong_category(adjudication):
            return Plant.objects.create(
                grant=adjudication.grant,
                annotator=annotator,
                adjudication=adjudication,
                category=wrong,
                shown=shown_with(adjudication, wrong),
                content_sha256=adjudication.grant.content_sha256,
                claimed_until=timezone.now() + length,
            )
    return None


def as_claim(plant: Plant, facets: list[Facet] | None = None) -> Claim:
    """As the annotating page shows any grant."""
    return Claim(
        token=plant.claim,
        grant=plant.grant,
        stream=STREAM,
        reason="",
        is_blind=False,
        until=plant.claimed_until,
        facets=current_facets() if facets is None else facets,
        shown=plant.shown,
        filled=_taken_back(plant),
    )


def _taken_back(plant: Plant) -> Mapping[str, FacetAnswer] | None:
    """What its person said and took back, to be filled in; None after a skip, or at first."""
    last = last_reply(plant)
    return answers_of(last.supersedes) if last and last.supersedes else None


def answers_of(reply: PlantReply) -> dict[str, FacetAnswer] | None:
    """What a reply says, in the form it was given; None where it says nothing."""
    if reply.kind != Kind.ANSWERED:
        return None
    return {
        facet: FacetAnswer(
            given["outcome"], *(tuple(given[v]) for v in ("accepted", "rejected", "added"))
        )
        for facet, given in reply.answers.items()
    }


def last_reply(plant: Plant) -> PlantReply | None:
    ends = PlantReply.objects.filter(plant=plant, superseded_by=None)
    return ends.select_related("supersedes").first()


def _extended(plant: Plant, length: timedelta, facets: list[Facet] | None = None) -> Claim:
    plant.claimed_until = max(timezone.now() + length, plant.claimed_until)
    plant.save(update_fields=["claimed_until"])
    return as_claim(plant, facets)


def lock_plant(annotator: User, token: uuid.UUID) -> tuple[Plant, PlantReply | None]:
    """The open plant, locked, with what was taken back of it.

    Its time may have run out: nobody else waits for it.

    Raises:
        ClaimLost: there is none of that token, it was opened again under another one, or it has
            a reply that stands.
    """
    locked = Plant.objects.filter(claim=token, annotator=annotator).select_related(
        "grant", "category"
    )
    plant = locked.select_for_update(no_key=True, of=("self",)).first()
    # Asked behind the lock, which may have been waited for.
    last = last_reply(plant) if plant else None
    if plant is None or (last and last.kind != Kind.WITHDRAWN):
        raise ClaimLost(LOST)
    return plant, last


@tried_again
@transaction.atomic
def renew_plant(annotator: User, token: uuid.UUID, *, is_ahead: bool = False) -> None:
    """Hold it longer, never less.

    Raises:
        ClaimLost: as ``lock_plant``.
    """
    _extended(lock_plant(annotator, token)[0], claim_length(is_ahead=is_ahead))


def opened(plant: Plant) -> Claim:
    """Once more, under a new token: whatever page had it before has it no longer."""
    plant.claim = uuid.uuid4()
    plant.claimed_until = timezone.now() + claim_length()
    plant.save(update_fields=["claim", "claimed_until"])
    return as_claim(plant)


def has_plant(annotator: User, grant: Grant) -> bool:
    return Plant.objects.filter(annotator=annotator, grant=grant).exists()


@tried_again
@transaction.atomic
def open_plant(annotator: User, grant: Grant, give_back: Collection[uuid.UUID] = ()) -> Claim:
    """Give the person their plant of this grant again: parked, skipped, or lost a moment ago.

    Raises:
        ClaimLost: they have answered it, or it is one no longer; nothing is stored.
    """
    wait_turn(annotator)
    make_room(annotator, give_back)
    own = Plant.objects.filter(annotator=annotator, grant=grant)
    plant = own.select_related("grant", "category").select_for_update(of=("self",)).get()
    last = last_reply(plant)
    if last and last.kind == Kind.ANSWERED:
        raise ClaimLost(f"You have saved {grant} already. Open another grant to go on.")
    if not is_true(plant):
        raise ClaimLost(f"{grant} has all the annotations it needs. Open another grant to go on.")
    if last and last.kind == Kind.SKIPPED:
        withdraw(last, str(uuid.uuid4()))
    return opened(plant)


def withdraw(reply: PlantReply, idempotency_key: str) -> PlantReply:
    """Take a reply back; the log only grows."""
    return PlantReply.objects.create(
        plant=reply.plant,
        supersedes=reply,
        kind=Kind.WITHDRAWN,
        idempotency_key=idempotency_key,
        body_sha256=reply.body_sha256,
    )
