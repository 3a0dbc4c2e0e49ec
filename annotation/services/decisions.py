"""Recording what an annotator decided about a grant, and taking it back."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.errors import ClaimLost, KeyReused, NothingToUndo
from annotation.models import Annotation, Category, Decision, Facet, Outcome, QueueItem, User
from annotation.services.answers import FacetAnswer, check_answers
from annotation.services.queue import (
    OPEN_CLAIMS,
    Claim,
    claim_item,
    free_item,
    lock_claim,
    wait_turn,
)
from annotation.services.retrying import tried_again

UNDO_DEPTH = 50
Verdict = Decision.Verdict

__all__ = ["FacetAnswer", "Reopened", "Submission", "submit_annotation", "withdraw_last"]


@dataclass(frozen=True)
class Submission:
    annotation: Annotation
    is_replay: bool


@dataclass(frozen=True)
class Reopened:
    """A grant claimed again after its annotation was withdrawn, with the old answer."""

    claim: Claim
    answers: dict[str, FacetAnswer]


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
    """Store an annotator's answer to the grant they claimed and close the claim.

    Every suggestion that was shown becomes a decision, accepted, rejected or left; chosen
    categories that were not shown are added. The same key with the same answer returns the
    annotation it made.

    Args:
        answers: by facet code; a facet that is not named stays unanswered.
        unseen: codes that were offered but folded away; without a verdict they get no decision.

    Raises:
        InvalidAnswer: the answer contradicts itself or the taxonomy; nothing is stored.
        ClaimLost: the annotator no longer holds the grant; nothing is stored.
        KeyReused: the key was used for another answer; nothing is stored.
    """
    given = _Given(token, answers, seconds, unseen, idempotency_key)
    if replay := _replay(annotator, given):
        return replay
    try:
        with transaction.atomic():
            # Holding the claim is what makes it impossible to submit one grant twice.
            return Submission(_store(lock_claim(annotator, token), annotator, given), False)
    except (ClaimLost, IntegrityError):
        # The same key may have been stored while this one waited for the lock.
        if replay := _replay(annotator, given):
            return replay
        raise


@dataclass(frozen=True)
class _Given:
    """An answer as it came."""

    token: uuid.UUID
    answers: Mapping[str, FacetAnswer]
    seconds: int
    unseen: frozenset[str]
    idempotency_key: str

    @cached_property
    def sha256(self) -> str:
        answers = {code: asdict(answer) for code, answer in self.answers.items()}
        body = [str(self.token), answers, self.seconds, sorted(self.unseen)]
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()

    def codes(self) -> set[str]:
        return {code for answer in self.answers.values() for code in answer.codes()}


def _replay(annotator: User, given: _Given) -> Submission | None:
    stored = Annotation.objects.filter(
        annotator=annotator, idempotency_key=given.idempotency_key
    ).first()
    if stored and stored.body_sha256 != given.sha256:
        raise KeyReused(
            f"The key {given.idempotency_key[:40]} was used for another answer. Send each answer "
            "with a key of its own."
        )
    return Submission(stored, True) if stored else None


def _store(item: QueueItem, annotator: User, given: _Given) -> Annotation:
    facets = {f.code: f for f in Facet.objects.current().select_related("taxonomy__release")}
    offered = {s["category"]: s for s in item.shown}
    categories = _categories(given.codes() | offered.keys())
    check_answers(given.answers, facets, categories, offered)
    release = next(iter(facets.values())).taxonomy.release
    assert release, "A taxonomy with facets has a release."
    annotation = Annotation.objects.create(
        grant=item.grant,
        annotator=annotator,
        model_version_id=item.shown_version_id,
        taxonomy_release=release,
        supersedes=_end_of_chain(item, annotator),
        is_blind=item.is_blind,
        stream=item.stream,
        content_sha256=item.shown_content_sha256,
        seconds=given.seconds,
        idempotency_key=given.idempotency_key,
        body_sha256=given.sha256,
    )
    Outcome.objects.bulk_create(
        Outcome(annotation=annotation, facet=facets[code], value=answer.outcome)
        for code, answer in given.answers.items()
        if answer.outcome
    )
    folded = given.unseen - given.codes()
    shown = {code: offered[code] for code in offered if code not in folded}
    Decision.objects.bulk_create(_decisions(annotation, given.answers, shown, categories))
    item.n_done += 1
    item.is_open = item.n_done < item.n_required
    free_item(item)
    item.save()
    return annotation


def _categories(codes: set[str]) -> dict[str, Category]:
    rows = Category.objects.current().filter(code__in=codes).select_related("facet")
    return {category.code: category for category in rows}


def _end_of_chain(item: QueueItem, annotator: User) -> Annotation | None:
    """The annotator's last word on the grant: their withdrawn answer, if there is one."""
    return Annotation.objects.filter(
        grant=item.grant, annotator=annotator, superseded_by=None
    ).first()


