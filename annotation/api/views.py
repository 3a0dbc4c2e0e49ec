"""The JSON API: the same services and reports as the pages."""

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation.api import serializers as shapes
from annotation.api.conditions import IF_MATCH, etag, expected
from annotation.api.paging import OldestFirst
from annotation.api.parsing import BoundedJSONParser
from annotation.api.permissions import IsAdministrator
from annotation.models import Annotation, Grant, ModelVersion
from annotation.reports.categories import search_categories
from annotation.reports.coverage import coverage
from annotation.services import changes, decisions, model_versions, people, queue, revisions
from annotation.services.record import Submission
from annotation.visits import client_address

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, required=True,
    description="A key of your own, at most 100 characters: send the same again with it.",
)  # fmt: skip


CONDITIONAL = {
    201: shapes.StoredSerializer,
    200: shapes.StoredSerializer,
    412: OpenApiResponse(description="Something else stands by now; nothing is stored"),
    428: OpenApiResponse(description="If-Match is missing; nothing is stored"),
}


class Token(APIView):
    parser_classes = [BoundedJSONParser]
    authentication_classes: list = []
    permission_classes = [AllowAny]

    @extend_schema(request=shapes.CredentialsSerializer, responses=shapes.TokenSerializer)
    def post(self, request) -> Response:
        """A key for ``Authorization: Token ...``; it expires, and falls with the password."""
        given = _valid(shapes.CredentialsSerializer(data=request.data))
        token = people.give_token(given["username"], given["password"], client_address(request))
        return Response({"token": token})


class QueueNext(APIView):
    parser_classes = [BoundedJSONParser]

    @extend_schema(
        request=shapes.BesidesSerializer,
        responses={200: shapes.ClaimSerializer, 204: OpenApiResponse(description="Queue empty")},
    )
    def post(self, request) -> Response:
        """The next grant, claimed for you. An open claim comes again unless named in besides."""
        given = _valid(shapes.BesidesSerializer(data=request.data))
        claim = queue.claim_next_grant(request.user, frozenset(given.get("besides", ())))
        if claim is None:
            return Response(status=204)
        return Response(shapes.ClaimSerializer(claim).data)


class QueueRelease(APIView):
    parser_classes = [BoundedJSONParser]

    @extend_schema(request=shapes.ClaimTokenSerializer, responses={204: None})
    def post(self, request) -> Response:
        """Give a claimed grant back to the queue."""
        given = _valid(shapes.ClaimTokenSerializer(data=request.data))
        queue.release_claim(request.user, given["claim"])
        return Response(status=204)


class Annotations(generics.ListAPIView):
    parser_classes = [BoundedJSONParser]
    pagination_class = OldestFirst
    serializer_class = shapes.AnnotationSerializer
    queryset = (
        Annotation.objects.as_shown()
        .select_related("grant", "annotator", "model_version")
        .prefetch_related("outcomes__facet", "decisions__category__facet")
        .order_by("pk")
    )

    def get_permissions(self):
        return super().get_permissions() if self.request.method == "POST" else [IsAdministrator()]

    @extend_schema(
        request=shapes.SubmissionSerializer,
        parameters=[IDEMPOTENCY_KEY],
        responses={201: shapes.StoredSerializer, 200: shapes.StoredSerializer},
    )
    def post(self, request) -> Response:
        """Submit your annotation of a claimed grant. The same key and annotation again: 200.

        An annotation made without suggestions stands as it is; the suggestions come back with the
        reply, and a revision may follow at ``annotations/{id}/revision/``.
        """
        submission = shapes.SubmissionSerializer(data=request.data)
        given = _valid(submission)
        stored = decisions.submit_annotation(
            request.user,
            given["claim"],
            submission.answers(),
            **_facts(request, given),
        )
        return _stored(stored)


