"""Broken rules as JSON with a status; no rule lives here."""

from math import ceil

from rest_framework.exceptions import APIException, ErrorDetail, MethodNotAllowed, Throttled
from rest_framework.response import Response
from rest_framework.views import exception_handler

from annotation.errors import AnnotationError
from annotation.refusals import status_of


def handle(error: Exception, context: dict) -> Response | None:
    """``{"detail": words}`` for every broken rule; 400 where no other status is named."""
    if isinstance(error, AnnotationError):
        answer = APIException(detail=str(error), code=type(error).__name__)
        answer.status_code = status_of(error, otherwise=400)
        return exception_handler(answer, context)
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(context["view"].allowed_methods)
        method = context["request"].method
        error.detail = ErrorDetail(f"{method} does nothing here. Use one of: {allowed}.")
    if isinstance(error, Throttled):
        seconds = ceil(getattr(error, "wait", None) or 1)
        error.detail = ErrorDetail(f"Too many requests. Wait {seconds} seconds, then try again.")
    return exception_handler(error, context)
