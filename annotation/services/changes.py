"""Changing one's annotation on the condition that it stands as it was read."""

from collections.abc import Collection, Mapping

from annotation.errors import AnnotationChanged, NoSuchAnnotation
from annotation.models import Annotation, Reveal, User
from annotation.services.answers import FacetAnswer
from annotation.services.corrections import store_correction
from annotation.services.queue import wait_turn
from annotation.services.record import Given, Submission, store_once
from annotation.services.retrying import tried_again
from annotation.services.revisions import store_revision


def standing_annotation(annotator: User, annotation_id: int) -> Annotation:
    """What they say today of the grant that one of their annotations, old or new, is about.

    Raises:
        NoSuchAnnotation: it is not theirs, was withdrawn, or never was: which one is not told.
    """
    theirs = Annotation.objects.filter(pk=annotation_id, annotator=annotator)
    own = Annotation.objects.as_shown().filter(annotator=annotator)
    stands = own.filter(grant__in=theirs.values("grant")).select_related("grant").first()
    if stands is None:
        raise NoSuchAnnotation(f"No annotation of yours stands at {annotation_id}.")
    return stands


@tried_again
def change_annotation(
    annotator: User,
    annotation_id: int,
    answers: Mapping[str, FacetAnswer],
    *,
    expected: Collection[int] | None,
    idempotency_key: str,
    seconds: int = 0,
    unseen: frozenset[str] = frozenset(),
) -> Submission:
    """Put another annotation in the place of the one that stands, if it is the expected one.

    One whose suggestions were revealed is followed by a revision, any other by a correction.

    Args:
        annotation_id: any link of the chain, as for ``standing_annotation``.
        expected: keys of which one must stand; None: whichever stands.

    Raises:
        InvalidAnswer, KeyReused: as for any annotation; nothing is stored.
        NoSuchAnnotation: nothing of theirs stands there; nothing is stored.
        AnnotationChanged: something else stands by now; nothing is stored.
    """
    given = Given(f"change of {annotation_id}", answers, seconds, unseen, idempotency_key)
    return store_once(annotator, given, lambda: _store(annotator, annotation_id, expected, given))


def _store(
    annotator: User, annotation_id: int, expected: Collection[int] | None, given: Given
) -> Annotation:
    # Before what stands is read: another change of theirs may be on its way.
    wait_turn(annotator)
    stands = standing_annotation(annotator, annotation_id)
    if expected is not None and stands.pk not in expected:
        raise AnnotationChanged(
            f"Annotation {stands.pk} stands there by now. Read it again, then send your change "
            f'with If-Match: "{stands.pk}".'
        )
    first = stands.revises_id or stands.pk
    if Reveal.objects.filter(annotation=first).exists():
        return store_revision(annotator, first, given)
    return store_correction(annotator, stands.pk, given)