class Revision(APIView):
    parser_classes = [BoundedJSONParser]

    @extend_schema(
        request=shapes.AnswerSerializer,
        parameters=[IDEMPOTENCY_KEY, IF_MATCH],
        responses=CONDITIONAL,
    )
    def post(self, request, pk: int) -> Response:
        """What your annotation without suggestions becomes now that you have seen them.

        The first one stays what is measured; the revision is what the grant is labelled with.
        If-Match names what you have seen: the first one, or the revision that followed it.
        """
        submission = shapes.AnswerSerializer(data=request.data)
        given = _valid(submission)
        stored = revisions.revise(
            request.user,
            pk,
            submission.answers(),
            expected=expected(request),
            **_facts(request, given),
        )
        return _stored(stored)


class OneAnnotation(APIView):
    parser_classes = [BoundedJSONParser]

    @extend_schema(responses=shapes.AnnotationSerializer)
    def get(self, request, pk: int) -> Response:
        """Your annotation of that grant as it stands, whichever of its versions ``id`` names.

        The header ETag names what stands: send it back in If-Match to change it.
        """
        stands = changes.standing_annotation(request.user, pk)
        return Response(shapes.AnnotationSerializer(stands).data, headers=etag(stands))

    @extend_schema(
        request=shapes.AnswerSerializer,
        parameters=[IDEMPOTENCY_KEY, IF_MATCH],
        responses=CONDITIONAL,
    )
    def put(self, request, pk: int) -> Response:
        """What takes the place of your annotation, if it stands as you have read it."""
        submission = shapes.AnswerSerializer(data=request.data)
        given = _valid(submission)
        stored = changes.change_annotation(
            request.user,
            pk,
            submission.answers(),
            expected=expected(request),
            **_facts(request, given),
        )
        return _stored(stored)


class Grants(generics.ListAPIView):
    """All grants, oldest first."""

    pagination_class = OldestFirst
    serializer_class = shapes.GrantSerializer
    queryset = Grant.objects.order_by("pk")


class Categories(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("q", str, description="label, other name, code or path")],
        responses=shapes.CategorySerializer(many=True),
    )
    def get(self, request) -> Response:
        """Categories in use, the best matches of ``q`` first, or all in the taxonomy's order."""
        rows = search_categories(request.query_params.get("q", ""))
        return Response(shapes.CategorySerializer(rows, many=True).data)


class CoverageView(APIView):
    permission_classes = [IsAdministrator]

    @extend_schema(responses=shapes.CoverageSerializer)
    def get(self, request) -> Response:
        """Examples a category, thinnest first."""
        return Response(shapes.CoverageSerializer(coverage()).data)


class ModelVersions(generics.ListAPIView):
    parser_classes = [BoundedJSONParser]
    permission_classes = [IsAdministrator]
    pagination_class = OldestFirst
    serializer_class = shapes.ModelVersionSerializer
    queryset = ModelVersion.objects.of_current_taxonomy().select_related("requested_by")

    @extend_schema(
        request=shapes.TrainingSerializer, responses={201: shapes.ModelVersionSerializer}
    )
    def post(self, request) -> Response:
        """Ask for a training. While one waits, the same one is returned."""
        given = _valid(shapes.TrainingSerializer(data=request.data))
        version = model_versions.request_training(request.user, backend=given.get("backend"))
        return Response(shapes.ModelVersionSerializer(version).data, status=201)


def _valid(serializer) -> dict:
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def _facts(request, given: dict) -> dict:
    return {
        "idempotency_key": _idempotency_key(request),
        "seconds": given.get("seconds", 0),
        "unseen": frozenset(given.get("unseen", ())),
    }


def _stored(submission: Submission) -> Response:
    revealed = revisions.reveal(submission.annotation)
    context = {"revealed": revealed.shown if revealed else []}
    body = shapes.StoredSerializer(submission.annotation, context=context).data
    status = 200 if submission.is_replay else 201
    return Response(body, status=status, headers=etag(submission.annotation))


def _idempotency_key(request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not key or len(key) > 100 or not key.isascii() or not key.isprintable():
        raise ValidationError(
            {"Idempotency-Key": ["Send this header: 1 to 100 printable ASCII characters."]}
        )
    return key
