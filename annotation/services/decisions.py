"""Recording what an annotator decided about a grant."""

import uuid
from collections.abc import Mapping

from annotation.models import Annotation, QueueItem, User
from annotation.services.answers import FacetAnswer, answers_of
from annotation.services.queue import free_item, lock_claim
from annotation.services.record import Given, Submission, record, store_once
from annotation.services.retrying import tried_again
from annotation.services.rollups import follow
from annotation.services.undo import Reopened, withdraw_last

# What measures is counted there however many people decide it.
STAYS = {QueueItem.Stream.AUDIT, QueueItem.Stream.RECHECK}
SECOND_OPINION = "A second opinion: others decide it, too, each by themselves."

__all__ = [
    "FacetAnswer",
    "Reopened",
    "Submission",
    "answers_of",
    "submit_annotation",
    "withdraw_last",
]


@tried_again
def submit_annotation(
    annotator: User,
    token: uuid.UUID,
    answers: Mapping[str, FacetAnswer],
    *,
    idempotency_key: str,
    seconds: int = 0,
    unseen: frozenset[str] = frozenset(),
) -> Submission:
    """Store what an annotator decides of the grant they claimed, and close the claim.

    Every suggestion that was shown becomes a decision, accepted, rejected or left; chosen
    categories that were not shown are added. The same key with the same decisions returns the
    annotation it made.

    Args:
        answers: by facet code; a facet that is not named stays unanswered.
        unseen: codes that were offered but folded away; without a verdict they get no decision.

    Raises:
        InvalidAnswer: the annotation contradicts itself or the taxonomy; nothing is stored.
        ClaimLost: the annotator no longer holds the grant; nothing is stored.
        KeyReused: the key was used for another annotation; nothing is stored.
    """
    given = Given(token, answers, seconds, unseen, idempotency_key)
    # Holding the claim is what makes it impossible to submit one grant twice.
    return store_once(
        annotator, given, lambda: _store(lock_claim(annotator, token), annotator, given)
    )


def _store(item: QueueItem, annotator: User, given: Given) -> Annotation:
    annotation, decisions = record(
        given,
        item.shown,
        grant=item.grant,
        annotator=annotator,
        model_version_id=item.shown_version_id,
        supersedes=_end_of_chain(item, annotator),
        is_blind=item.is_blind,
        stream=item.stream,
        content_sha256=item.shown_content_sha256,
    )
    item.n_done += 1
    item.is_open = item.n_done < item.n_required
    if item.is_open and item.stream not in STAYS:
        item.stream, item.reason = QueueItem.Stream.OVERLAP, SECOND_OPINION
    free_item(item)
    item.save()
    follow(annotation, decisions)
    return annotation


def _end_of_chain(item: QueueItem, annotator: User) -> Annotation | None:
    """The annotator's last word on the grant: their withdrawn annotation, if there is one."""
    return Annotation.objects.filter(
        grant=item.grant, annotator=annotator, superseded_by=None, revises=None
    ).first()
