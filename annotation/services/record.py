"""Writing one annotation with its outcomes and decisions, once for each idempotency key."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from django.db import IntegrityError, transaction

from annotation.errors import AnnotationChanged, ClaimLost, KeyReused, RevisionRefused
from annotation.models import Annotation, Category, Decision, Facet, Outcome, User
from annotation.services.answers import FacetAnswer, check_answers

Verdict = Decision.Verdict


@dataclass(frozen=True)
class Submission:
    annotation: Annotation
    is_replay: bool


@dataclass(frozen=True)
class Given:
    """An annotation as it came; ``about`` is what it was made for, a claim or an annotation."""

    about: object
    answers: Mapping[str, FacetAnswer]
    seconds: int
    unseen: frozenset[str]
    idempotency_key: str

    @cached_property
    def sha256(self) -> str:
        answers = {code: asdict(answer) for code, answer in self.answers.items()}
        body = [str(self.about), answers, self.seconds, sorted(self.unseen)]
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()

    def codes(self) -> set[str]:
        return {code for answer in self.answers.values() for code in answer.codes()}


def store_once(annotator: User, given: Given, store: Callable[[], Annotation]) -> Submission:
    """What the key has stored before, else what ``store`` stores now, in one transaction.

    Raises:
        KeyReused: the key stood for something else; nothing is stored.
    """
    if stored := replay(annotator, given):
        return stored
    try:
        with transaction.atomic():
            return Submission(store(), False)
    except (ClaimLost, RevisionRefused, AnnotationChanged, IntegrityError):
        # The same key may have been stored while this one waited for its turn.
        if stored := replay(annotator, given):
            return stored
        raise


def replay(annotator: User, given: Given) -> Submission | None:
    """What the key has stored before, if anything.

    Raises:
        KeyReused: it was something else.
    """
    stored = Annotation.objects.filter(
        annotator=annotator, idempotency_key=given.idempotency_key
    ).first()
    if stored and stored.body_sha256 != given.sha256:
        raise KeyReused(
            f"The key {given.idempotency_key[:40]} was used for another annotation. Send each one "
            "with a key of its own."
        )
    return Submission(stored, True) if stored else None


def record(
    given: Given, shown: Iterable[dict[str, Any]], **facts: Any
) -> tuple[Annotation, list[Decision]]:
    """Store the annotation, its outcomes, and a decision for each category seen or chosen.

    Args:
        shown: the suggestions that the annotator was offered, as they were shown.
        facts: the annotation's other columns.

    Raises:
        InvalidAnswer: it contradicts itself or the taxonomy; nothing is stored.
    """
    offered = {s["category"]: s for s in shown}
    facets, categories = checked(given, offered)
    release = next(iter(facets.values())).taxonomy.release
    assert release, "A taxonomy with facets has a release."
    annotation = Annotation.objects.create(
        taxonomy_release=release,
        seconds=given.seconds,
        idempotency_key=given.idempotency_key,
        body_sha256=given.sha256,
        **facts,
    )
    Outcome.objects.bulk_create(
        Outcome(annotation=annotation, facet=facets[code], value=answer.outcome)
        for code, answer in given.answers.items()
        if answer.outcome
    )
    folded = given.unseen - given.codes()
    seen = {code: offered[code] for code in offered if code not in folded}
    decisions = _decisions(annotation, given.answers, seen, categories)
    Decision.objects.bulk_create(decisions)
    return annotation, decisions


def checked(given: Given, offered: Collection[str]) -> tuple[dict[str, Facet], dict[str, Category]]:
    """Facets of the taxonomy, and categories named or offered, by code.

    Raises:
        InvalidAnswer: the answers contradict themselves or the taxonomy.
    """
    facets = {f.code: f for f in Facet.objects.current().select_related("taxonomy__release")}
    rows = Category.objects.current().filter(code__in=given.codes().union(offered))
    categories = {category.code: category for category in rows.select_related("facet")}
    check_answers(given.answers, facets, categories, offered)
    return facets, categories


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
