"""Exports by the API: the same files as the page's, streamed."""

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.views import APIView

from annotation.api.parsing import BoundedJSONParser
from annotation.api.permissions import IsAdministrator
from annotation.api.serializers import StrictSerializer
from annotation.downloads import as_attachment
from annotation.exporters import EXPORTERS
from annotation.forms.exporting import ExportForm
from annotation.services.exports import start_export

WHAT = list(dict.fromkeys(what for what, _ in EXPORTERS))
FORMS = list(dict.fromkeys(form for _, form in EXPORTERS))
FILTERS = {
    "q": "words in title, text, recipient, reference and places; all must occur",
    "category": "code; with everything below it",
    "itself": "code; of grants with this very category",
    "given_from": "first day, as 2026-03-31, on which somebody or a file gave the category, or any",
    "given_to": "last day on which it was given",
    "suggested": "code; of waiting grants that the model ticks this category for",
    "outcome": "a facet's code, a colon, an outcome: subject:none_fits",
    "state": "labelled, suggested, waiting or skipped",
    "stream": "pool or audit",
    "annotator": "who annotated it",
    "score_from": "least score of the likeliest suggestion, 0 to 1",
    "score_to": "highest score of the likeliest suggestion, 0 to 1",
    "programme": "its name",
    "place": "words in the recipient's or the beneficiaries' place",
    "year": "of the award, four digits",
    "amount_from": "least amount, in the grant's own currency",
    "amount_to": "highest amount",
    "flag": "a quality flag",
    "order": "lowest or highest: only grants with a score that may be told",
}


class Filter(serializers.CharField):
    """As it is typed into the list of grants; a number may stand as a number."""

    def __init__(self, words: str):
        super().__init__(required=False, allow_blank=True, help_text=words)


class OrderSerializer(StrictSerializer):
    """What to export. The form that checks it is the page's, so both refuse the same."""

    suggestions = serializers.BooleanField(required=False, help_text="with the model's")
    threshold = serializers.FloatField(required=False, help_text="from this probability on; 0.5")
    raw = serializers.BooleanField(required=False, help_text="no cell made safe for spreadsheets")

    def get_fields(self) -> dict[str, Any]:
        # ``as`` is a word of Python, so it cannot be named above.
        form = serializers.ChoiceField(
            choices=FORMS,
            help_text="decisions and sprints: csv or jsonl; left-out: csv; "
            "taxonomy: csv or skos; grants: all but skos",
        )
        filters = {name: Filter(words) for name, words in FILTERS.items()}
        return {"as": form, **super().get_fields(), **filters}

    def as_typed(self) -> dict[str, str]:
        """As the page's form sends it."""
        given = self.validated_data
        return {k: str(int(v)) if isinstance(v, bool) else str(v) for k, v in given.items()}


class AsAsked(DefaultContentNegotiation):
    """``as`` names the format, so an Accept header cannot refuse it."""

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


class ExportFile(APIView):
    http_method_names = ["post", "options"]
    parser_classes = [BoundedJSONParser]
    permission_classes = [IsAdministrator]
    content_negotiation_class = AsAsked

    @extend_schema(
        operation_id="export",
        request=OrderSerializer,
        parameters=[OpenApiParameter("what", str, OpenApiParameter.PATH, enum=WHAT)],
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            400: OpenApiResponse(description="The order is wrong, or nothing can be exported"),
        },
    )
    def post(self, request, what: str) -> StreamingHttpResponse:
        """A file, streamed, of one state of the database. Administrators only.

        A deed and no question, though nothing changes: who exported what is noted.
        """
        if what not in WHAT:
            raise NotFound(f"There is no export of {what!r}. Choose one of: {', '.join(WHAT)}.")
        order = OrderSerializer(data=request.data)
        order.is_valid(raise_exception=True)
        form = ExportForm(what, order.as_typed())
        if not form.is_valid():
            raise ValidationError(
                {n: [str(word) for word in words] for n, words in form.errors.items()}
            )
        return as_attachment(start_export(form.export_order(), by=request.user))
