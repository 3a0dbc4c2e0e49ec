"""Whether probabilities are honest: of those near .7, seven in ten should come true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.ml.figures import Figure, wilson
from classifier.ml.metrics import ECE_BINS, ECE_FLOOR


@dataclass(frozen=True)
class Bin:
    """Pairs whose probability lies from ``low`` to ``high``.

    ``mean``: of their probabilities, 0 to 1. ``right``: the share that came true, with its 95 %
    interval.
    """

    low: float
    high: float
    n: int
    mean: float
    right: Figure

    def as_json(self) -> dict[str, Any]:
        """The same as lists and numbers."""
        return {
            "low": self.low,
            "high": self.high,
            "n": self.n,
            "mean": self.mean,
            "right": [self.right.value, self.right.low, self.right.high],
        }


def reliability(
    right: NDArray[np.bool_], among: NDArray[np.bool_], proba: NDArray[np.floating]
) -> list[Bin]:
    """The bins of the calibration error, those without a pair left out (DeGroot, Fienberg 1983).

    Weighted by ``n``, the distances of ``mean`` and ``right`` add up to :func:`metrics.ece` of the
    same pairs.

    Parameters
    ----------
    right : ndarray of shape (n_texts, n_categories), bool
    among : ndarray of shape (n_texts, n_categories), bool
        The pairs that count; of these the ones of a probability of .01 or more.
    proba : ndarray of shape (n_texts, n_categories), 0 to 1
    """
    chosen = among & (proba >= ECE_FLOOR)
    p, came = proba[chosen].astype(np.float64), right[chosen]
    numbers = np.minimum((p * ECE_BINS).astype(int), ECE_BINS - 1)
    found = []
    for number in range(ECE_BINS):
        own = numbers == number
        if n := int(own.sum()):
            ends = number / ECE_BINS, (number + 1) / ECE_BINS
            share = wilson(int(came[own].sum()), n)
            found.append(Bin(*ends, n, float(p[own].mean()), share))
    return found