def _decisions(
    annotation: Annotation,
    answers: Mapping[str, FacetAnswer],
    shown: Mapping[str, dict[str, Any]],
    categories: Mapping[str, Category],
) -> list[Decision]:
    verdicts = {code: Verdict.LEFT for code in shown if code in categories}
    for answer in answers.values():
        verdicts |= dict.fromkeys(answer.accepted, Verdict.ACCEPTED)
        verdicts |= dict.fromkeys(answer.rejected, Verdict.REJECTED)
        verdicts |= dict.fromkeys(answer.added, Verdict.ADDED)
    return [
        Decision(
            annotation=annotation,
            category=categories[code],
            verdict=verdict,
            score=shown[code]["score"] if code in shown else None,
            rank=shown[code]["rank"] if code in shown else None,
            was_ticked=shown[code]["ticked"] if code in shown else None,
        )
        for code, verdict in verdicts.items()
    ]


@tried_again
@transaction.atomic
def withdraw_last(annotator: User) -> Reopened:
    """Take back the annotator's newest standing annotation and claim its grant again.

    The log only grows: a withdrawing annotation supersedes the one taken back.

    Raises:
        NothingToUndo: none of the last 50 stands, or somebody else holds the grant now;
            nothing is stored.
    """
    wait_turn(annotator)
    recent = Annotation.objects.filter(annotator=annotator).order_by("-pk")[:UNDO_DEPTH]
    superseded = {a.supersedes_id for a in recent}
    last = next((a for a in recent if a.pk not in superseded and not a.is_withdrawal), None)
    if last is None:
        raise NothingToUndo("There is nothing left to undo.")
    now = timezone.now()
    item = (
        QueueItem.objects.filter(grant=last.grant_id)
        .select_related("grant")
        .select_for_update(no_key=True, of=("self",))
        .first()
    )
    others = item and item.claimed_until and item.claimed_until > now
    if item is None or (others and item.claimed_by_id != annotator.pk):
        raise NothingToUndo(f"Somebody else works on {last.grant} now, so it stays as it is.")
    held = QueueItem.objects.held_by(annotator, now).exclude(pk=item.pk)
    if held.count() >= OPEN_CLAIMS:
        raise NothingToUndo(
            f"You hold {OPEN_CLAIMS} grants, as many as one person may. Save one of them first."
        )
    answers = answers_of(last)
    Annotation.objects.create(
        grant=last.grant,
        annotator=annotator,
        taxonomy_release=last.taxonomy_release,
        supersedes=last,
        is_withdrawal=True,
        stream=last.stream,
        content_sha256=last.content_sha256,
        idempotency_key=str(uuid.uuid4()),
        body_sha256=hashlib.sha256(f"withdraws {last.pk}".encode()).hexdigest(),
    )
    item.n_done -= 1
    item.is_open = True
    item.save(update_fields=["n_done", "is_open"])
    return Reopened(claim_item(item, annotator, now), answers)


def answers_of(annotation: Annotation) -> dict[str, FacetAnswer]:
    """An annotation's answer in the form it was given, by facet code."""
    outcomes = {o.facet.code: o.value for o in annotation.outcomes.select_related("facet")}
    codes: dict[str, dict[str, list[str]]] = {}
    for decision in annotation.decisions.select_related("category__facet"):
        facet = codes.setdefault(decision.category.facet.code, {})
        facet.setdefault(decision.verdict, []).append(decision.category.code)
    return {
        facet: FacetAnswer(
            outcome=outcomes.get(facet),
            **{
                verdict: tuple(codes.get(facet, {}).get(verdict, ()))
                for verdict in ("accepted", "rejected", "added")
            },
        )
        for facet in outcomes.keys() | codes.keys()
    }
