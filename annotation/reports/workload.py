"""How much each person has done: grants, active time, decisions by kind, and what was disputed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, FloatField, Q, QuerySet, Sum
from django.db.models.functions import Cast, Greatest, Ln
from django.utils import timezone

from annotation.models import Adjudication, Annotation, Decision, Ruling
from annotation.reports.adjudication import differing_with_people

POSITIVE = (Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED)
# Name of a period -> its days; None: from the beginning.
PERIODS: dict[str, int | None] = {"4 weeks": 28, "12 weeks": 84, "all": None}
VERDICTS = tuple(Decision.Verdict.values)
LOG = Ln(Cast(Greatest(F("seconds"), 1), FloatField()))


@dataclass(frozen=True)
class Pace:
    """Annotations that stand. ``squares``: the sum of squared seconds, for the interval.

    ``logs``: the sum of the natural logarithms of the seconds, of one at least, and
    ``log_squares`` that of their squares: in them one grant that was left open weighs little.
    """

    n: int = 0
    seconds: int = 0
    squares: int = 0
    logs: float = 0.0
    log_squares: float = 0.0

    def __add__(self, other: "Pace") -> "Pace":
        return Pace(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class Ticks:
    """Suggestions that were ticked when they were shown, and those of them not accepted.

    Sums over ``n_annotations``, those without a tick left out, and sums of their squares and
    products, for the interval.
    """

    n_annotations: int = 0
    n: int = 0
    n_overridden: int = 0
    squares: int = 0
    products: int = 0
    squares_overridden: int = 0

    def __add__(self, other: "Ticks") -> "Ticks":
        return Ticks(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class Workload:
    """One person in one period. ``verdicts``: how many decisions of each kind."""

    assisted: Pace
    blind: Pace
    verdicts: dict[str, int]
    ticks: Ticks


@dataclass(frozen=True)
class Judged:
    """``n_chosen``: a person's choices that an adjudication ruled on, ``n_upheld`` are in."""

    n_grants: int
    n_chosen: int
    n_upheld: int


def workloads() -> dict[str, dict[int, Workload]]:
    """By period and person, of the taxonomy in use; who has done nothing is left out.

    Three queries a period. They read every decision of it: for workers.
    """
    now = timezone.now()
    return {
        name: _workloads(None if days is None else now - timedelta(days=days))
        for name, days in PERIODS.items()
    }


def _workloads(since: Any) -> dict[int, Workload]:
    current = Annotation.objects.current().filter(taxonomy_release__taxonomy__is_current=True)
    if since is not None:
        current = current.filter(submitted_at__gte=since)
    sums = current.order_by().values("annotator", "is_blind").annotate(
        n=Count("pk"), total=Sum("seconds"), squares=Sum(F("seconds") * F("seconds")),
        logs=Sum(LOG), log_squares=Sum(LOG * LOG),
    )  # fmt: skip
    paces = {
        (row["annotator"], row["is_blind"]): Pace(
            row["n"], row["total"], row["squares"], row["logs"], row["log_squares"]
        )
        for row in sums
    }
    decided, ticks = _decided(current), _ticks(current)
    nothing = dict.fromkeys(VERDICTS, 0)
    return {
        person: Workload(
            assisted=paces.get((person, False), Pace()),
            blind=paces.get((person, True), Pace()),
            verdicts={verdict: decided.get(person, nothing)[verdict] for verdict in VERDICTS},
            ticks=ticks.get(person, Ticks()),
        )
        for person in sorted({person for person, _ in paces})
    }


def _decided(annotations: QuerySet[Annotation]) -> dict[int, dict[str, int]]:
    """By person, decisions of each kind."""
    decisions = Decision.objects.filter(annotation__in=annotations).order_by()
    kinds = {verdict: Count("pk", filter=Q(verdict=verdict)) for verdict in VERDICTS}
    rows: Iterable[Any] = decisions.values("annotation__annotator").annotate(**kinds)
    return {row.pop("annotation__annotator"): row for row in map(dict, rows)}


def _ticks(annotations: QuerySet[Annotation]) -> dict[int, Ticks]:
    """By person, what became of ticked suggestions, annotation by annotation."""
    ticked = Decision.objects.filter(annotation__in=annotations, was_ticked=True).order_by()
    rows = ticked.values_list("annotation__annotator", "annotation").annotate(
        n=Count("pk"), away=Count("pk", filter=~Q(verdict=Decision.Verdict.ACCEPTED))
    )
    alike = Counter((person, n, away) for person, _, n, away in rows.iterator())
    found: dict[int, Ticks] = {}
    for (person, n, away), k in alike.items():
        more = Ticks(k, k * n, k * away, k * n * n, k * n * away, k * away * away)
        found[person] = found.get(person, Ticks()) + more
    return found


def adjudications() -> dict[int, Judged]:
    """By person, what adjudications made of their annotations. Two queries."""
    current = Adjudication.objects.current().filter(taxonomy_release__taxonomy__is_current=True)
    grants = dict(
        current.order_by()
        .filter(annotations__isnull=False)
        .values_list("annotations__annotator")
        .annotate(n=Count("pk", distinct=True))
    )
    rulings = Ruling.objects.filter(
        adjudication__in=current,
        adjudication__annotations__decisions__category=F("category"),
        adjudication__annotations__decisions__verdict__in=POSITIVE,
    )
    chosen = {
        person: (n, n_in)
        for person, n, n_in in rulings.order_by()
        .values_list("adjudication__annotations__annotator")
        .annotate(n=Count("pk"), n_in=Count("pk", filter=Q(is_in=True)))
    }
    return {person: Judged(n, *chosen.get(person, (0, 0))) for person, n in grants.items()}


def waiting_by_person() -> Counter[int]:
    """How many of each person's grants wait for adjudication; the whole number under key 0."""
    found: Counter[int] = Counter()
    for people in differing_with_people():
        found.update([0, *people])
    return found
