"""Model versions: each from its request to its retirement, and what it has learned from."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.models.refreshes import IS_REFRESH, REFRESH, REFRESH_CONSTRAINTS


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def active(self) -> "ModelVersion | None":
        return self.filter(status=ModelVersion.Status.ACTIVE, taxonomy__is_current=True).first()

    def of_current_taxonomy(self) -> "ModelVersionQuerySet":
        return self.filter(taxonomy__is_current=True)

    def waiting(self) -> "ModelVersionQuerySet":
        return self.filter(status=ModelVersion.Status.REQUESTED)

    def in_training(self) -> "ModelVersionQuerySet":
        return self.gated().filter(status=ModelVersion.Status.TRAINING)

    def gated(self) -> "ModelVersionQuerySet":
        """All but refreshes: what is measured, and may become active."""
        return self.exclude(kind=ModelVersion.Kind.REFRESH)

    def refreshes_of(self, version: "ModelVersion") -> "ModelVersionQuerySet":
        return self.filter(parent=version, kind=ModelVersion.Kind.REFRESH)


class ModelVersion(models.Model):
    """One training from request to retirement; the lexical matcher is one that needs none.

    A refresh learns further answers between two nights for its parent, and is never asked for.
    """

    class Kind(models.TextChoices):
        LEXICAL = "lexical"
        TRAINED = "trained"
        FOREIGN = "foreign"  # trained elsewhere, and registered here
        REFRESH = REFRESH

    class Status(models.TextChoices):
        REQUESTED = "requested"
        TRAINING = "training"
        EVALUATED = "evaluated"
        ACTIVE = "active"
        IN_USE = "in_use"  # a refresh beside its active parent
        REJECTED = "rejected"
        FAILED = "failed"
        CANCELLED = "cancelled"
        RETIRED = "retired"

    taxonomy = models.ForeignKey("Taxonomy", on_delete=models.CASCADE, related_name="versions")
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.TRAINED)
    status = models.CharField(max_length=9, choices=Status, default=Status.REQUESTED)
    backend = models.CharField(
        max_length=40,
        default="production",
        help_text="kind of model, by name (classifier.backends.options)",
    )
    says_why = models.BooleanField(
        default=True, help_text="whether it can tell which words spoke for a category"
    )
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="refreshes",
        help_text="of a refresh: the gated version whose words and thresholds it has",
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField(auto_now_add=True)
    for_date = models.DateField(null=True, blank=True, help_text="the night it was due, local date")
    attempt = models.PositiveSmallIntegerField(
        default=0, help_text="fences a worker that was given up: it may no longer write"
    )
    started_at = models.DateTimeField(null=True, blank=True, help_text="of the first attempt")
    attempt_started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    progress = models.FloatField(default=0.0, help_text="share of the training done, 0 to 1")
    phase = models.CharField(max_length=200, blank=True, help_text="what is being done, in words")
    finished_at = models.DateTimeField(null=True, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="why it was promoted or refused, in words")
    error = models.TextField(blank=True)
    n_training_grants = models.PositiveIntegerField(default=0)
    reading_speed = models.FloatField(
        null=True, blank=True, help_text="grants a second when it last read a hundred or more"
    )
    cpu_seconds = models.FloatField(
        null=True, blank=True, help_text="of a refresh: what its learning took"
    )
    seed = models.PositiveIntegerField(default=0)
    library_versions = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    artifact_sha256 = models.CharField(max_length=64, blank=True)
    artifact_signature = models.CharField(max_length=64, blank=True, help_text="HMAC-SHA256")

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["taxonomy"], condition=Q(status="active"), name="one_active_model_version"
            ),
            models.UniqueConstraint(
                fields=["status"],
                condition=Q(status="training") & ~IS_REFRESH,
                name="one_training_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="requested"), name="one_request_waits"
            ),
            models.UniqueConstraint(
                fields=["taxonomy", "for_date"],
                condition=Q(for_date__isnull=False),
                name="one_nightly_training_a_date",
            ),
            models.UniqueConstraint(
                fields=["taxonomy"], condition=Q(kind="lexical"), name="one_lexical_matcher"
            ),
            models.CheckConstraint(
                condition=Q(kind="lexical") | ~Q(status="active") | ~Q(artifact_sha256=""),
                name="an_active_model_version_has_an_artifact",
            ),
            models.CheckConstraint(
                condition=Q(progress__gte=0) & Q(progress__lte=1), name="progress_is_a_share"
            ),
            models.CheckConstraint(condition=~Q(backend=""), name="a_model_version_has_a_backend"),
            *REFRESH_CONSTRAINTS,
        ]

    def __str__(self) -> str:
        return f"v{self.pk}"

    @property
    def is_lexical(self) -> bool:
        return self.kind == self.Kind.LEXICAL

    @property
    def is_untaught(self) -> bool:
        """Whether it has learned from no label: it knows words alone, its own and the grants'."""
        return self.n_training_grants == 0 and not self.is_foreign

    @property
    def is_foreign(self) -> bool:
        """Whether it was trained elsewhere: what it has learned from is not known here."""
        return self.kind == self.Kind.FOREIGN

    @property
    def n_calibrating(self) -> int:
        """Audit grants that its calibration rests on: 0 of all but some that were brought here."""
        return int(self.metrics.get("registered", {}).get("n_calibrating", 0))

    @property
    def calibrating_ids(self) -> list[int] | None:
        """Keys of these grants; None where nobody kept them."""
        return self.metrics.get("registered", {}).get("calibrating_ids")

    @property
    def learns_between_nights(self) -> bool:
        """Whether refreshes can be made of it."""
        return self.kind == self.Kind.TRAINED and self.backend == "production"

    @property
    def is_refresh(self) -> bool:
        return self.kind == self.Kind.REFRESH

    @property
    def can_be_compared(self) -> bool:
        """Whether it was measured once and can answer again."""
        return self.status == self.Status.ACTIVE or self.can_serve

    def readers(self) -> ModelVersionQuerySet:
        """It and its refreshes in use: what any of them has read, it need not read."""
        in_use = Q(parent=self, status=self.Status.IN_USE)
        return ModelVersion.objects.filter(Q(pk=self.pk) | in_use).order_by()

    @property
    def can_serve(self) -> bool:
        """Whether it could be made active by hand: it is measured and its artifact is here."""
        if self.is_refresh:
            return False
        measured = {self.Status.EVALUATED, self.Status.REJECTED, self.Status.RETIRED}
        return self.status in measured and (self.is_lexical or bool(self.artifact_sha256))


class Snapshot(models.Model):
    """Which labels trained a model version: enough to train it again.

    Of a refresh, only what its parent had not learned from: many are made in a week.
    """

    model_version = models.OneToOneField(
        ModelVersion, on_delete=models.CASCADE, related_name="snapshot"
    )
    taxonomy_release = models.ForeignKey(
        "TaxonomyRelease", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    grant_ids = models.JSONField(help_text="sorted list of the grants it learned from")
    annotation_ids = models.JSONField(help_text="sorted list of the annotations used")
    label_ids = models.JSONField(help_text="sorted list of the labels of files used")
    content_sha256 = models.CharField(
        max_length=64, help_text="of (grant, text hash, category, known value), sorted"
    )
