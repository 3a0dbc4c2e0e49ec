"""Exports by the API: the same files as the page's, streamed."""

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.views import APIView

from annotation.api.permissions import IsAdministrator
from annotation.downloads import as_attachment
from annotation.exporters import EXPORTERS
from annotation.forms.exporting import ExportForm
from annotation.services.exports import start_export

WHAT = list(dict.fromkeys(what for what, _ in EXPORTERS))
FORMS = list(dict.fromkeys(form for _, form in EXPORTERS))
FILTERS = {
    "q": "words in title, text, recipient, reference and places; all must occur",
    "category": "code; with everything below it",
    "outcome": "a facet's code, a colon, an outcome: subject:none_fits",
    "state": "labelled, suggested, waiting or skipped",
    "stream": "pool or audit",
    "annotator": "who answered",
    "score_from": "least score of the likeliest suggestion, 0 to 1",
    "score_to": "highest score of the likeliest suggestion, 0 to 1",
    "programme": "its name",
    "place": "words in the recipient's or the beneficiaries' place",
    "year": "of the award, four digits",
    "amount_from": "least amount, in the grant's own currency",
    "amount_to": "highest amount",
    "flag": "a quality flag",
}


class AsAsked(DefaultContentNegotiation):
    """``as`` names the format, so an Accept header cannot refuse it."""

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


class ExportFile(APIView):
    http_method_names = ["get", "options"]
    permission_classes = [IsAdministrator]
    content_negotiation_class = AsAsked

    @extend_schema(
        operation_id="export",
        parameters=[
            OpenApiParameter("what", str, OpenApiParameter.PATH, enum=WHAT),
            OpenApiParameter(
                "as", str, required=True, enum=FORMS,
                description="decisions and sprints: csv or jsonl; left-out: csv; "
                "taxonomy: csv or skos; grants: all but skos",
            ),
            OpenApiParameter("suggestions", str, enum=["0", "1"], description="with the model's"),
            OpenApiParameter("threshold", float, description="from this probability on; 0.5"),
            OpenApiParameter(
                "raw", str, enum=["0", "1"], description="no cell made safe for spreadsheets"
            ),
            *(OpenApiParameter(name, str, description=words) for name, words in FILTERS.items()),
        ],
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            400: OpenApiResponse(description="A parameter is wrong, or nothing can be exported"),
        },
    )  # fmt: skip
    def get(self, request, what: str) -> StreamingHttpResponse:
        """A file, streamed, of one state of the database. Administrators only."""
        if what not in WHAT:
            raise NotFound(f"There is no export of {what!r}. Choose one of: {', '.join(WHAT)}.")
        form = ExportForm(what, request.query_params)
        if not form.is_valid():
            raise ValidationError(
                {n: [str(word) for word in words] for n, words in form.errors.items()}
            )
        return as_attachment(start_export(form.export_order(), by=request.user))
