"""One line for a request that was refused or failed: status, page and ids, never an address.

Addresses carry what must not be kept: the key of a one-time link, or what somebody searched for.
"""

import logging

from django.http import HttpRequest

IDS = ("pk", "what")


class RequestLines(logging.Filter):
    """Rewrites Django's records of requests; every other record passes as it is."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        status = getattr(record, "status_code", None)
        if isinstance(request, HttpRequest) and isinstance(status, int):
            record.msg, record.args = line_of(request, status), ()
            if status < 500 or getattr(request, "is_outage", False):
                # A refusal is no fault of the code, and an outage has its own line.
                record.exc_info = record.exc_text = None
        return True


def line_of(request: HttpRequest, status: int) -> str:
    words = [str(status), request.method or "?", _page(request)]
    # The person as far as known: asking now might ask a database that is away.
    user = getattr(request, "_cached_user", None)
    words.append(f"by user {user.pk}" if user is not None and user.pk else "by nobody known")
    if reference := getattr(request, "fault_reference", ""):
        words.append(f"reference {reference}")
    return " ".join(words)


def _page(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        return "no such page"
    return " ".join([match.view_name, *(str(match.kwargs[i]) for i in IDS if i in match.kwargs)])
