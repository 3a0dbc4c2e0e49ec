"""Simulations: annotation replayed on the site's own labels, and the curves that come of it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When

HEARTBEAT_LIMIT = timedelta(seconds=120)
MOST_SEEDS = 20
# Of more labelled grants so many are drawn by lot: a curve would take hours, and say the same.
MOST_GRANTS = 6_000
OPEN = ("requested", "running")


class SimulationRunQuerySet(models.QuerySet["SimulationRun"]):
    def open(self) -> "SimulationRunQuerySet":
        """Neither done nor failed nor stopped."""
        return self.filter(status__in=OPEN)


class SimulationRun(models.Model):
    """A request to compare ways of choosing, and what came of it.

    Its curves say how far it is: no message and no process holds anything that they do not.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", "waiting for a worker"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        STOPPED = "stopped", "stopped"

    taxonomy = models.ForeignKey("Taxonomy", on_delete=models.CASCADE, related_name="simulations")
    status = models.CharField(max_length=9, choices=Status, default=Status.REQUESTED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True, help_text="by the first worker")
    ended_at = models.DateTimeField(null=True, blank=True)
    strategies = models.JSONField(help_text="names of mixes, random first")
    n_seeds = models.PositiveSmallIntegerField(help_text="runs of each strategy")
    start = models.PositiveIntegerField(help_text="grants labelled first, by lot")
    batch = models.PositiveIntegerField(help_text="grants labelled between two fits")
    budget = models.PositiveIntegerField(help_text="grants labelled at the end")
    n_grants = models.PositiveIntegerField(help_text="labelled grants it plays on")
    n_categories = models.PositiveIntegerField()
    material = models.BinaryField(
        null=True,
        help_text="keys and answers of those grants, as the first worker found them, until it ends",
    )
    results = models.JSONField(default=dict, help_text="savings against random, so far")
    error = models.TextField(blank=True, help_text="why it failed, in words")

    objects = SimulationRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            # A plain condition would let one wait beside one that runs.
            models.UniqueConstraint(
                Case(When(status__in=OPEN, then=Value(1))), name="one_simulation_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(start__gte=1) & Q(batch__gte=1) & Q(budget__gte=F("start")),
                name="a_simulation_labels_grants",
            ),
            models.CheckConstraint(
                condition=Q(n_seeds__gte=1) & Q(n_seeds__lte=MOST_SEEDS),
                name="a_simulation_has_some_runs_of_each",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, ended_at=None)
                | (~Q(status__in=OPEN) & Q(ended_at__isnull=False)),
                name="a_simulation_that_is_over_has_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"simulation {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def sizes(self) -> list[int]:
        """Numbers of labels at which is measured."""
        return list(range(self.start, self.budget + 1, self.batch))


class SimulatedCurveQuerySet(models.QuerySet["SimulatedCurve"]):
    def to_play(self, now: datetime) -> "SimulatedCurveQuerySet":
        """Of the open simulation: those that wait, or whose worker fell silent."""
        stale = Q(status=SimulatedCurve.Status.PLAYING, heartbeat_at__lt=now - HEARTBEAT_LIMIT)
        waits = Q(status=SimulatedCurve.Status.WAITING)
        return self.filter(waits | stale, simulation__status__in=OPEN).order_by("position")

    def being_played(self, now: datetime) -> "SimulatedCurveQuerySet":
        """Those a worker is at."""
        return self.filter(
            status=SimulatedCurve.Status.PLAYING,
            heartbeat_at__gte=now - HEARTBEAT_LIMIT,
            simulation__status__in=OPEN,
        )


class SimulatedCurve(models.Model):
    """One strategy played once: the figures after each batch, and where to go on."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        PLAYING = "playing"
        DONE = "done"

    simulation = models.ForeignKey(SimulationRun, on_delete=models.CASCADE, related_name="curves")
    strategy = models.CharField(max_length=60, help_text="name of a mix")
    seed = models.PositiveSmallIntegerField(help_text="0 for the first run of each strategy")
    position = models.PositiveSmallIntegerField(help_text="the first is played first")
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    attempt = models.PositiveIntegerField(
        default=0, help_text="fences a worker that was given up: it may no longer write"
    )
    stalls = models.PositiveSmallIntegerField(
        default=0, help_text="workers that died one after the other since its last point"
    )
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(default=0.0, help_text="of work on the points there are")
    points = models.JSONField(default=list, help_text="figures after the start and each batch")
    n_points = models.PositiveSmallIntegerField(default=0, help_text="how many points there are")
    chosen = models.JSONField(default=list, help_text="rows of the pool, as they were labelled")

    objects = SimulatedCurveQuerySet.as_manager()

    class Meta:
        ordering = ["simulation", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["simulation", "strategy", "seed"], name="one_curve_a_strategy_and_seed"
            ),
            models.CheckConstraint(
                condition=~Q(status="playing") | Q(heartbeat_at__isnull=False),
                name="a_curve_that_is_played_has_a_heartbeat",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.strategy}, run {self.seed + 1}"
