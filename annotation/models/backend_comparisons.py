"""Comparisons of the kinds of model, on the site's own labels: a request, and a row for each."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When

HEARTBEAT_LIMIT = timedelta(seconds=120)
# Of more labelled grants so many are drawn by lot: a fit would take hours, and say the same.
MOST_GRANTS = 10_000
# How kinds of model are fitted, calibrated and ticked: raise it whenever that changes for any of
# them, so that figures of before and after never stand in one table. 2: a softmax, category by
# category.
RECIPE = 2
OPEN = ("requested", "running")


class BackendComparisonQuerySet(models.QuerySet["BackendComparison"]):
    def open(self) -> "BackendComparisonQuerySet":
        """Neither done nor failed nor stopped."""
        return self.filter(status__in=OPEN)


class BackendComparison(models.Model):
    """A request to measure several kinds of model on the same grants, and what came of it.

    Its rows say how far it is: no message and no process holds anything that they do not.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", "waiting for a worker"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        STOPPED = "stopped", "stopped"

    class HeldOut(models.TextChoices):
        AUDIT = "audit", "the audit stream"
        FOLDS = "folds", "the labelled grants, fold after fold"

    taxonomy = models.ForeignKey(
        "Taxonomy", on_delete=models.CASCADE, related_name="backend_comparisons"
    )
    status = models.CharField(max_length=9, choices=Status, default=Status.REQUESTED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True, help_text="by the first worker")
    ended_at = models.DateTimeField(null=True, blank=True)
    texts_a_month = models.PositiveIntegerField(help_text="that the costs are reckoned for")
    trainings_a_month = models.PositiveIntegerField()
    price_an_hour = models.FloatField(
        null=True, blank=True, help_text="of one processor, in any currency; none: hours alone"
    )
    held_out = models.CharField(
        max_length=5,
        choices=HeldOut,
        blank=True,
        help_text="what is measured on; empty until the first worker has looked",
    )
    n_train = models.PositiveIntegerField(default=0, help_text="labelled grants it learns from")
    n_measured = models.PositiveIntegerField(default=0, help_text="grants it is measured on")
    n_categories = models.PositiveIntegerField(default=0)
    n_labelled = models.PositiveIntegerField(
        default=0, help_text="labelled grants there were, of pool and audit stream"
    )
    snapshot_sha256 = models.CharField(
        max_length=64, blank=True, help_text="of texts, answers and categories it runs on"
    )
    material = models.BinaryField(
        null=True,
        help_text="keys and answers of those grants, as the first worker found them, until it ends",
    )
    basis = models.JSONField(default=dict, help_text="what decides the figures, but the grants")
    results = models.JSONField(
        default=dict, help_text="recommendation and costs a month, of what is measured so far"
    )
    error = models.TextField(blank=True, help_text="why it ended early, in words")

    objects = BackendComparisonQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            # A plain condition would let one wait beside one that runs.
            models.UniqueConstraint(
                Case(When(status__in=OPEN, then=Value(1))), name="one_backend_comparison_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(price_an_hour=None) | Q(price_an_hour__gte=0),
                name="a_processor_costs_nothing_or_more",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, ended_at=None)
                | (~Q(status__in=OPEN) & Q(ended_at__isnull=False)),
                name="a_backend_comparison_that_is_over_has_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"comparison of backends {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_of_another_recipe(self) -> bool:
        """Not fitted and calibrated as today, or begun before it was noted how."""
        return bool(self.basis) and self.basis.get("recipe") != RECIPE


class MeasuredBackendQuerySet(models.QuerySet["MeasuredBackend"]):
    def to_measure(self, now: datetime) -> "MeasuredBackendQuerySet":
        """Of the open comparison: those that wait, or whose worker fell silent."""
        stale = Q(status=MeasuredBackend.Status.MEASURING, heartbeat_at__lt=now - HEARTBEAT_LIMIT)
        waits = Q(status=MeasuredBackend.Status.WAITING)
        return self.filter(waits | stale, comparison__status__in=OPEN).order_by("position")

    def being_measured(self, now: datetime) -> "MeasuredBackendQuerySet":
        """Those a worker is at."""
        return self.filter(
            status=MeasuredBackend.Status.MEASURING,
            heartbeat_at__gte=now - HEARTBEAT_LIMIT,
            comparison__status__in=OPEN,
        )


class MeasuredBackend(models.Model):
    """One kind of model, measured once. It begins anew where its worker was killed."""

    class Status(models.TextChoices):
        WAITING = "waiting", "waiting"
        MEASURING = "measuring", "being measured"
        DONE = "done", "measured"
        FAILED = "failed", "failed"

    comparison = models.ForeignKey(
        BackendComparison, on_delete=models.CASCADE, related_name="backends"
    )
    name = models.CharField(max_length=60, help_text="of the backend")
    position = models.PositiveSmallIntegerField(help_text="the first is measured first")
    effort = models.PositiveSmallIntegerField(
        default=1, help_text="how long it takes beside the others, about"
    )
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    attempt = models.PositiveIntegerField(
        default=0, help_text="fences a worker that was given up: it may no longer write"
    )
    taken_at = models.DateTimeField(null=True, blank=True, help_text="by the last worker")
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(default=0.0, help_text="of its whole measuring, on the clock")
    row = models.JSONField(
        default=dict, help_text="figures with intervals, costs, near misses, what it is"
    )
    categories = models.JSONField(default=list, help_text="figures of each category")
    replicates = models.JSONField(default=dict, help_text="deciding figures on resampled grants")
    error = models.TextField(blank=True, help_text="why it could not be measured, in words")

    objects = MeasuredBackendQuerySet.as_manager()

    class Meta:
        ordering = ["comparison", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["comparison", "name"], name="a_comparison_measures_a_backend_once"
            ),
            models.CheckConstraint(
                condition=~Q(status="measuring")
                | Q(heartbeat_at__isnull=False, taken_at__isnull=False),
                name="a_backend_that_is_measured_has_a_heartbeat",
            ),
        ]

    def __str__(self) -> str:
        return self.name
