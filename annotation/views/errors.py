"""Pages for what went wrong: what happened, and what to do next."""

from http import HTTPStatus

from django.http import HttpResponseServerError, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

WORDS = {
    400: (
        "The request could not be read",
        "Something in the address or the form does not make sense to the site. Go back, reload "
        "the page and try again.",
    ),
    403: (
        "This page is not for you",
        "It belongs to administrators. Ask one of them if you need what is on it.",
    ),
    404: (
        "There is no such page",
        "The address is wrong, or what it named has been removed.",
    ),
    405: (
        "This address only takes what a button sends",
        "It cannot be opened by itself. Nothing was changed.",
    ),
    500: (
        "Something went wrong on our side",
        "It has been logged. Try again in a minute; what you had ticked on the annotating page "
        "is kept in this browser.",
    ),
}
STALE = (
    "This page is out of date",
    "You signed in or out since it was opened, or the browser refused its cookie, so nothing "
    "was changed. Reload the page and try again; what you had ticked is kept in this browser.",
)


def is_api(request) -> bool:
    return request.path.startswith("/api/")


def bad_request(request, exception):
    return _answer(request, 400, *WORDS[400])


def forbidden(request, exception):
    return _answer(request, 403, *WORDS[403])


def not_found(request, exception):
    return _answer(request, 404, *WORDS[404])


def csrf_failure(request, reason=""):
    return _answer(request, 403, *STALE)


def method_not_allowed(request, response):
    """A page in place of Django's empty one, which names the methods that would do."""
    page = _answer(request, 405, *WORDS[405])
    page["Allow"] = response["Allow"]
    return page


def too_large(request, megabytes: int):
    """413, with what to do about it."""
    return _answer(
        request,
        413,
        "The file is too large",
        f"At most {megabytes} MB can be sent from the browser, and nothing was kept. Pack a CSV "
        "file with gzip, part it, or import it on the machine that runs the site: "
        "python manage.py import_grants FILE",
    )


def server_error(request):
    """Without context processors: they ask the database, which may be what broke."""
    title, text = WORDS[500]
    if is_api(request):
        return JsonResponse({"detail": title}, status=500)
    return HttpResponseServerError(
        render_to_string("errors/server_error.html", {"title": title, "text": text})
    )


def _answer(request, status: int, title: str, text: str):
    if is_api(request):
        return JsonResponse({"detail": HTTPStatus(status).phrase}, status=status)
    template = "errors/_notice.html" if request.headers.get("HX-Request") else "errors/page.html"
    return render(request, template, {"title": title, "text": text}, status=status)
