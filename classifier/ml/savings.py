"""What a strategy saves against drawing by lot, with its uncertainty over the seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from classifier.ml.sampling import RANDOM
from classifier.ml.simulation import METRICS, Point

WINDOW = 3  # a curve is smoothed over so many points: one batch more or less is noise
# What is saved, and the name of such a table.
COSTS = {
    "labels": "savings", "decisions": "savings_in_decisions", "clicks": "savings_in_clicks"
}  # fmt: skip
NAMES = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "hierarchical_f1": "hierarchical F1",
    "recall_at_10": "R@10",
}

Runs = dict[int, list[Point]]  # by seed


@dataclass(frozen=True)
class Saving:
    """Share of the cost saved on a metric, 1 at most; None where the goal was not reached.

    ``reached``: in how many of ``n_seeds`` runs random's own last score was reached. A run that
    does not reach it counts as saving 0.
    """

    strategy: str
    metric: str
    saving: float | None
    low: float | None
    high: float | None
    reached: int
    n_seeds: int
    cost: str = "labels"

    def as_json(self) -> dict[str, Any]:
        """The same as a dict."""
        return asdict(self)

    def in_words(self) -> str:
        """A plain sentence."""
        metric = NAMES[self.metric]
        if self.saving is None:
            return f"{self.strategy}: never as good as random on {metric}."
        interval = f"{self.low:.0%} to {self.high:.0%}" if self.low is not None else "one run"
        if self.low is None or self.low <= 0:
            return (
                f"{self.strategy}: not better than random on {metric} "
                f"({self.saving:.0%} of the {self.cost} saved, {interval})."
            )
        saved = f"saves {self.saving:.0%} of the {self.cost}"
        return f"{self.strategy}: {saved} on {metric} ({interval})."


@dataclass(frozen=True)
class Corrections:
    """Clicks with the whole budget, as a share more (or, below 0, fewer) than random's."""

    strategy: str
    more: float
    low: float | None
    high: float | None
    n_seeds: int

    def as_json(self) -> dict[str, Any]:
        """The same as a dict."""
        return asdict(self)

    def in_words(self) -> str:
        """A plain sentence."""
        interval = f" ({self.low:+.0%} to {self.high:+.0%})" if self.low is not None else ""
        return f"{self.strategy}: {self.more:+.0%} correction clicks against random{interval}."


def savings(points: Sequence[Point], cost: str = "labels") -> list[Saving]:
    """Savings of every strategy on every metric, at random's score with the whole budget.

    Seed by seed, since seeds share their first grants: cost to random's last score (mean of its
    last three points), over what random paid. Interval: Student's t over the seeds, 95 %. Empty
    where random was not simulated with a seed of theirs.

    Parameters
    ----------
    points : sequence of Point
    cost : {"labels", "decisions", "clicks"}
        What is counted: grants, their categories, or corrections.
    """

    def one(name: str, metric: str, runs: Runs, random: Runs) -> Saving:
        shares = [_saved(runs[seed], random[seed], metric, cost) for seed in sorted(runs)]
        reached = [share for share in shares if share is not None]
        if not reached:
            return Saving(name, metric, None, None, None, 0, len(shares), cost)
        mean, low, high = _interval([share or 0.0 for share in shares])
        return Saving(name, metric, mean, low, high, len(reached), len(shares), cost)

    return [
        one(name, metric, runs, random)
        for name, runs, random in _against_random(points)
        for metric in METRICS
    ]


def corrections(points: Sequence[Point]) -> list[Corrections]:
    """Clicks of every strategy at the end against random's, seed by seed; interval as above."""
    return [
        Corrections(
            name,
            *_interval([_clicks(runs[seed]) / max(_clicks(random[seed]), 1) - 1 for seed in runs]),
            len(runs),
        )
        for name, runs, random in _against_random(points)
    ]


def _against_random(points: Sequence[Point]) -> list[tuple[str, Runs, Runs]]:
    """Each other strategy's runs, and random's with the same seeds."""
    curves: dict[str, Runs] = {}
    for point in points:
        curves.setdefault(point.strategy, {}).setdefault(point.seed, []).append(point)
    random = curves.pop(RANDOM, {})
    pairs = []
    for name, runs in curves.items():
        shared = {seed: run for seed, run in runs.items() if seed in random}
        if shared:
            pairs.append((name, shared, random))
    return pairs


def _interval(values: Sequence[float]) -> tuple[float, float | None, float | None]:
    """Mean and the 95 % interval of Student's t; no interval for a single value."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, None, None
    error = float(np.std(values, ddof=1)) / len(values) ** 0.5
    reach = float(stats.t.ppf(0.975, len(values) - 1)) * error
    return mean, mean - reach, mean + reach


def _clicks(run: Sequence[Point]) -> int:
    return max(point.clicks for point in run)


def _saved(run: Sequence[Point], random: Sequence[Point], metric: str, cost: str) -> float | None:
    paid, curve = _smoothed(run, metric, _paid(cost))
    budget, scores = _smoothed(random, metric, _paid(cost))
    at = np.flatnonzero(curve >= scores[-1])
    if not len(at):
        return None
    first = int(at[0])
    needed = float(paid[first])
    if first:  # between two points the curve is taken for a line
        step = (scores[-1] - curve[first - 1]) / (curve[first] - curve[first - 1])
        needed = float(paid[first - 1] + step * (paid[first] - paid[first - 1]))
    return 1 - needed / max(float(budget[-1]), 1.0)


def _paid(cost: str) -> Callable[[Point], int]:
    if cost not in COSTS:
        raise ValueError(f"There is no cost {cost!r}. There are {', '.join(COSTS)}.")
    return lambda point: int(getattr(point, cost))


def _smoothed(
    run: Sequence[Point], metric: str, paid: Callable[[Point], int]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """What was paid, and the mean of each point with the two before it."""
    in_order = sorted(run, key=lambda point: point.labels)
    values = np.array([getattr(point, metric) for point in in_order])
    sums = np.cumsum(np.concatenate([[0.0], values]))
    ends = np.arange(len(values)) + 1
    starts = np.maximum(ends - WINDOW, 0)
    spent = np.array([paid(point) for point in in_order], dtype=np.int64)
    return spent, (sums[ends] - sums[starts]) / (ends - starts)
