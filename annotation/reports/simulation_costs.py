"""What a simulation would cost, and what is sensible for the labels there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.models import Category, SimulatedCurve
from annotation.models.simulations import MOST_GRANTS
from annotation.reports.labelled_ground import n_with_answers

LEAST_GRANTS = 120  # fewer leave some thirty to measure on: no interval would tell anything
KEPT = 4  # one part in so many is held out to measure on
MOST_BUDGET = 1_500
# Seconds of one core, as measured on 2,100 and 14,000 texts with 254 and 154 categories: to begin a
# curve and for each of a thousand texts; then for each point, and for a million pairs of a text
# and a category. A site that has played curves is reckoned by what they took.
TO_BEGIN, PER_THOUSAND = 4.0, 1.0
A_POINT, PER_MILLION = 0.3, 0.8


@dataclass(frozen=True)
class Ground:
    """What a simulation would play on."""

    n_grants: int  # labelled ones of the pool, about; of very many so many are drawn
    n_categories: int

    @property
    def is_enough(self) -> bool:
        return self.n_grants >= LEAST_GRANTS

    @property
    def n_missing(self) -> int:
        return max(0, LEAST_GRANTS - self.n_grants)

    @property
    def n_pool(self) -> int:
        """Grants that a run can choose from, about: recipients stay whole."""
        return self.n_grants - self.n_grants // KEPT


@dataclass(frozen=True)
class Proposal:
    """What a form begins with."""

    start: int
    batch: int
    budget: int
    n_seeds: int = 3


def ground() -> Ground:
    """Labelled grants of the pool, never of the audit stream. At most seven queries."""
    return Ground(n_with_answers(MOST_GRANTS), Category.objects.active().count())


def proposal(there: Ground) -> Proposal:
    """Three fifths of what can be chosen: at the end of a pool all ways of choosing are one."""
    most = min(there.n_pool * 3 // 5, MOST_BUDGET)
    start, batch = (50, 25) if most >= 300 else (20, 10)
    return Proposal(start, batch, start + max(1, (most - start) // batch) * batch)


def seconds_of(there: Ground, n_curves: int, n_points: int) -> float:
    """About how long so many curves take one core, at the pace of the last ones played here."""
    expected = n_curves * _expected(there.n_grants, there.n_categories, n_points)
    played = (
        SimulatedCurve.objects.filter(status=SimulatedCurve.Status.DONE)
        .select_related("simulation")
        .defer("points", "chosen", "simulation__material", "simulation__results")
        .order_by("-pk")
    )
    return expected * _pace(list(played[:10]))


def _pace(played: Sequence[SimulatedCurve]) -> float:
    """Seconds they took over those expected, 1 where none has been played."""
    took = sum(curve.seconds for curve in played)
    expected = sum(
        _expected(curve.simulation.n_grants, curve.simulation.n_categories, curve.n_points)
        for curve in played
    )
    return took / expected if took and expected else 1.0


def _expected(n_grants: int, n_categories: int, n_points: int) -> float:
    begin = TO_BEGIN + PER_THOUSAND * n_grants / 1_000
    return begin + n_points * (A_POINT + PER_MILLION * n_grants * n_categories / 1_000_000)
