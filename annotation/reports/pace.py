"""How long annotating takes here, if people go on as they have of late."""

from collections import Counter
from dataclasses import dataclass
from math import sqrt
from statistics import fmean

from django.db.models import Count, OuterRef, QuerySet, Subquery

from annotation.models import Annotation, Grant
from annotation.reports.merged import counted
from annotation.reports.shares import TOO_FEW, Z
from annotation.reports.what_stands import decisions_that_stand

TIMED = 500  # annotations whose mean is the time of one
FEW = 20  # fewer tell of a few grants, not of people
NEWEST = 2_000  # annotations: some days of eight people, and a bounded number of rows


def _timed() -> QuerySet[Annotation]:
    """Annotations that stand and whose time is known, the newest first; programs send none."""
    return Annotation.objects.current().filter(seconds__gt=0).order_by("-pk")


def seconds_an_annotation() -> float | None:
    """Mean active seconds of the newest five hundred; None while there are few. One query.

    The mean, since it is the sum of many that is asked for.
    """
    seconds = list(_timed().values_list("seconds", flat=True)[:TIMED])
    return fmean(seconds) if len(seconds) >= FEW else None


@dataclass(frozen=True)
class Hours:
    """Active hours until the target, 95 % interval; under ten examples only the least is known.

    Args:
        n: examples that the newest annotations brought, from which it is reckoned.
    """

    value: float
    low: float
    high: float
    n: int

    @property
    def is_too_few(self) -> bool:
        return self.n < TOO_FEW


@dataclass(frozen=True)
class Pace:
    """What the newest annotations have brought, and the active seconds that they took."""

    seconds: int
    examples: Counter[int]  # by category
    n_annotations: int

    @property
    def hours_spent(self) -> float:
        return self.seconds / 3600

    @property
    def seconds_each(self) -> float | None:
        """Of an annotation; None while there are few."""
        return self.seconds / self.n_annotations if self.n_annotations >= FEW else None

    def hours_to(self, missing: int, category: int) -> Hours | None:
        """None where few annotations tell of it; zero where nothing is missing."""
        if missing <= 0:
            return Hours(0.0, 0.0, 0.0, TOO_FEW)
        if self.seconds_each is None:
            return None
        n = self.examples[category]
        few, many = poisson(n)
        return Hours(
            value=missing * self.hours_spent / n if n else float("inf"),
            low=missing * self.hours_spent / many,
            high=missing * self.hours_spent / few if few else float("inf"),
            n=n,
        )


def poisson(n: int) -> tuple[float, float]:
    """The 95 % interval of a rate of which ``n`` was counted (Byar, in Breslow and Day 1987)."""
    low = n * (1 - 1 / (9 * n) - Z / (3 * sqrt(n))) ** 3 if n else 0.0
    m = n + 1
    return max(0.0, low), m * (1 - 1 / (9 * m) + Z / (3 * sqrt(m))) ** 3


def pace() -> Pace:
    """Of the newest 2,000 annotations that stand and were timed. Two queries, both bounded.

    An example is a grant, however many have decided it, and only where no adjudication has decided
    otherwise. Sprints are left out: they are what one may do instead. An example of a merged
    category is one of the category that counts.
    """
    # What a blind one became by its revision, which may have taken no time.
    revision = Annotation.objects.standing().filter(revises=OuterRef("pk")).values("pk")[:1]
    rows = list(_timed().values_list("pk", "seconds", "grant__stream", Subquery(revision))[:NEWEST])
    # All of the time counts, but audit grants bring no example towards a target.
    of_pool = [row for row in rows if row[2] == Grant.Stream.POOL]
    shown = [pk if revised is None else revised for pk, _, _, revised in of_pool]
    chosen = decisions_that_stand(shown).order_by()
    by_category = chosen.values(now=counted()).annotate(n=Count("annotation__grant", distinct=True))
    return Pace(
        seconds=sum(seconds for _, seconds, *_ in rows),
        examples=Counter(dict(by_category.values_list("now", "n"))),
        n_annotations=len(rows),
    )
