"""Label sprints: one category, many grants, yes or no."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

HEARTBEAT_LIMIT = timedelta(seconds=120)


class SprintQuerySet(models.QuerySet["Sprint"]):
    def open(self) -> "SprintQuerySet":
        """Neither ended nor failed."""
        return self.filter(status__in=Sprint.OPEN)

    def to_fill(self, now: datetime) -> "SprintQuerySet":
        """Waiting for their grants, or left by a worker that died."""
        stale = Q(status=Sprint.Status.FILLING, heartbeat_at__lt=now - HEARTBEAT_LIMIT)
        return self.filter(Q(status=Sprint.Status.REQUESTED) | stale).order_by("pk")


class Sprint(models.Model):
    """A request for grants that one category is likely to fit, and its life."""

    class Status(models.TextChoices):
        REQUESTED = "requested", "waiting for its grants"
        FILLING = "filling", "looking for grants"
        READY = "ready", "ready"
        ENDED = "ended", "ended"
        FAILED = "failed", "failed"

    OPEN = (Status.REQUESTED, Status.FILLING, Status.READY)

    category = models.ForeignKey("Category", on_delete=models.PROTECT, related_name="sprints")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sprints"
    )
    status = models.CharField(max_length=9, choices=Status, default=Status.REQUESTED)
    n_wanted = models.PositiveSmallIntegerField(default=40, help_text="grants to ask about")
    model_version = models.ForeignKey(
        "ModelVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    attempt = models.PositiveSmallIntegerField(
        default=0, help_text="fences a worker that was given up: it may no longer write"
    )
    progress = models.FloatField(default=0.0, help_text="share of the pool read, 0 to 1")
    requested_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True, help_text="by the present attempt")
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, help_text="why it failed, in words")

    objects = SprintQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["category"],
                condition=Q(status__in=["requested", "filling", "ready"]),
                name="one_open_sprint_a_category",
            ),
        ]

    def __str__(self) -> str:
        return f"sprint {self.pk}"

    @property
    def is_filling(self) -> bool:
        return self.status in (self.Status.REQUESTED, self.Status.FILLING)

    @property
    def seconds_left(self) -> float | None:
        """Until it is filled, as the pace so far has it; None while there is none."""
        if self.status != self.Status.FILLING or not self.taken_at or self.progress < 0.05:
            return None
        spent = (timezone.now() - self.taken_at).total_seconds()
        return spent * (1 - self.progress) / self.progress


class SprintGrantQuerySet(models.QuerySet["SprintGrant"]):
    def undecided(self) -> "SprintGrantQuerySet":
        """Nobody's decision on them stands."""
        stands = SprintDecision.objects.current().filter(sprint_grant=OuterRef("pk"))
        return self.filter(~Exists(stands))


class SprintGrant(models.Model):
    """One grant that a sprint asks about, and why it was chosen."""

    class Source(models.TextChoices):
        MODEL = "model", "likely, as the model sees it"
        WORDS = "words", "shares words with the category"
        RANDOM = "random", "drawn at random"

    sprint = models.ForeignKey(Sprint, on_delete=models.CASCADE, related_name="grants")
    grant = models.ForeignKey("Grant", on_delete=models.CASCADE, related_name="sprint_grants")
    position = models.PositiveSmallIntegerField(help_text="1 for the first that is asked about")
    source = models.CharField(max_length=6, choices=Source)
    score = models.FloatField(help_text="probability of the model version, 0 to 1")
    evidence = models.JSONField(default=list, help_text="words that speak for the category")

    objects = SprintGrantQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["sprint", "grant"], name="a_sprint_asks_once"),
            models.UniqueConstraint(fields=["sprint", "position"], name="one_grant_a_position"),
        ]


class SprintDecisionQuerySet(models.QuerySet["SprintDecision"]):
    def current(self) -> "SprintDecisionQuerySet":
        return self.filter(superseded_by=None, is_withdrawal=False)


class SprintDecision(models.Model):
    """Whether the category fits one grant. Append-only: an undo withdraws, a change supersedes.

    It says nothing of any other category, and closes nobody's place in the queue.
    """

    class Verdict(models.TextChoices):
        YES = "yes"
        NO = "no"
        UNSURE = "unsure"

    sprint_grant = models.ForeignKey(
        SprintGrant, on_delete=models.PROTECT, related_name="decisions"
    )
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sprint_decisions"
    )
    verdict = models.CharField(max_length=6, choices=Verdict)
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    is_withdrawal = models.BooleanField(default=False)
    content_sha256 = models.CharField(max_length=64, help_text="of the grant that was read")
    seconds = models.PositiveIntegerField(default=0, help_text="active time, idle left out")
    decided_at = models.DateTimeField(auto_now_add=True)

    objects = SprintDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["sprint_grant", "annotator"],
                condition=Q(supersedes=None),
                name="one_chain_of_sprint_decisions_per_annotator",
            ),
            models.CheckConstraint(
                condition=Q(is_withdrawal=False) | Q(supersedes__isnull=False),
                name="a_sprint_withdrawal_supersedes",
            ),
        ]
        indexes = [models.Index(fields=["annotator", "-id"], name="newest_sprint_decision")]
