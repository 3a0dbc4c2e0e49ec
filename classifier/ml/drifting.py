"""Whether what comes in, what is predicted or what people change is other than it used to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import gamma

from classifier.ml.figures import N_BOOT, Figure, bootstrap_weights, figure, ratio

N_SHUFFLES = 199
FALSE_ALARMS = 0.01  # of months in which nothing drifts, at the most, over all measures
NIGHTS = 31  # on which a month that goes on is looked at
CELLS = 1_000_000  # numbers held at once: shuffles by terms, of which there may be very many
SIGMAS = 3.0
# From the mean moving range to three standard deviations, for single values (Shewhart; XmR chart).
RANGE_TO_LIMIT = 2.66
LEAST_BEFORE = 5  # values that tell what is usual


@dataclass(frozen=True)
class Shift:
    """How far new texts are from the reference, in bits, 0 to 1; ``limit``: what chance reaches."""

    divergence: float
    limit: float


def divergence(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """Jensen-Shannon divergence in bits, 0 for the same mix and 1 for nothing shared (Lin 1991).

    Parameters
    ----------
    one, other : ndarray of shape (..., n_terms), counts
        A mix of nothing is as far as can be from any other, and the same as another such.
    """
    p, q = (ratio(counts, counts.sum(axis=-1, keepdims=True)) for counts in (one, other))
    middle = (p + q) / 2
    return np.asarray((_bits(p, middle) + _bits(q, middle)) / 2)


def _bits(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kullback-Leibler divergence in bits; where ``p`` is 0 there is nothing to add."""
    quotient = np.divide(p, q, out=np.ones_like(p), where=p > 0)
    return np.asarray((p * np.log2(quotient)).sum(axis=-1))


def chance_of_a_look(n_measures: int, *, goes_on: bool) -> float:
    """How often chance may carry one measure over its limit at one look.

    So that a month in which nothing drifts alarms no oftener than ``FALSE_ALARMS``, whatever is
    measured and however often it is looked at (Bonferroni): half is for the month when it is
    whole, half for all the nights before.
    """
    share = FALSE_ALARMS / (2 * n_measures)
    return share / NIGHTS if goes_on else share


def shift(
    counts: sparse.csr_array,
    is_new: NDArray[np.bool_],
    seed: int = 0,
    *,
    chance: float = FALSE_ALARMS,
    shuffles: int = N_SHUFFLES,
) -> Shift:
    """How far the new rows lie from the others, and how far random rows would.

    The limit is what chance exceeds so often, by shuffles of which rows are new (Fisher 1935), so
    it allows for few rows: the fewer, the further apart by chance. It lies beyond what some
    hundreds of shuffles can show, so a gamma distribution is laid through their mean and variance
    (Winkler et al. 2016, "Faster permutation inference in brain imaging").

    Parameters
    ----------
    counts : sparse matrix of shape (n_texts, n_terms)
    is_new : ndarray of shape (n_texts,), bool
        Some and not all.
    chance : float
        How often rows that do not differ may lie beyond the limit, above 0 and under 1.
    """
    rng = np.random.default_rng(seed)
    shuffled = rng.permuted(np.tile(is_new, (shuffles, 1)), axis=1)
    draws = np.vstack([is_new, shuffled])
    whole = np.asarray(counts.sum(axis=0)).ravel()
    step = max(1, CELLS // max(1, counts.shape[1]))
    parts = []
    for start in range(0, len(draws), step):
        new = np.asarray((counts.T @ draws[start : start + step].T.astype(np.float64)).T)
        parts.append(divergence(new, whole - new))
    found = np.concatenate(parts)
    return Shift(float(found[0]), _exceeded(found[1:], chance))


def _exceeded(values: NDArray[np.float64], chance: float) -> float:
    """What one more value of the same kind, 0 or more, exceeds with that chance."""
    mean, variance = float(values.mean()), float(values.var(ddof=1))
    if not variance:
        return mean
    return float(gamma.isf(chance, mean**2 / variance, scale=variance / mean))


def unseen_share(
    counts: sparse.csr_array, is_new: NDArray[np.bool_], seed: int = 0
) -> Figure | None:
    """Share of the new rows' words that no other row has, by bootstrap of the new rows.

    None where the new rows have no word.

    Parameters
    ----------
    counts, is_new : as in :func:`shift`
    """
    seen = np.asarray(counts[~is_new].sum(axis=0)).ravel() > 0
    new = counts[is_new]
    words = np.asarray(new.sum(axis=1)).ravel()
    if not words.sum():
        return None
    unseen = np.asarray(new @ (~seen).astype(np.float64)).ravel()
    weights = bootstrap_weights(len(words), N_BOOT, seed)
    return figure(ratio(weights @ unseen, weights @ words))


def usual_limit(before: Sequence[float]) -> float | None:
    """What a value may reach if it goes on as before; None while there are fewer than five."""
    if len(before) < LEAST_BEFORE:
        return None
    ranges = np.abs(np.diff(before))
    return float(np.mean(before) + RANGE_TO_LIMIT * ranges.mean())


@dataclass(frozen=True)
class Control:
    """A p-chart: the usual share, and between which shares each sample should lie."""

    centre: float
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def p_chart(n: Sequence[int], changed: Sequence[int], n_before: int) -> Control:
    """Three-sigma limits of a share, each by the size of its sample (Shewhart 1931).

    Parameters
    ----------
    n, changed : sequence of int, length n_samples
        How many there were in each sample, and of how many it is so.
    n_before : int
        The first so many samples say what is usual.
    """
    centre = float(ratio(np.array([sum(changed[:n_before])]), np.array([sum(n[:n_before])]))[0])
    sizes = np.asarray(n, dtype=np.float64)
    reach = SIGMAS * np.sqrt(ratio(np.full(len(sizes), centre * (1 - centre)), sizes))
    reach = np.where(sizes > 0, reach, 1.0)
    return Control(centre, np.maximum(0.0, centre - reach), np.minimum(1.0, centre + reach))
