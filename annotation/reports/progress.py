"""How far an annotator is, and what is left for them."""

from dataclasses import dataclass

from django.utils import timezone

from annotation.models import Annotation, QueueItem, SiteSettings, Skip, User


@dataclass(frozen=True)
class Today:
    n_done: int
    goal: int
    per_hour: int | None


@dataclass(frozen=True)
class Waiting:
    n_held_by_others: int
    n_skipped_by_you: int
    n_open: int


def today(annotator: User) -> Today:
    """Annotations of the local day that stand, and the pace of active time. Two queries."""
    site = SiteSettings.objects.current()
    now = timezone.localtime(timezone=site.zone)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    seconds = list(
        Annotation.objects.current()
        .filter(annotator=annotator, submitted_at__gte=midnight)
        .values_list("seconds", flat=True)
    )
    active = sum(seconds)
    per_hour = round(len(seconds) * 3600 / active) if active >= 60 else None
    return Today(len(seconds), site.daily_goal, per_hour)


def waiting(annotator: User) -> Waiting:
    now = timezone.now()
    held = QueueItem.objects.open().filter(claimed_until__gt=now).exclude(claimed_by=annotator)
    return Waiting(
        n_held_by_others=held.count(),
        n_skipped_by_you=Skip.objects.filter(annotator=annotator).count(),
        n_open=QueueItem.objects.open().count(),
    )
