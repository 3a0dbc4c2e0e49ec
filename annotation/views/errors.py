"""Pages for what went wrong, and the same as JSON for programs: what happened, what to do next."""

import logging
import secrets
import sys

from django.core.exceptions import (
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import render
from django.template.loader import render_to_string

from annotation.database_faults import first_line, is_busy, is_outage
from annotation.errors import AnnotationError
from annotation.refusals import status_of
from annotation.views.error_words import BUSY, STALE, WORDS, Words, too_large_file

logger = logging.getLogger(__name__)
SECONDS_TO_TRY_AGAIN = 30
# When not even a template can be read. No stylesheet: its address comes from a file as well.
BARE = (
    '<!doctype html><html lang="en-AU"><meta charset="utf-8"><title>{0}</title>'
    '<h1>{0}</h1><p>{1}</p><p><a href="/">Try again</a></p></html>'
)


class RefusalMiddleware:
    """A broken rule that no view has put into words of its own becomes a page, never a fault.

    Nor is it a fault of ours that somebody hung up before all of their request was here.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, error):
        if isinstance(error, UnreadablePostError):
            return _answer(request, 400, WORDS[400])
        if not isinstance(error, AnnotationError):
            return None
        status = status_of(error, otherwise=422)
        general = WORDS[status]
        return _answer(request, status, Words(general.title, str(error), str(error)))


def is_api(request) -> bool:
    return request.path.startswith("/api/")


def bad_request(request, exception):
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return _answer(request, 413, WORDS[413])
    return _answer(request, 400, WORDS[400])


def forbidden(request, exception):
    return _answer(request, 403, WORDS[403])


def not_found(request, exception):
    return _answer(request, 404, WORDS[404])


def csrf_failure(request, reason=""):
    return _answer(request, 403, STALE)


def method_not_allowed(request, response):
    """A page in place of Django's empty one, whose headers name the methods that would do."""
    page = _answer(request, 405, WORDS[405])
    response.content = page.content  # the same answer, or it would be logged a second time
    response["Content-Type"] = page["Content-Type"]
    return response


def too_large(request, megabytes: int):
    """413, with what to do about it."""
    return _answer(request, 413, too_large_file(megabytes))


def of_unknown_length(request):
    """411: the length is what everything else about a body is settled by."""
    return _answer(request, 411, WORDS[411])


def server_error(request):
    """500, or 503 when it is the database that is away or busy.

    Without the context of other pages, which ask the database: that may be what broke. Django
    calls this while the exception is handled, but does not hand it over.
    """
    error = sys.exception() if sys.version_info >= (3, 12) else sys.exc_info()[1]
    if is_outage(error):
        assert error is not None
        request.is_outage = True  # the log needs no traceback of it
        logger.warning("The database did not serve: %s", first_line(error))
        response = _without_database(request, 503, BUSY if is_busy(error) else WORDS[503])
        response["Retry-After"] = str(SECONDS_TO_TRY_AGAIN)
        return response
    request.fault_reference = secrets.token_hex(4)
    return _without_database(request, 500, WORDS[500], request.fault_reference)


def _answer(request, status: int, words: Words):
    if is_api(request):
        return JsonResponse({"detail": words.detail}, status=status)
    template = "errors/_notice.html" if request.headers.get("HX-Request") else "errors/page.html"
    context = {"title": words.title, "text": words.text, "status": status}
    return render(request, template, context, status=status)


def _without_database(request, status: int, words: Words, reference: str = ""):
    if is_api(request):
        answer = {"detail": words.detail} | ({"reference": reference} if reference else {})
        return JsonResponse(answer, status=status)
    is_part = request.headers.get("HX-Request")
    template = "errors/_notice.html" if is_part else "errors/server_error.html"
    context = {"title": words.title, "text": words.text, "reference": reference}
    try:
        page: str = render_to_string(template, context)
    except Exception:
        logger.exception("The error page cannot be made")
        page = BARE.format(words.title, words.text)
    return HttpResponse(page, status=status)
