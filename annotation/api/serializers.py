"""JSON shapes of the API; no rules live here."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from annotation.models import Annotation, Category, Grant, ModelVersion
from annotation.services.decisions import FacetAnswer


class StrictSerializer(serializers.Serializer):
    """Refuses keys it does not know, so that a typo is not silently dropped."""

    def to_internal_value(self, data):
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            known = ", ".join(self.fields)
            raise ValidationError({str(unknown[0]): [f"Unknown key. Known keys: {known}."]})
        return super().to_internal_value(data)


class CredentialsSerializer(StrictSerializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)


class TokenSerializer(serializers.Serializer):
    token = serializers.CharField(read_only=True)


class BesidesSerializer(StrictSerializer):
    besides = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=20)


class ClaimTokenSerializer(StrictSerializer):
    claim = serializers.UUIDField()


class FacetAnswerSerializer(StrictSerializer):
    outcome = serializers.CharField(max_length=20, required=False, allow_null=True)
    accepted = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=100
    )
    rejected = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=100
    )
    added = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=100
    )


class AnswerSerializer(StrictSerializer):
    facets = serializers.DictField(child=FacetAnswerSerializer())
    seconds = serializers.IntegerField(min_value=0, max_value=86_400, required=False)
    unseen = serializers.ListField(
        child=serializers.CharField(max_length=40),
        required=False,
        max_length=2_000,
        help_text="suggestions that you did not show: without a verdict they are no decision",
    )

    def answers(self) -> dict[str, FacetAnswer]:
        return {
            facet: FacetAnswer(
                outcome=answer.get("outcome"),
                accepted=tuple(answer.get("accepted", ())),
                rejected=tuple(answer.get("rejected", ())),
                added=tuple(answer.get("added", ())),
            )
            for facet, answer in self.validated_data["facets"].items()
        }


class SubmissionSerializer(AnswerSerializer):
    claim = serializers.UUIDField()


class GrantSerializer(serializers.ModelSerializer):
    class Meta:
        model = Grant
        fields = [
            "reference", "title", "description", "amount_awarded", "currency", "award_date",
            "recipient_name", "recipient_identifier", "funder_name", "programme",
            "recipient_place", "beneficiary_place",
        ]  # fmt: skip


class FacetSerializer(serializers.Serializer):
    facet = serializers.CharField(source="code")
    label = serializers.CharField()
    required = serializers.BooleanField(source="is_required")


class ShownSerializer(serializers.Serializer):
    """A suggestion as the annotator sees it."""

    facet = serializers.CharField()
    category = serializers.CharField()
    label = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField())
    score = serializers.FloatField(help_text="calibrated probability, 0 to 1")
    evidence = serializers.ListField(child=serializers.CharField())
    ticked = serializers.BooleanField(help_text="never for a category marked as sensitive")
    needs_person = serializers.BooleanField(
        default=False, help_text="sensitive: as sure as a ticked one, and left for a person to tick"
    )
    lexical = serializers.BooleanField(help_text="from words alone, not learned")


class ClaimSerializer(serializers.Serializer):
    claim = serializers.UUIDField(source="token")
    grant = GrantSerializer()
    facets = FacetSerializer(many=True)
    suggestions = ShownSerializer(source="shown", many=True)
    blind = serializers.BooleanField(source="is_blind")
    reason = serializers.CharField()
    until = serializers.DateTimeField()


class DecisionSerializer(serializers.Serializer):
    facet = serializers.CharField(source="category.facet.code")
    category = serializers.CharField(source="category.code")
    verdict = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    rank = serializers.IntegerField(allow_null=True)
    ticked = serializers.BooleanField(source="was_ticked", allow_null=True)


class OutcomeSerializer(serializers.Serializer):
    facet = serializers.CharField(source="facet.code")
    outcome = serializers.CharField(source="value")


class AnnotationSerializer(serializers.ModelSerializer):
    grant = serializers.CharField(source="grant.reference")
    annotator = serializers.CharField(source="annotator.username")
    model_version = serializers.StringRelatedField()
    outcomes = OutcomeSerializer(many=True)
    decisions = DecisionSerializer(many=True)

    class Meta:
        model = Annotation
        fields = [
            "id", "grant", "annotator", "submitted_at", "model_version", "is_blind", "stream",
            "seconds", "supersedes", "revises", "outcomes", "decisions",
        ]  # fmt: skip


class StoredSerializer(serializers.ModelSerializer):
    """What a submit answers: enough to know that it is kept."""

    suggestions = serializers.SerializerMethodField(
        help_text="shown now that it is stored, if it was made without them; it may be revised"
    )

    class Meta:
        model = Annotation
        fields = ["id", "submitted_at", "suggestions"]

    @extend_schema_field(ShownSerializer(many=True))
    def get_suggestions(self, _annotation) -> list[dict]:
        return list(ShownSerializer(self.context["revealed"], many=True).data)


class CategorySerializer(serializers.ModelSerializer):
    facet = serializers.CharField(source="facet.code")
    broader = serializers.CharField(source="broader.code", allow_null=True, default=None)
    path = serializers.ListField(source="ancestor_labels", child=serializers.CharField())

    class Meta:
        model = Category
        fields = [
            "facet", "code", "label", "alt_labels", "definition", "scope_note", "broader", "path",
            "level",
        ]  # fmt: skip


class TrainingSerializer(StrictSerializer):
    backend = serializers.CharField(
        required=False, max_length=40, help_text="kind of model; without it that of the settings"
    )


class ModelVersionSerializer(serializers.ModelSerializer):
    version = serializers.CharField(source="__str__")
    requested_by = serializers.CharField(
        source="requested_by.username", allow_null=True, default=None
    )

    class Meta:
        model = ModelVersion
        fields = [
            "id", "version", "kind", "backend", "parent", "status", "requested_by",
            "requested_at", "for_date", "started_at", "finished_at", "activated_at",
            "progress", "phase", "reason", "error", "n_training_grants", "metrics",
            "artifact_sha256",
        ]  # fmt: skip


class CategoryCoverageSerializer(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField())
    level = serializers.IntegerField()
    examples = serializers.IntegerField(help_text="grants labelled with it directly")
    with_below = serializers.IntegerField(help_text="grants labelled with it or anything below")
    pending = serializers.IntegerField(help_text="waiting grants it is ticked for")
    band = serializers.IntegerField(help_text="0: none, 1: 1-4, 2: 5-9, 3: 10-49, 4: 50+")


class FacetCoverageSerializer(serializers.Serializer):
    facet = serializers.CharField(source="code")
    label = serializers.CharField()
    categories = CategoryCoverageSerializer(source="rows", many=True)


class CoverageSerializer(serializers.Serializer):
    n_grants = serializers.IntegerField()
    n_labelled = serializers.IntegerField()
    facets = FacetCoverageSerializer(many=True)
