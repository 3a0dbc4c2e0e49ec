"""Changing a past annotation: it stands until another takes its place, so looking costs nothing."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from annotation.errors import RevisionRefused
from annotation.models import Annotation, Category, Decision, Reveal, Suggestion, User
from annotation.services.answers import FacetAnswer, answers_of
from annotation.services.queue import Claim, current_facets, wait_turn
from annotation.services.record import Given, Submission, record, store_once
from annotation.services.retrying import tried_again
from annotation.services.revisions import as_revealed
from annotation.services.rollups import follow
from annotation.services.undo import Reopened

GONE = "This annotation no longer stands, so it cannot be changed. Open the next grant to go on."


def open_for_change(annotator: User, annotation_id: int) -> Reopened:
    """Their annotation of that grant as it stands, to be changed; nothing is stored.

    One whose suggestions were revealed is changed by a revision, any other by a correction.

    Raises:
        RevisionRefused: nothing of theirs stands there.
    """
    own = Annotation.objects.as_shown().filter(annotator=annotator)
    last = own.filter(grant__annotations=annotation_id).select_related("grant", "revises__grant")
    stands = last.first()
    if stands is None:
        raise RevisionRefused(GONE)
    claim = as_revealed(stands.revises or stands, stands) or _as_shown_then(stands)
    return Reopened(claim, answers_of(stands), stands=True)


def _as_shown_then(annotation: Annotation) -> Claim:
    return Claim(
        token=uuid.uuid5(uuid.NAMESPACE_OID, f"correction of {annotation.pk}"),
        grant=annotation.grant,
        stream=annotation.stream,
        reason="",
        is_blind=annotation.is_blind,
        until=timezone.now(),
        facets=current_facets(),
        shown=_shown_then(annotation),
        corrects=annotation.pk,
    )


def _shown_then(annotation: Annotation) -> list[dict[str, Any]]:
    """The suggestions that it was made with, read back from its decisions.

    The words they came from are known only while that version's suggestions are kept.
    """
    rows = Suggestion.objects.filter(
        grant=annotation.grant_id, model_version=annotation.model_version_id
    )
    kept = {s.category_id: s for s in rows}
    decisions = annotation.decisions.exclude(verdict=Decision.Verdict.ADDED).filter(
        category__in=Category.objects.current()
    )
    ordered = decisions.order_by("category__facet__position", "category__facet__code", "rank")
    return [
        {
            "facet": decision.category.facet.code,
            "category": decision.category.code,
            "label": decision.category.label,
            "path": decision.category.ancestor_labels,
            "definition": decision.category.definition,
            "scope_note": decision.category.scope_note,
            "score": decision.score,
            "rank": decision.rank,
            "ticked": decision.was_ticked,
            "lexical": decision.category_id in kept and kept[decision.category_id].is_lexical,
            "evidence": kept[decision.category_id].evidence if decision.category_id in kept else [],
        }
        for decision in ordered.select_related("category__facet")
    ]


@tried_again
def correct(
    annotator: User,
    annotation_id: int,
    answers: Mapping[str, FacetAnswer],
    *,
    idempotency_key: str,
    seconds: int = 0,
    unseen: frozenset[str] = frozenset(),
) -> Submission:
    """Store what takes the place of a past annotation. It needs no claim.

    Raises:
        InvalidAnswer, KeyReused: as for any annotation; nothing is stored.
        RevisionRefused: it is not theirs, no longer stands, or its suggestions were revealed, so
            that it can only be revised; nothing is stored.
    """
    given = Given(f"correction of {annotation_id}", answers, seconds, unseen, idempotency_key)
    return store_once(annotator, given, lambda: store_correction(annotator, annotation_id, given))


def store_correction(annotator: User, annotation_id: int, given: Given) -> Annotation:
    """As ``correct``, in the caller's transaction."""
    wait_turn(annotator)
    own = Annotation.objects.current().filter(annotator=annotator).select_related("grant")
    before = own.filter(pk=annotation_id).first()
    if before is None or Reveal.objects.filter(annotation=before).exists():
        raise RevisionRefused(GONE)
    annotation, decisions = record(
        given,
        _shown_then(before),
        grant=before.grant,
        annotator=annotator,
        model_version_id=before.model_version_id,
        supersedes=before,
        is_blind=before.is_blind,
        stream=before.stream,
        content_sha256=before.grant.content_sha256,
    )
    follow(annotation, decisions)
    return annotation
