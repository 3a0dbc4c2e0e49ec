"""What people reply to plants, in rows of its own: answers, skips, and taking them back.

Nothing here writes an annotation, a decision, a label or a row of the queue.
"""

import hashlib
import uuid
from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction

from annotation.errors import ClaimLost, KeyReused, NothingToUndo
from annotation.models import Category, Decision, Plant, PlantReply, Skip, User
from annotation.services.answers import FacetAnswer
from annotation.services.making_room import make_room
from annotation.services.plants import (
    answers_of,
    as_claim,
    is_true,
    last_reply,
    lock_plant,
    opened,
    withdraw,
)
from annotation.services.queue import wait_turn
from annotation.services.record import Given, checked
from annotation.services.retrying import tried_again
from annotation.services.undo import Reopened

Kind = PlantReply.Kind
Verdict = Decision.Verdict
# The page names a plant's deed as it names an annotation or a skip, by a number that none has.
BEYOND_OTHERS = 10**15
NAMES = {Kind.ANSWERED: "annotation", Kind.SKIPPED: "skip"}


def plant_deed_name(reply: PlantReply) -> str:
    return f"{NAMES[Kind(reply.kind)]}-{BEYOND_OTHERS + reply.pk}"


def is_plant_deed(deed: str) -> bool:
    kind, _, number = deed.partition("-")
    is_number = number.isdecimal() and len(number) < 19
    return kind in NAMES.values() and is_number and int(number) > BEYOND_OTHERS


@tried_again
@transaction.atomic
def answer_plant(
    annotator: User,
    token: uuid.UUID,
    answers: Mapping[str, FacetAnswer],
    *,
    idempotency_key: str,
    seconds: int = 0,
    unseen: frozenset[str] = frozenset(),
) -> PlantReply:
    """Store what a person says to a plant. The same key with the same answers: what it stored.

    An answer is kept, but tells nothing of the person, when plants were switched off meanwhile,
    the planted category was retired, or the grant was adjudicated anew.

    Raises:
        InvalidAnswer, KeyReused: as for an annotation; nothing is stored.
        ClaimLost: the plant is unknown, was opened again, or is answered; nothing is stored.
    """
    given = Given(token, answers, seconds, unseen, idempotency_key)
    wait_turn(annotator)
    if stored := _under_key(annotator, idempotency_key):
        return _replayed(stored, given)
    plant, last = lock_plant(annotator, token)
    _, categories = checked(given, {s["category"]: s for s in plant.shown})
    return _store(
        plant,
        last,
        kind=Kind.ANSWERED,
        verdict=_verdict(plant.category, answers),
        answers={facet: asdict(answer) for facet, answer in answers.items()},
        is_measured=is_true(plant) and plant.category.code in categories,
        seconds=seconds,
        idempotency_key=idempotency_key,
        body_sha256=given.sha256,
    )


def _verdict(planted: Category, answers: Mapping[str, FacetAnswer]) -> Verdict:
    given = answers.values()
    if any(planted.code in answer.accepted for answer in given):
        return Verdict.ACCEPTED
    is_rejected = any(planted.code in answer.rejected for answer in given)
    return Verdict.REJECTED if is_rejected else Verdict.LEFT


def _under_key(annotator: User, idempotency_key: str) -> PlantReply | None:
    own = PlantReply.objects.filter(plant__annotator=annotator, idempotency_key=idempotency_key)
    return own.select_related("plant__grant", "supersedes").first()


def _replayed(stored: PlantReply, given: Given) -> PlantReply:
    if stored.kind != Kind.ANSWERED or stored.body_sha256 != given.sha256:
        raise KeyReused(
            f"The key {given.idempotency_key[:40]} was used for another annotation. Send each one "
            "with a key of its own."
        )
    return stored


def _store(plant: Plant, last: PlantReply | None, **facts: Any) -> PlantReply:
    return PlantReply.objects.create(plant=plant, supersedes=last, **facts)


@tried_again
@transaction.atomic
def skip_plant(annotator: User, token: uuid.UUID, reason: str, reference: str = "") -> PlantReply:
    """Pass a plant on, for a reason. One that is sent again is the skip that it made.

    Raises:
        ClaimLost: the plant is unknown, was opened again, or is answered; nothing is stored.
    """
    wait_turn(annotator)
    try:
        plant, last = lock_plant(annotator, token)
    except ClaimLost:
        skipped = PlantReply.objects.standing().filter(
            plant__annotator=annotator, plant__grant__reference=reference, kind=Kind.SKIPPED
        )
        if reply := skipped.first():
            return reply
        raise
    return _store(
        plant,
        last,
        kind=Kind.SKIPPED,
        reason=Skip.Reason(reason),
        idempotency_key=str(uuid.uuid4()),
        body_sha256=hashlib.sha256(f"skips {plant.pk}".encode()).hexdigest(),
    )


def newest_reply(annotator: User) -> PlantReply | None:
    """What would be taken back next of what they replied to plants."""
    own = PlantReply.objects.standing().filter(plant__annotator=annotator)
    return own.order_by("-replied_at", "-pk").first()


def has_taken_back_plant(annotator: User, idempotency_key: str) -> bool:
    stored = _under_key(annotator, idempotency_key)
    return stored is not None and stored.kind == Kind.WITHDRAWN


@tried_again
@transaction.atomic
def take_back_reply(
    annotator: User,
    deed: str | None = None,
    *,
    idempotency_key: str | None = None,
    give_back: Collection[uuid.UUID] = (),
) -> Reopened:
    """Take the newest reply to a plant back, or the one named, and open the plant again.

    The same key opens what it has opened before.

    Raises:
        NothingToUndo: nothing of it stands; nothing is stored.
        KeyReused: the key stood for an answer; nothing is stored.
    """
    wait_turn(annotator)
    make_room(annotator, give_back)
    if idempotency_key and (stored := _under_key(annotator, idempotency_key)):
        return _once_more(stored)
    own = PlantReply.objects.standing().filter(plant__annotator=annotator)
    if deed:
        kind, _, number = deed.partition("-")
        kinds = [own_kind for own_kind, name in NAMES.items() if name == kind]
        own = own.filter(kind__in=kinds, pk=int(number) - BEYOND_OTHERS)
    last = own.select_related("plant__grant").order_by("-replied_at", "-pk").first()
    if last is None:
        raise NothingToUndo(
            "That was taken back already." if deed else "There is nothing left to undo."
        )
    withdraw(last, idempotency_key or str(uuid.uuid4()))
    return Reopened(opened(last.plant), answers_of(last))


def _once_more(stored: PlantReply) -> Reopened:
    if stored.kind != Kind.WITHDRAWN or stored.supersedes is None:
        raise KeyReused("The key was used for an annotation. Send each undo with a key of its own.")
    if last_reply(stored.plant) != stored:
        raise NothingToUndo(f"You have saved {stored.plant.grant} again since.")
    return Reopened(as_claim(stored.plant), answers_of(stored.supersedes))
