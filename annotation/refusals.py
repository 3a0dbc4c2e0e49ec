"""Which HTTP status a broken rule has, for the pages and for the API."""

from annotation.errors import (
    AdjudicationRefused,
    AnnotationChanged,
    AnnotationError,
    ClaimLost,
    DemonstrationGone,
    GuidelinesRefused,
    ImportRefused,
    KeyReused,
    LinkGone,
    MergeRefused,
    NoSuchAnnotation,
    NoSuchTraining,
    NotAllowed,
    NothingToUndo,
    PersonRefused,
    RevisionRefused,
    SignInRefused,
    SprintRefused,
    TooManyClaims,
)

STATUS: dict[type[AnnotationError], int] = {
    ClaimLost: 409,
    TooManyClaims: 409,
    NothingToUndo: 409,
    NoSuchTraining: 409,
    ImportRefused: 409,
    PersonRefused: 409,
    RevisionRefused: 409,
    AdjudicationRefused: 409,
    GuidelinesRefused: 409,
    SprintRefused: 409,
    DemonstrationGone: 409,
    MergeRefused: 409,
    KeyReused: 422,
    SignInRefused: 400,
    NotAllowed: 403,
    LinkGone: 404,
    NoSuchAnnotation: 404,
    AnnotationChanged: 412,
}


def status_of(error: AnnotationError, otherwise: int) -> int:
    return STATUS.get(type(error), otherwise)
