"""Files brought in: each from its upload to its end, and how people read their own columns."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from annotation.models.grants import Label

HEARTBEAT_LIMIT = timedelta(seconds=120)


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def uploaded(self) -> "ImportRunQuerySet":
        """Those that a worker carries out; a command does its own."""
        return self.filter(upload_size__gt=0)

    def waiting(self) -> "ImportRunQuerySet":
        return self.uploaded().filter(state__in=ImportRun.WAITING)

    def running(self) -> "ImportRunQuerySet":
        return self.uploaded().filter(state__in=ImportRun.RUNNING)

    def stalled(self, now: datetime) -> "ImportRunQuerySet":
        return self.running().filter(heartbeat_at__lt=now - HEARTBEAT_LIMIT)

    def undo_waits(self, now: datetime) -> "ImportRunQuerySet":
        """Undos that nobody has taken up, or whose worker fell silent."""
        silent = Q(heartbeat_at=None) | Q(heartbeat_at__lt=now - HEARTBEAT_LIMIT)
        return self.filter(silent, state=ImportRun.State.UNDOING)


class ImportRun(models.Model):
    """One file brought in, and what became of its rows."""

    class Kind(models.TextChoices):
        TAXONOMY = "taxonomy"
        GRANTS = "grants"

    class State(models.TextChoices):
        UPLOADED = "uploaded", "waiting to be checked"
        CHECKING = "checking", "being checked"
        COLUMNS = "columns", "waiting for its columns"
        CHECKED = "checked", "checked, not imported"
        CONFIRMED = "confirmed", "waiting to be imported"
        IMPORTING = "importing", "being imported"
        UNDOING = "undoing", "being undone"
        DONE = "done", "imported"
        FAILED = "failed", "failed"
        UNDONE = "undone", "undone"
        CANCELLED = "cancelled", "cancelled"

    WAITING = (State.UPLOADED, State.CONFIRMED)
    RUNNING = (State.CHECKING, State.IMPORTING)
    FINISHED = (State.DONE, State.FAILED, State.UNDONE, State.CANCELLED)

    kind = models.CharField(max_length=8, choices=Kind)
    # The default is what every row was before there were states.
    state = models.CharField(max_length=9, choices=State, default=State.DONE)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(
        max_length=64, default="", db_default="", help_text="of a command's file; empty: uploaded"
    )
    upload_size = models.PositiveBigIntegerField(default=0, help_text="bytes; 0: by a command")
    is_demonstration = models.BooleanField(default=False)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True, help_text="by the present attempt")
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(
        default=0, help_text="fences a worker that was given up: it may no longer write"
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    progress = models.FloatField(default=0.0, help_text="share of the file read, 0 to 1")
    rows_read = models.PositiveIntegerField(default=0)
    rows_created = models.PositiveIntegerField(default=0, help_text="of a dry run: would be")
    rows_updated = models.PositiveIntegerField(default=0)
    rows_unchanged = models.PositiveIntegerField(default=0)
    rows_faulty = models.PositiveIntegerField(default=0)
    preview = models.JSONField(default=dict, help_text="more figures of the dry run, by name")
    faults = models.JSONField(
        default=list, help_text="lists of row, column, value, problem, is a note; the first 10,000"
    )
    with_categories = models.BooleanField(default=True)
    taxonomy_choice = models.CharField(
        max_length=7, blank=True, help_text="update or replace the taxonomy in use"
    )
    header = models.JSONField(default=list, help_text="the file's columns, where somebody maps")
    samples = models.JSONField(default=list, help_text="its first rows, for the same page")
    mapping = models.JSONField(default=dict, help_text="importers.grant_rows.Mapping")
    error = models.TextField(blank=True, help_text="why it failed, in words")

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state="importing", upload_size__gt=0),
                name="one_uploaded_file_imported_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} import {self.pk} of {self.file_name}"

    @property
    def path(self) -> Path:
        """Where an uploaded file lies; its name is the run's number and nothing of a person's."""
        return settings.IMPORT_STORE / str(self.pk)

    @property
    def is_busy(self) -> bool:
        is_on_its_way = self.state in (*self.WAITING, *self.RUNNING) and self.upload_size > 0
        return is_on_its_way or self.state == self.State.UNDOING

    @property
    def is_abandoned(self) -> bool:
        """A command's import that nobody carries out any longer; the same file takes it up."""
        if self.state != self.State.IMPORTING or self.upload_size:
            return False
        limit = timezone.now() - HEARTBEAT_LIMIT
        return self.heartbeat_at is None or self.heartbeat_at < limit

    @property
    def seconds_left(self) -> float | None:
        """As the pace so far has it; None while there is none."""
        if not self.taken_at or self.progress < 0.02 or self.state not in self.RUNNING:
            return None
        spent = (timezone.now() - self.taken_at).total_seconds()
        return spent * (1 - self.progress) / self.progress

    @property
    def is_finished(self) -> bool:
        return self.state in self.FINISHED


class ReplacedLabel(models.Model):
    """A label that an earlier import had brought and this one took away: an undo puts it back."""

    grant = models.ForeignKey("Grant", on_delete=models.CASCADE, related_name="+")
    category = models.ForeignKey("Category", on_delete=models.CASCADE, related_name="+")
    source = models.CharField(
        max_length=11,
        choices=Label.Source,
        default=Label.Source.IMPORTED,
        db_default=Label.Source.IMPORTED,
    )
    import_run = models.ForeignKey(
        ImportRun, on_delete=models.CASCADE, related_name="+", help_text="that had brought it"
    )
    replaced_by = models.ForeignKey(
        ImportRun, on_delete=models.CASCADE, related_name="replaced_labels"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["replaced_by", "grant", "category", "source"],
                name="an_import_replaces_a_label_once",
            ),
            models.CheckConstraint(
                condition=~Q(import_run=F("replaced_by")), name="an_import_replaces_another_s_label"
            ),
            models.CheckConstraint(
                condition=~Q(source="adjudicated"),
                name="an_import_replaces_only_what_files_brought",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} of {self.grant}, replaced by {self.replaced_by}"


class MappingProfile(models.Model):
    """How a file with certain columns is read, kept for the next one like it."""

    name = models.CharField(max_length=100, unique=True)
    header = models.JSONField(help_text="the columns it was made for")
    mapping = models.JSONField(help_text="importers.grant_rows.Mapping")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
