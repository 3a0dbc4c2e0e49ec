"""What follows a blind annotation: the suggestions are shown, and a revision may be stored."""

import uuid
from collections.abc import Collection, Mapping

from django.utils import timezone

from annotation.errors import AnnotationChanged, RevisionRefused
from annotation.models import Annotation, Reveal, User
from annotation.services.answers import FacetAnswer
from annotation.services.queue import Claim, current_facets, wait_turn
from annotation.services.record import Given, Submission, record, store_once
from annotation.services.rollups import follow
from annotation.services.shown import suggestions_of

GONE = "This annotation no longer stands, so it cannot be revised. Open the next grant to go on."


def reveal(annotation: Annotation) -> Claim | None:
    """Show the suggestions to whoever decided without them, as they will be kept.

    From then on the annotation can no longer be taken back: a second one would not be blind.
    None where there is nothing to show. Idempotent.
    """
    if not annotation.is_blind:
        return None
    if shown := suggestions_of(annotation.grant):
        # Their own choice is filled in, so that nothing is ticked for them a second time.
        unticked = [suggestion | {"ticked": False} for suggestion in shown]
        defaults = {"shown": unticked, "model_version_id": annotation.grant.scored_by_id}
        Reveal.objects.get_or_create(annotation=annotation, defaults=defaults)
    return as_revealed(annotation)


def as_revealed(annotation: Annotation, stands: Annotation | None = None) -> Claim | None:
    """The grant as it stands before its annotator once its suggestions are shown.

    ``stands``: the annotation that they see filled in; without it, the blind one.
    """
    found = Reveal.objects.filter(annotation=annotation).first()
    if found is None:
        return None
    return Claim(
        token=uuid.uuid5(uuid.NAMESPACE_OID, f"revision of {annotation.pk}"),
        grant=annotation.grant,
        stream=annotation.stream,
        reason="",
        is_blind=False,
        until=timezone.now(),
        facets=current_facets(),
        shown=found.shown,
        revises=annotation.pk,
        replaces=(stands or annotation).pk,
    )


def revise(
    annotator: User,
    annotation_id: int,
    answers: Mapping[str, FacetAnswer],
    *,
    expected: Collection[int] | None,
    idempotency_key: str,
    seconds: int = 0,
    unseen: frozenset[str] = frozenset(),
) -> Submission:
    """Store what a blind annotation becomes now that the suggestions were seen.

    The blind one stays as it was given and stays what is measured; the revision is what the
    grant is labelled with.

    Args:
        annotation_id: the blind one's key.
        expected: keys of which one must stand, the blind one's or a revision's; None: whichever.

    Raises:
        AnnotationChanged: something else stands by now; nothing is stored.
        InvalidAnswer, KeyReused: as for any annotation; nothing is stored.
        RevisionRefused: it is not theirs, was not revealed or no longer stands; nothing is stored.
    """
    given = Given(f"revision of {annotation_id}", answers, seconds, unseen, idempotency_key)
    return store_once(
        annotator, given, lambda: store_revision(annotator, annotation_id, given, expected)
    )


def store_revision(
    annotator: User,
    annotation_id: int,
    given: Given,
    expected: Collection[int] | None = None,
) -> Annotation:
    """As ``revise``, in the caller's transaction."""
    # One revision after the other: each supersedes the last.
    wait_turn(annotator)
    found = (
        Reveal.objects.filter(annotation_id=annotation_id, annotation__annotator=annotator)
        .select_related("annotation__grant")
        .select_for_update(no_key=True, of=("self",))
        .first()
    )
    if found is None or not Annotation.objects.current().filter(pk=annotation_id).exists():
        raise RevisionRefused(GONE)
    blind = found.annotation
    last = Annotation.objects.filter(revises=blind, superseded_by=None).first()
    stands = last if last and not last.is_withdrawal else blind
    if expected is not None and stands.pk not in expected:
        raise AnnotationChanged(
            f"Annotation {stands.pk} stands there by now. Read it again, then send your revision "
            f'with If-Match: "{stands.pk}".'
        )
    annotation, decisions = record(
        given,
        found.shown,
        grant=blind.grant,
        annotator=annotator,
        model_version_id=found.model_version_id,
        revises=blind,
        supersedes=last,
        stream=blind.stream,
        content_sha256=blind.content_sha256,
    )
    follow(annotation, decisions)
    return annotation
