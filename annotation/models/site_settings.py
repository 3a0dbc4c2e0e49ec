"""What staff decide about the site: one row, changed on the settings page and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from annotation.models.audit_drawing import DRAWING_IS_KNOWN, AuditDrawing
from annotation.models.queue_shares import NO_MORE_THAN_ALL, QueueShares
from annotation.models.setting_limits import LIMITS

ONLY_ROW = 1
TEXT_FIELDS = ("title", "description", "recipient_name", "funder_name", "programme")
LONGEST_LICENCE = 300  # characters
# The row as this request has read it: one reading a request. Elsewhere nothing is kept, so that a
# worker sees a change at once.
_held: ContextVar[list["SiteSettings"] | None] = ContextVar("site_settings", default=None)


def default_text_fields() -> list[str]:
    return ["title", "description"]


def default_time_zone() -> str:
    """Of the machine, until somebody chooses another one on the page."""
    return settings.TIME_ZONE


@contextmanager
def settings_held() -> Iterator[None]:
    """Read the settings at most once inside; a change made inside is seen."""
    token = _held.set([])
    try:
        yield
    finally:
        _held.reset(token)


class SiteSettingsManager(models.Manager["SiteSettings"]):
    def current(self) -> "SiteSettings":
        """What holds now; the defaults while nobody has changed any. Not to be written to."""
        held = _held.get()
        if held:
            return held[0]
        row = self.filter(pk=ONLY_ROW).first() or SiteSettings()
        if held is not None:
            held.append(row)
        return row


class SiteSettings(AuditDrawing, QueueShares):
    """The settings. Names and help texts are those of the page."""

    class Ticking(models.TextChoices):
        TUNED = "tuned", "From the threshold that each training finds to be best"
        FIXED = "fixed", "From a probability that you name"

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_ROW, editable=False)
    revision = models.PositiveIntegerField(
        default=0, editable=False, help_text="counts changes, so that no two cross unnoticed"
    )
    reading = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="counts changes after which every grant is read anew (Grant.read_under)",
    )
    text_fields = models.JSONField(
        "Text that is read",
        default=default_text_fields,
        help_text="What of a grant is classified, in this order. Annotators see all of it anyway.",
    )
    blind_share = models.FloatField(
        "Blind controls",
        default=0.05,
        help_text="Share of all other grants that are decided before the suggestions are shown, "
        "so that it can be seen how much the suggestions sway people. 0: none.",
    )
    second_share = models.FloatField(
        "Second annotator",
        default=0.0,
        help_text="Share of grants that more than one person decides, without seeing each "
        "other's: agreement is measured on them. Such a grant waits until all of them have come.",
    )
    required_annotations = models.PositiveSmallIntegerField(
        "People for such a grant",
        default=2,
        help_text="How many decide a grant that more than one decides. With three or more a "
        "majority shows, and each grant costs as many times the work.",
    )
    plant_share = models.FloatField(
        "Planted wrong suggestions",
        default=0.0,
        help_text="At most this share of what a person is handed are grants that were adjudicated, "
        "shown with one wrong suggestion ticked, to see how often wrong ones are accepted. The "
        "guidelines tell everybody while it is on. Such answers are never labels. 0: none.",
    )
    claim_minutes = models.PositiveIntegerField(
        "Time with a grant",
        default=30,
        help_text="How long an opened grant is kept for its annotator before others may have it.",
    )
    daily_goal = models.PositiveIntegerField(
        "Daily goal",
        default=60,
        help_text="Grants a person and day, shown beside what they have done.",
    )
    ticking = models.CharField(
        "What is ticked beforehand",
        max_length=5,
        choices=Ticking,
        default=Ticking.TUNED,
        help_text="Figures of model versions are always measured at the best threshold.",
    )
    fixed_threshold = models.FloatField(
        "Named probability",
        default=0.5,
        help_text="Used only with the second choice above.",
    )
    least_score = models.FloatField(
        "Least probability listed",
        default=0.02,
        help_text="A suggestion below it is not listed at all.",
    )
    promotion_margin = models.FloatField(
        "How much worse a new version may be",
        default=0.01,
        help_text="Micro-F1 that it may lose against the active one; 0: it must be better.",
    )
    backend = models.CharField(
        "Kind of model",
        max_length=40,
        default="production",
        help_text="What every night trains. Before the first label it is always the site’s own "
        "recipe: the others learn from labels alone.",
    )
    night_starts_at = models.TimeField(
        "Nightly training",
        default=time(2),
        help_text="From this time on the day's training is asked for, once a day.",
    )
    time_zone = models.CharField(
        "Time zone",
        max_length=60,
        default=default_time_zone,
        help_text="Of the night, of the day's goal and of all times on the pages.",
    )

    data_licence = models.CharField(
        "Licence of the data",
        max_length=LONGEST_LICENCE,
        blank=True,
        default="",
        help_text="Under which terms grants, labels and taxonomy may be used. It stands on every "
        "model card; empty: the card says that it is not stated.",
    )

    objects = SiteSettingsManager()

    class Meta:
        verbose_name_plural = "site settings"
        constraints = [
            DRAWING_IS_KNOWN,
            NO_MORE_THAN_ALL,
            models.CheckConstraint(condition=Q(id=ONLY_ROW), name="site_settings_are_one_row"),
            models.CheckConstraint(
                condition=Q(ticking__in=["tuned", "fixed"]), name="ticking_is_tuned_or_fixed"
            ),
            models.CheckConstraint(condition=~Q(text_fields=[]), name="some_text_is_read"),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{name}__gte": low, f"{name}__lte": high}),
                    name=f"{name}_is_within_limits",
                )
                for name, (low, high, _) in LIMITS.items()
            ),
        ]

    def __str__(self) -> str:
        return f"settings, revision {self.revision}"

    def save(self, *args: Any, **options: Any) -> None:
        super().save(*args, **options)
        if held := _held.get():
            held.clear()

    def clean(self) -> None:
        """What no constraint can say in words: fields and zones that exist, shares that fit."""
        super().clean()
        unknown = [name for name in self.text_fields if name not in TEXT_FIELDS]
        if unknown or not self.text_fields:
            raise ValidationError(
                {"text_fields": f"Choose one or more of: {', '.join(TEXT_FIELDS)}."}
            )
        if self.time_zone not in available_timezones():
            raise ValidationError(
                {"time_zone": f"There is no time zone “{self.time_zone}”. Choose one of the list."}
            )

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def place(self) -> str:
        """The zone in words: Melbourne."""
        return self.time_zone.rpartition("/")[2].replace("_", " ")


def setting_columns() -> "dict[str, models.Field[Any, Any]]":
    """All that can be changed, by name, in the order of the model."""
    return {field.name: field for field in SiteSettings._meta.concrete_fields if field.editable}


def setting_names() -> list[str]:
    return list(setting_columns())


def default_of(name: str) -> object:
    default: object = setting_columns()[name].get_default()
    return default
