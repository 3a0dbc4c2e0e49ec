"""What further labels will bring: the slope of a learning curve, and when it will reach a goal.

The curve is taken for a + b x, x = (n^c - 1) / c with n labels: a power law that flattens where
c < 0 (Figueroa et al. 2012), a logarithm at c = 0. No c is chosen: many curves are drawn, each c as
often as it explains the points seen, and the spread of what they foretell is the uncertainty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]

CURVATURES = np.linspace(-1.0, 0.25, 26)
LEAST_POINTS = 5
N_CURVES = 4_000
HORIZON = 20  # times the labels there are: what lies beyond is not foretold
LEVEL = 0.8  # of the intervals
# How far a score strays from any such curve within one e-fold of labels beyond the last: with the
# root of the distance, as what wanders does. Chosen on curves of plain models, checked on others.
WANDER = 0.03


@dataclass(frozen=True)
class Slope:
    """Gain of a score for each further label where the curve ends, with its 80 % interval."""

    value: float
    low: float
    high: float

    def of(self, labels: int) -> Slope:
        """The same for so many further labels."""
        return Slope(*(labels * part for part in (self.value, self.low, self.high)))


@dataclass(frozen=True)
class Forecast:
    """How many more labels a goal is likely to take; None is further than can be foretold.

    ``more``: as likely too low as too high. ``low``, ``high``: of the 80 % interval. ``chance``:
    share of the curves that reach the goal within 20 times the labels there are.
    """

    goal: float
    labels: int
    more: int | None
    low: int | None
    high: int | None
    chance: float

    def in_words(
        self, metric: str, seconds_each: float | None = None, unit: str = "annotations"
    ) -> str:
        """A plain sentence; ``seconds_each``: what an annotation takes, where that is known.

        ``unit``: what the labels are, in the plural.
        """
        goal = f"{metric} {self.goal:.2f}"
        if self.more == 0:
            return f"{goal} is reached."
        if self.more is None:
            least = f"; it takes {_round(self.low):,} more at least" if self.low else ""
            return f"{goal} is not in sight after {self.labels:,} {unit}{least}."
        words = f"about {_round(self.more):,} more {unit} to {goal} "
        words += f"({_span(self.low, self.high, '')})"
        if seconds_each is None:
            return words + "."
        low, high = (None if n is None else n * seconds_each / 3600 for n in (self.low, self.high))
        at_pace = f"{_hours(self.more * seconds_each / 3600)} hours at your pace"
        return f"{words}, {at_pace} ({_span(low, high, ' hours')})."


class CurveForecast:
    """Curves through what was seen, and what they say of what was not.

    Parameters
    ----------
    labels : sequence of int
        Numbers of labels, rising.
    scores : sequence of float
        The score at each, 0 to 1.
    seed : int, default=0
        Of the curves that are drawn.

    Raises
    ------
    ValueError
        If there are fewer than five points, or the labels do not rise.
    """

    def __init__(self, labels: Sequence[int], scores: Sequence[float], seed: int = 0) -> None:
        n, y = np.asarray(labels, dtype=np.float64), np.asarray(scores, dtype=np.float64)
        if len(n) != len(y):
            raise ValueError(f"{len(n)} numbers of labels do not belong to {len(y)} scores.")
        if len(n) < LEAST_POINTS:
            raise ValueError(
                f"{len(n)} points are too few to foretell from: {LEAST_POINTS} at least."
            )
        if n[0] < 1 or (np.diff(n) <= 0).any():
            raise ValueError("Numbers of labels must rise from 1 on.")
        self.last = int(n[-1])
        rng = np.random.default_rng(seed)
        fits = [_fitted(_bent(n, c), y, np.sqrt(n)) for c in CURVATURES]
        weights = np.array([fit.weight for fit in fits])
        weights = np.exp(weights - weights.max())
        times = rng.multinomial(N_CURVES, weights / weights.sum())
        drawn = [fit.draw(k, rng) for fit, k in zip(fits, times, strict=True)]
        self.curvatures = np.repeat(CURVATURES, times)
        self.offsets, self.slopes = np.concatenate(drawn).T
        self.strays = rng.standard_normal(N_CURVES) * WANDER

    def at(self, labels: float) -> Series:
        """What each curve says at so many labels, shape (n_curves,), without what strays."""
        bent = np.array([_bent(np.array([labels]), c)[0] for c in CURVATURES])
        places = np.searchsorted(CURVATURES, self.curvatures)
        return np.asarray(self.offsets + self.slopes * bent[places])

    def expected(self, labels: int) -> tuple[float, float, float]:
        """Median of the true score at so many labels, with its 80 % interval."""
        low, middle, high = np.quantile(self._strayed(labels), _quantiles())
        return float(middle), float(low), float(high)

    def slope(self) -> Slope:
        """Gain for each further label, here where the curve ends."""
        here = self.slopes * self.last ** (self.curvatures - 1)
        low, middle, high = np.quantile(here, _quantiles())
        return Slope(float(middle), float(low), float(high))

    def until(self, goal: float) -> Forecast:
        """How many more labels the goal is likely to take.

        Raises
        ------
        ValueError
            If the goal is not between 0 and 1.
        """
        if not 0 < goal <= 1:
            raise ValueError(f"A goal of {goal} is no score: give more than 0 and at most 1.")
        steps = np.unique(
            np.geomspace(self.last, HORIZON * self.last, 200).round().astype(np.int64)
        )
        needed = np.full(N_CURVES, np.inf)
        for step in steps[::-1]:
            needed[self._strayed(int(step)) >= goal] = step
        needed.sort()
        low, middle, high = (needed[int(share * N_CURVES)] for share in _quantiles())
        return Forecast(
            goal=goal,
            labels=self.last,
            more=self._beyond(middle),
            low=self._beyond(low),
            high=self._beyond(high),
            chance=float(np.isfinite(needed).mean()),
        )

    def _beyond(self, labels: float) -> int | None:
        return int(labels) - self.last if np.isfinite(labels) else None

    def _strayed(self, labels: int) -> Series:
        beyond = np.log(max(labels / self.last, 1.0))
        return np.asarray(self.at(labels) + self.strays * np.sqrt(beyond))


@dataclass(frozen=True)
class _Fit:
    centre: float
    mean: Series
    root: Series
    freedom: int
    weight: float

    def draw(self, n: int, rng: np.random.Generator) -> Series:
        """Pairs (a, b), b of 0 or more: a model does not unlearn; shape (n, 2)."""
        scale = np.sqrt(self.freedom / rng.chisquare(self.freedom, size=(n, 1)))
        drawn = self.mean + scale * (rng.standard_normal((n, 2)) @ self.root.T)
        drawn[:, 1] = np.maximum(drawn[:, 1], 0)
        drawn[:, 0] -= drawn[:, 1] * self.centre
        return np.asarray(drawn)


def _fitted(x: Series, y: Series, weights: Series) -> _Fit:
    """Weighted least squares with what is known of its error, later points weighing more."""
    centre = float(np.average(x, weights=weights))  # a flat curve lies at the scores' mean
    X = np.stack([np.ones_like(x), x - centre], axis=1)
    inverse = np.linalg.inv(X.T @ (weights[:, None] * X))
    mean = inverse @ (X.T @ (weights * y))
    rest = y - X @ mean
    freedom = max(len(y) - 3, 1)  # a, b and the curvature
    variance = float((weights * rest**2).sum()) / freedom + 1e-12
    # Neighbours share nearly all their labels: so many points tell less than they are.
    shared = float(np.clip(np.sum(rest[1:] * rest[:-1]) / max(np.sum(rest**2), 1e-12), 0, 0.9))
    inflated = variance * (1 + shared) / (1 - shared)
    told = len(y) * (1 - shared) / (1 + shared)
    root = np.linalg.cholesky(inverse * inflated)
    return _Fit(centre, mean, root, freedom, -told / 2 * np.log(variance))


def _bent(n: Series, c: float) -> Series:
    """(n^c - 1) / c, the logarithm at c = 0."""
    return np.asarray(np.log(n) if abs(c) < 1e-9 else (n**c - 1) / c)


def _quantiles() -> tuple[float, float, float]:
    return (1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2


def _round(n: int | None) -> int:
    """To two digits: more would be a promise."""
    return int(float(f"{n or 0:.2g}"))


def _hours(hours: float) -> str:
    return f"{hours:.1f}" if hours < 10 else _whole(hours)


def _span(low: float | None, high: float | None, unit: str) -> str:
    told = _hours if unit else _whole
    if high is None:
        return f"{told(low or 0)}{unit} at least"
    return f"{told(low or 0)} to {told(high)}{unit}"


def _whole(n: float) -> str:
    return f"{_round(round(n)):,}"
