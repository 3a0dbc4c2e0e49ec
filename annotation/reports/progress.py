"""How far an annotator is, and what is left for them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from annotation.models import Annotation, PlantReply, QueueItem, SiteSettings, Skip, User


@dataclass(frozen=True)
class Today:
    n_done: int
    goal: int
    per_hour: int | None


@dataclass(frozen=True)
class Waiting:
    """What is open in the queue, and why none of it is for this annotator: each grant once.

    Without what they were shown as a plant, which never comes to them again.
    """

    n_open: int
    n_decided_by_you: int  # they wait for other annotators
    n_skipped_by_you: int
    n_held_by_others: int


def midnight(site: SiteSettings) -> datetime:
    """When the local day began."""
    now = timezone.localtime(timezone=site.zone)
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def today(annotator: User) -> Today:
    """Annotations of the local day that stand, and the pace of active time. Two queries.

    Answers to plants are counted as the work that they are, here and for their person alone: a
    count that stood still would tell them from others.
    """
    site = SiteSettings.objects.current()
    since = midnight(site)
    own = Annotation.objects.current().filter(annotator=annotator, submitted_at__gte=since)
    plants = PlantReply.objects.answered().filter(plant__annotator=annotator, replied_at__gte=since)
    both = (
        own.order_by()
        .values_list("seconds", flat=True)
        .union(plants.order_by().values_list("seconds", flat=True), all=True)
    )
    seconds = list(both)
    active = sum(seconds)
    per_hour = round(len(seconds) * 3600 / active) if active >= 60 else None
    return Today(len(seconds), site.daily_goal, per_hour)


def waiting(annotator: User) -> Waiting:
    """One query, however much is open."""
    decided = Annotation.objects.current().filter(grant=OuterRef("grant"), annotator=annotator)
    skipped = Skip.objects.filter(grant=OuterRef("grant"), annotator=annotator)
    is_held = Q(claimed_until__gt=timezone.now()) & ~Q(claimed_by=annotator)
    counts = (
        QueueItem.objects.open()
        .exclude(grant__plants__annotator=annotator)
        .annotate(is_decided=Exists(decided), is_skipped=Exists(skipped))
        .aggregate(
            n_open=Count("pk"),
            n_decided_by_you=Count("pk", filter=Q(is_decided=True)),
            n_skipped_by_you=Count("pk", filter=Q(is_decided=False, is_skipped=True)),
            n_held_by_others=Count("pk", filter=Q(is_decided=False, is_skipped=False) & is_held),
        )
    )
    return Waiting(**counts)
