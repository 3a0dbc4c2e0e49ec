"""A file under way as the answer to a request, for the pages and for the API."""

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from annotation.services.exports import Export


def as_attachment(export: Export) -> StreamingHttpResponse:
    """The file as a download that no browser opens as a page and nobody keeps."""
    response = StreamingHttpResponse(export.pieces, content_type=export.content_type)
    disposition = content_disposition_header(True, export.file_name)
    response["Content-Disposition"] = str(disposition)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
