"""How large a request's body may be, settled before anything reads it."""

from django.urls import reverse

from annotation.views.errors import of_unknown_length, too_large

MEGABYTE = 1_000_000
UPLOAD_LIMIT = 25 * MEGABYTE
FORM_LIMIT = MEGABYTE
READ_AWAY = 2 * UPLOAD_LIMIT
CHUNK = 65_536


class BodyLimitMiddleware:
    """Refuse a body that does not say how long it is, and a form with files that is too large.

    Only the import page takes large files. A body that comes in chunks would be read as empty:
    whoever sent it must not be told of fields that are missing.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.headers.get("Transfer-Encoding"):
            return of_unknown_length(request)
        if not request.META.get("CONTENT_TYPE", "").lower().startswith("multipart/"):
            return self.get_response(request)
        limit = UPLOAD_LIMIT if request.path == reverse("imports") else FORM_LIMIT
        # A little more than the file: the form around it.
        if _length(request) <= limit + CHUNK:
            return self.get_response(request)
        self._read_away(request)
        return too_large(request, limit // MEGABYTE)

    def _read_away(self, request) -> None:
        """A browser reads the answer only when its file has been taken from it."""
        left = min(_length(request), READ_AWAY)
        while left > 0 and (chunk := request.read(min(CHUNK, left))):
            left -= len(chunk)


def _length(request) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
