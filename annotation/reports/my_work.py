"""What one annotator has done: today, over the last days, and annotation by annotation."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone

from annotation.models import (
    Annotation,
    Category,
    Decision,
    Outcome,
    PlantReply,
    SiteSettings,
    User,
)

PAGE = 25
DAYS = 7
POSITIVE = {Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED}


@dataclass(frozen=True)
class Day:
    """One local day: annotations that stand, and their active seconds."""

    day: date
    n_done: int
    seconds: int

    @property
    def per_hour(self) -> int | None:
        return round(self.n_done * 3600 / self.seconds) if self.seconds >= 60 else None


@dataclass(frozen=True)
class Mine:
    """One annotation. ``state``: stands, revised, replaced or withdrawn."""

    annotation: Annotation
    state: str
    chosen: list[Category]
    outcomes: list[tuple[str, str]]
    n_rejected: int

    @property
    def deed(self) -> str:
        """How the annotating page names it when it is opened again."""
        return f"annotation-{self.annotation.pk}"

    @property
    def may_change(self) -> bool:
        return self.state in ("stands", "revised")


@dataclass(frozen=True)
class MinePage:
    rows: list[Mine]
    older: int | None
    newer: int | None


def last_days(annotator: User) -> list[Day]:
    """The last seven local days, today first; answers to plants are work as well. Two queries."""
    zone = SiteSettings.objects.current().zone
    today = timezone.localtime(timezone=zone).date()
    since = timezone.now() - timedelta(days=DAYS + 1)
    done, seconds = Counter[date](), Counter[date]()
    rows = Annotation.objects.current().filter(annotator=annotator, submitted_at__gte=since)
    plants = PlantReply.objects.answered().filter(plant__annotator=annotator, replied_at__gte=since)
    work = (
        rows.order_by()
        .values_list("submitted_at", "seconds")
        .union(plants.order_by().values_list("replied_at", "seconds"), all=True)
    )
    for at, active in work:
        day = timezone.localtime(at, zone).date()
        done[day] += 1
        seconds[day] += active
    days = [today - timedelta(days=n) for n in range(DAYS)]
    return [Day(day, done[day], seconds[day]) for day in days]


def my_annotations(
    annotator: User, before: int | None = None, after: int | None = None
) -> MinePage:
    """A page of one's annotations, newest first; withdrawals are told by what they withdrew.

    Args:
        before, after: the key at which another page ended or began.
    """
    own = Annotation.objects.filter(annotator=annotator, is_withdrawal=False)
    window = own.order_by("-pk")
    if after is not None:
        window = own.filter(pk__gt=after).order_by("pk")
    elif before is not None:
        window = window.filter(pk__lt=before)
    found = list(_with_all(window)[: PAGE + 1])
    has_more, found = len(found) > PAGE, found[:PAGE]
    if after is not None:
        found.reverse()
    if not found:
        return MinePage([], None, None)
    has_older = has_more if after is None else True
    has_newer = before is not None if after is None else has_more
    return MinePage(
        rows=[_mine(annotation) for annotation in found],
        older=found[-1].pk if has_older else None,
        newer=found[0].pk if has_newer else None,
    )


def _with_all(window: QuerySet[Annotation]) -> QuerySet[Annotation]:
    revisions = Annotation.objects.standing().filter(revises=OuterRef("pk"))
    return (
        window.select_related("grant", "superseded_by")
        .prefetch_related(
            Prefetch("outcomes", Outcome.objects.select_related("facet")),
            Prefetch("decisions", Decision.objects.select_related("category")),
        )
        .annotate(is_revised=Exists(revisions))
    )


def _mine(annotation: Annotation) -> Mine:
    decisions = list(annotation.decisions.all())
    chosen = [d.category for d in decisions if d.verdict in POSITIVE]
    return Mine(
        annotation=annotation,
        state=_state(annotation),
        chosen=sorted(chosen, key=lambda c: (c.position, c.code)),
        outcomes=[(o.facet.label, o.value) for o in annotation.outcomes.all()],
        n_rejected=sum(d.verdict == Decision.Verdict.REJECTED for d in decisions),
    )


def _state(annotation: Annotation) -> str:
    after = getattr(annotation, "superseded_by", None)
    if after is not None:
        return "withdrawn" if after.is_withdrawal else "replaced"
    return "revised" if getattr(annotation, "is_revised", False) else "stands"
