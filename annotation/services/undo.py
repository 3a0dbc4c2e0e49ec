"""Taking deeds back, newest first: annotations, revisions, skips. The log only grows."""

import hashlib
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from annotation.errors import KeyReused, NothingToUndo
from annotation.models import Annotation, QueueItem, Skip, UndoneSkip, User
from annotation.services.answers import FacetAnswer, answers_of
from annotation.services.deeds import left_to_undo
from annotation.services.making_room import make_room
from annotation.services.queue import (
    OPEN_CLAIMS,
    Claim,
    claim_item,
    claim_length,
    current_facets,
    extended,
    wait_turn,
)
from annotation.services.rechecks import as_before
from annotation.services.retrying import tried_again
from annotation.services.revisions import as_revealed
from annotation.services.rollups import follow

WITH_ALL = ("grant", "supersedes", "revises__grant")


@dataclass(frozen=True)
class Reopened:
    """A grant before its annotator again, with the annotation it had; none after a skip.

    ``stands``: the grant is labelled with it until another is saved.
    """

    claim: Claim
    answers: dict[str, FacetAnswer] | None
    stands: bool = False


@tried_again
@transaction.atomic
def withdraw_last(
    annotator: User,
    deed: str | None = None,
    besides: frozenset[str] = frozenset(),
    *,
    idempotency_key: str | None = None,
    give_back: Collection[uuid.UUID] = (),
) -> Reopened:
    """Take back the annotator's newest deed, or the one named, and give its grant back to them.

    An annotation is superseded by a withdrawing one, so the log only grows. One whose
    suggestions were revealed stays as it is, since a second one would not be blind: undoing it
    opens its revision again. A skip is forgotten.

    Args:
        deed: its name; whatever stands of it is taken back, older or not.
        besides: names of deeds to be left alone; a blind annotation's holds for its revision.
        idempotency_key: of this undo; sent again, it opens what it has taken back and no more.
        give_back: claims fetched ahead that make room for this one; they stay if it fails.

    Raises:
        KeyReused: the key was used for an annotation; nothing is stored.
        NothingToUndo: none of the last 50 nor the one named stands, or somebody else holds the
            grant now; nothing is stored.
    """
    wait_turn(annotator)
    make_room(annotator, give_back)
    key = idempotency_key or str(uuid.uuid4())
    done = Annotation.objects.filter(annotator=annotator, idempotency_key=key)
    if idempotency_key and (again := done.select_related(*WITH_ALL).first()):
        return _once_more(again, annotator)
    undone = UndoneSkip.objects.filter(annotator=annotator, idempotency_key=key)
    if idempotency_key and (skip := undone.select_related("grant").first()):
        return _unskipped_once_more(skip, annotator)
    deeds = left_to_undo(annotator, deed, besides)
    if not deeds:
        raise NothingToUndo(
            "That was taken back already." if deed else "There is nothing left to undo."
        )
    last = max(deeds).row
    if isinstance(last, Skip):
        return _unskip(last, annotator, key)
    blind = last.revises or last
    if revealed := as_revealed(blind):
        answers = answers_of(last)
        if last.revises:
            follow(_withdraw(last, key))
        return Reopened(revealed, answers, stands=not last.revises)
    item = _free_for(annotator, last)
    answers = answers_of(last)
    withdrawal = _withdraw(last, key)
    item.n_done -= 1
    item.is_open = True
    if item.n_done == 0 and item.stream == QueueItem.Stream.OVERLAP:
        item.stream, item.reason = _first_stream(item), ""
    if item.n_done == 0 and item.stream == QueueItem.Stream.RECHECK:
        _undo_check(item)
    elif QueueItem.Stream.RECHECK == item.stream != last.stream:
        # The check stands. Whom it checked has seen the suggestions, and decides as before.
        as_before(item, last)
    item.save(update_fields=["n_done", "n_required", "is_open", "stream", "reason", "is_blind"])
    claim = claim_item(item, annotator, timezone.now())
    follow(withdrawal)
    return Reopened(claim, answers)


