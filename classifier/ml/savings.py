"""What a strategy saves against drawing by lot, with its uncertainty over the seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from classifier.ml.sampling import RANDOM
from classifier.ml.simulation import METRICS, Point

WINDOW = 3  # a curve is smoothed over so many points: one batch more or less is noise


@dataclass(frozen=True)
class Saving:
    """Share of the labels saved on a metric; None where the goal was not reached.

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

    def in_words(self) -> str:
        """A plain sentence."""
        metric = NAMES[self.metric]
        if self.saving is None:
            return f"{self.strategy}: never as good as random on {metric}."
        interval = f"{self.low:.0%} to {self.high:.0%}" if self.low is not None else "one seed"
        if self.low is None or self.low <= 0:
            return f"{self.strategy}: not better than random on {metric} ({interval})."
        return f"{self.strategy}: saves {self.saving:.0%} of the labels on {metric} ({interval})."


NAMES = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "hierarchical_f1": "hierarchical F1",
    "recall_at_10": "R@10",
}


def savings(points: Sequence[Point]) -> list[Saving]:
    """Savings of every strategy on every metric, at random's score with the whole budget.

    Seed by seed, since seeds share their first grants: labels to random's last score (mean of
    its last three points), over the budget. Interval: Student's t over the seeds, 95 %.

    Raises
    ------
    ValueError
        If random is not among the strategies, so there is nothing to compare with.
    """
    curves: dict[str, dict[int, list[Point]]] = {}
    for point in points:
        curves.setdefault(point.strategy, {}).setdefault(point.seed, []).append(point)
    if RANDOM not in curves:
        raise ValueError(f"Savings are told against {RANDOM}: simulate it as well.")
    return [
        _saving(name, metric, runs, curves[RANDOM])
        for name, runs in curves.items()
        if name != RANDOM
        for metric in METRICS
    ]


def _saving(
    name: str, metric: str, runs: dict[int, list[Point]], random: dict[int, list[Point]]
) -> Saving:
    seeds = sorted(set(runs) & set(random))
    saved = [_saved(runs[seed], random[seed], metric) for seed in seeds]
    reached = [value for value in saved if value is not None]
    if not reached:
        return Saving(name, metric, None, None, None, 0, len(seeds))
    shares = np.array([value if value is not None else 0.0 for value in saved])
    mean = float(shares.mean())
    if len(shares) < 2:
        return Saving(name, metric, mean, None, None, len(reached), len(seeds))
    reach = float(stats.t.ppf(0.975, len(shares) - 1) * shares.std(ddof=1) / len(shares) ** 0.5)
    return Saving(name, metric, mean, mean - reach, mean + reach, len(reached), len(seeds))


def _saved(run: list[Point], random: list[Point], metric: str) -> float | None:
    labels, curve = _smoothed(run, metric)
    budget = max(point.labels for point in random)
    goal = _smoothed(random, metric)[1][-1]
    at = np.flatnonzero(curve >= goal)
    if not len(at):
        return None
    first = int(at[0])
    needed = float(labels[first])
    if first:  # between two points the curve is taken for a line
        below, above = curve[first - 1], curve[first]
        step = (goal - below) / (above - below)
        needed = float(labels[first - 1] + step * (labels[first] - labels[first - 1]))
    return 1 - needed / budget


def _smoothed(run: list[Point], metric: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Labels and the mean of each point with the two before it."""
    in_order = sorted(run, key=lambda point: point.labels)
    values = np.array([getattr(point, metric) for point in in_order])
    sums = np.cumsum(np.concatenate([[0.0], values]))
    starts = np.maximum(np.arange(len(values)) + 1 - WINDOW, 0)
    ends = np.arange(len(values)) + 1
    labels = np.array([point.labels for point in in_order], dtype=np.int64)
    return labels, (sums[ends] - sums[starts]) / (ends - starts)
