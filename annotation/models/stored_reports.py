"""Stored reports: what a worker works out at night or on request, and pages read."""

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When

OPEN = ("requested", "running")


class StoredReportQuerySet(models.QuerySet["StoredReport"]):
    def open(self) -> "StoredReportQuerySet":
        """Neither done nor failed."""
        return self.filter(status__in=OPEN)

    def newest(self, question: str) -> "StoredReport | None":
        """The newest that is done; what a page shows."""
        return self.filter(question=question, status="done").order_by("-pk").first()


class StoredReport(models.Model):
    """One question, asked and answered once: a row from the request to the figures.

    Older ones stay for a while, so that a page can say what has changed.
    """

    class Question(models.TextChoices):
        AGREEMENT = "agreement", "how well people agree"
        QUALITY = "quality", "how far the suggestions can be trusted"
        LABEL_ERRORS = "label-errors", "which labels to check again"
        SLICES = "slices", "coverage and quality by slice"
        DRIFT = "drift", "what has drifted"

    class Status(models.TextChoices):
        REQUESTED = "requested", "waiting for a worker"
        RUNNING = "running", "being worked out"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    question = models.CharField(max_length=12, choices=Question)
    status = models.CharField(max_length=9, choices=Status, default=Status.REQUESTED)
    for_date = models.DateField(
        null=True, blank=True, help_text="the local date of the night that asked"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="none: the night, or a command",
    )
    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True, help_text="by the worker that has it")
    ended_at = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(
        default=0, help_text="fences a worker that was given up: it may no longer write"
    )
    progress = models.FloatField(default=0.0, help_text="share that is done, 0-1")
    phase = models.CharField(max_length=200, blank=True)
    version = models.ForeignKey(
        "ModelVersion",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="the one that was active when it was worked out",
    )
    body = models.JSONField(default=dict, help_text="the figures, as the question's page has them")
    error = models.TextField(blank=True, help_text="why it failed, in words")

    objects = StoredReportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            # A plain condition would let one wait beside one that runs.
            models.UniqueConstraint(
                "question",
                Case(When(status__in=OPEN, then=Value(1))),
                name="one_open_report_a_question",
            ),
            models.UniqueConstraint(
                fields=["question", "for_date"], name="one_nightly_report_a_date"
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, ended_at=None)
                | (~Q(status__in=OPEN) & Q(ended_at__isnull=False)),
                name="a_report_that_is_over_has_ended",
            ),
            models.CheckConstraint(
                condition=Q(progress__gte=0) & Q(progress__lte=1),
                name="progress_of_a_report_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"report {self.pk} on {self.question}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN
