"""Broken rules as JSON with a status; no rule lives here."""

from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler

from annotation.errors import (
    AnnotationError,
    ClaimLost,
    KeyReused,
    NoSuchTraining,
    NotAllowed,
    SignInRefused,
    TooManyClaims,
)

STATUS: dict[type[AnnotationError], int] = {
    ClaimLost: 409,
    TooManyClaims: 409,
    NoSuchTraining: 409,
    KeyReused: 422,
    SignInRefused: 400,
    NotAllowed: 403,
}


def handle(error: Exception, context: dict) -> Response | None:
    """``{"detail": words}`` for every broken rule; 400 where no other status is named."""
    if isinstance(error, AnnotationError):
        answer = APIException(detail=str(error), code=type(error).__name__)
        answer.status_code = STATUS.get(type(error), 400)
        return exception_handler(answer, context)
    return exception_handler(error, context)
