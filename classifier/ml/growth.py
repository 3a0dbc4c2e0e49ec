"""How a version's figures have grown with its labels: learned anew from a part of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.ml import metrics
from classifier.ml.baselines import Suggested
from classifier.ml.figures import Figure, bootstrap_weights, figure

LEAST, MOST_POINTS = 25, 6
FEW, DRAWS_OF_FEW = 400, 3  # which labels one has, matters most while they are few
N_BOOT = 300
Rows = NDArray[np.int64]


def halves(n: int) -> list[int]:
    """A half, a quarter and so on of ``n`` labels, the fewest first, none under 25.

    Together they cost no more than ``n`` labels do: halves of halves never add up to the whole.
    """
    sizes = [n >> times for times in range(MOST_POINTS, 0, -1)]
    return [size for size in sizes if size >= LEAST]


def draws_of(size: int) -> int:
    """How often so many labels are drawn by lot."""
    return DRAWS_OF_FEW if size <= FEW else 1


def growth(
    labelled: Rows,
    answers: Callable[[Rows], Suggested],
    y: NDArray[np.int64],
    known: NDArray[np.bool_],
    tell: Callable[[float], None],
    seed: int = 0,
) -> list[dict[str, Any]]:
    """A point for each part of the labels, the fewest first; the whole is left to the caller.

    Each is the mean of its draws, with the mean ends of their 95 % intervals.

    Parameters
    ----------
    labelled : ndarray of int64
        What there is to learn from, as the numbers that ``answers`` takes.
    answers : callable
        From the labels to learn from to what is then said of the measured texts.
    y, known : ndarray of shape (n_measured, n_categories)
    tell : callable
        Told the share that is done, 0 to 1.
    seed : int
    """
    runs = [(size, draw) for size in halves(len(labelled)) for draw in range(draws_of(size))]
    costs = np.cumsum([0, *(size for size, _ in runs)])
    found: dict[int, list[tuple[Figure, Figure]]] = {}
    for number, (size, draw) in enumerate(runs):
        tell(float(costs[number] / costs[-1]))
        lot = np.random.default_rng([seed, size, draw]).permutation(labelled)[:size]
        found.setdefault(size, []).append(f1_of(answers(np.sort(lot)), y, known))
    return [
        {
            "n_labels": size,
            "n_draws": len(drawn),
            "micro_f1": _mean([micro for micro, _ in drawn]),
            "macro_f1": _mean([macro for _, macro in drawn]),
        }
        for size, drawn in found.items()
    ]


def f1_of(said: Suggested, y: NDArray[np.int64], known: NDArray[np.bool_]) -> tuple[Figure, Figure]:
    """Micro- and macro-F1 of ticks, over known pairs."""
    rows = known.any(axis=1)
    right, ticked = (known & (y == 1))[rows], (known & said.decided)[rows]
    weights = bootstrap_weights(len(right), N_BOOT, seed=0)
    return (
        figure(metrics.micro_f1(weights, right, ticked)),
        figure(metrics.macro_f1(weights, right, ticked)),
    )


def _mean(figures: list[Figure]) -> list[float]:
    return [float(np.mean([getattr(f, end) for f in figures])) for end in ("value", "low", "high")]