def _undo_check(item: QueueItem) -> None:
    """With nothing left to be checked, the grant waits for one annotation, as it did at first.

    Whoever takes it back has seen its suggestions, so it must not count as decided blind.
    """
    item.n_required = 1
    as_before(item, Annotation.objects.filter(grant=item.grant_id).earliest("pk"))


def _first_stream(item: QueueItem) -> str:
    """How the queue had chosen a grant before it waited for a second opinion."""
    said = Annotation.objects.filter(grant=item.grant_id).exclude(stream=QueueItem.Stream.OVERLAP)
    first = said.order_by("pk").first()
    return first.stream if first else QueueItem.Stream.NEW


def _once_more(done: Annotation, annotator: User) -> Reopened:
    """What the same undo has opened before, under the claim that it made."""
    if not done.is_withdrawal or done.supersedes is None:
        raise KeyReused("The key was used for an annotation. Send each undo with a key of its own.")
    if Annotation.objects.filter(supersedes=done).exists():
        raise NothingToUndo(f"You have saved {done.grant} again since.")
    answers = answers_of(done.supersedes)
    if done.revises and (revealed := as_revealed(done.revises)):
        return Reopened(revealed, answers)
    return Reopened(_claimed_again(_free_for(annotator, done), annotator), answers)


def _unskip(skip: Skip, annotator: User, key: str) -> Reopened:
    item = _free_for(annotator, skip)
    if not item.is_open:
        raise NothingToUndo(f"Somebody else has decided {skip.grant} since you skipped it.")
    UndoneSkip.objects.create(grant=skip.grant, annotator=annotator, idempotency_key=key)
    skip.delete()
    return Reopened(claim_item(item, annotator, timezone.now()), None)


def _unskipped_once_more(undone: UndoneSkip, annotator: User) -> Reopened:
    own = {"grant": undone.grant_id, "annotator": annotator}
    if Skip.objects.filter(**own).exists():
        raise NothingToUndo(f"You have skipped {undone.grant} again since.")
    if Annotation.objects.current().filter(**own).exists():
        raise NothingToUndo(f"You have saved {undone.grant} since.")
    item = _free_for(annotator, undone)
    if not item.is_open:
        raise NothingToUndo(f"Somebody else has decided {undone.grant} since you skipped it.")
    return Reopened(_claimed_again(item, annotator), None)


def _claimed_again(item: QueueItem, annotator: User) -> Claim:
    """Under the claim that they have on it, else under a new one."""
    now = timezone.now()
    if item.claim and item.claimed_by_id == annotator.pk:
        return extended(item, now + claim_length(), current_facets())
    return claim_item(item, annotator, now)


def _free_for(annotator: User, deed: Annotation | Skip | UndoneSkip) -> QueueItem:
    """The deed's queue item, locked, if its grant may come back to the annotator."""
    now = timezone.now()
    item = (
        QueueItem.objects.filter(grant=deed.grant_id)
        .select_related("grant")
        .select_for_update(no_key=True, of=("self",))
        .first()
    )
    others = item and item.claimed_until and item.claimed_until > now
    if item is None or (others and item.claimed_by_id != annotator.pk):
        raise NothingToUndo(f"Somebody else works on {deed.grant} now, so it stays as it is.")
    held = QueueItem.objects.held_by(annotator, now).exclude(pk=item.pk)
    if held.count() >= OPEN_CLAIMS:
        raise NothingToUndo(
            f"You hold {OPEN_CLAIMS} grants, as many as one person may. Save one of them first."
        )
    return item


def _withdraw(annotation: Annotation, key: str) -> Annotation:
    return Annotation.objects.create(
        grant=annotation.grant,
        annotator_id=annotation.annotator_id,
        taxonomy_release_id=annotation.taxonomy_release_id,
        supersedes=annotation,
        revises_id=annotation.revises_id,
        is_withdrawal=True,
        stream=annotation.stream,
        content_sha256=annotation.content_sha256,
        idempotency_key=key,
        body_sha256=hashlib.sha256(f"withdraws {annotation.pk}".encode()).hexdigest(),
    )
