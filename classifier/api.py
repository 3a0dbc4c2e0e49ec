"""Classifying free text: the one door of the web half that works with a live model.

scikit-learn is imported by the first call in a process and not before, so processes that are never
asked never pay for it. A child for every call would pay seconds each time, and a resident one
would need a protocol for what a function call does here. Texts are neither stored nor logged.
"""

from django.conf import settings
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from annotation.api.parsing import BoundedJSONParser
from annotation.api.serializers import ShownSerializer, StrictSerializer

MOST_TEXTS = 100


class TextSerializer(StrictSerializer):
    title = serializers.CharField(required=False, allow_blank=True, default="")
    description = serializers.CharField(required=False, allow_blank=True, default="")


class TextsSerializer(StrictSerializer):
    texts = serializers.ListField(
        child=TextSerializer(), allow_empty=False, help_text=f"at most {MOST_TEXTS}"
    )
    top = serializers.IntegerField(
        min_value=1, max_value=50, default=10, help_text="suggestions a text, of all facets"
    )


class SuggestionsSerializer(serializers.Serializer):
    suggestions = ShownSerializer(source="*", many=True, help_text="the likeliest first")


class ClassifiedSerializer(serializers.Serializer):
    model_version = serializers.CharField()
    results = SuggestionsSerializer(many=True, help_text="in the order of the texts")


class TooManyTexts(APIException):
    status_code = 413


class NothingToRead(APIException):
    status_code = 422


class ClassifyThrottle(UserRateThrottle):
    """Calls of one person a minute, counted by each process for itself."""

    scope = "classify"

    def get_rate(self) -> str:
        return f"{settings.CLASSIE_CLASSIFY_PER_MINUTE}/min"


class Classify(APIView):
    http_method_names = ["post", "options"]
    parser_classes = [BoundedJSONParser]
    throttle_classes = [ClassifyThrottle]

    @extend_schema(
        operation_id="classify",
        request=TextsSerializer,
        responses={
            200: ClassifiedSerializer,
            409: OpenApiResponse(description="There is no model yet"),
            413: OpenApiResponse(description="Over 100 texts, or a body over 262,144 bytes"),
            422: OpenApiResponse(description="A text without a word to read"),
            429: OpenApiResponse(description="Too many calls; Retry-After says when to go on"),
        },
    )
    def post(self, request) -> Response:
        """Suggestions of the active model version for texts that are no grants.

        Nothing is stored. The first call after a start or a promotion waits while the version is
        loaded.
        """
        given = TextsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        texts, top = given.validated_data["texts"], given.validated_data["top"]
        if len(texts) > MOST_TEXTS:
            raise TooManyTexts(
                f"{len(texts):,} texts are too many. Send at most {MOST_TEXTS} in a call."
            )
        name, found = _classified(texts, top)
        return Response(
            ClassifiedSerializer({"model_version": name, "results": found}).data,
        )


def _classified(texts, top):
    from classifier.serving import active_version, text_of

    read = [text_of(text["title"], text["description"]) for text in texts]
    for number, text in enumerate(read, start=1):
        if not text:
            raise NothingToRead(
                f"Text {number} of {len(read)} is empty. Give it a title or a description."
            )
    version = active_version()
    return version.name, version.classify(read, top)
