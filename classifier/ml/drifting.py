"""Whether what comes in, what is predicted or what people change is other than it used to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.figures import Figure, bootstrap_weights, figure, ratio

N_SHUFFLES = 199
CHANCE = 0.99  # of the shuffles lie under the limit
N_BOOT = 500
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


def shift(
    counts: sparse.csr_array, is_new: NDArray[np.bool_], seed: int = 0, shuffles: int = N_SHUFFLES
) -> Shift:
    """How far the new rows lie from the others, and how far random rows would.

    The limit is the 99 % quantile over shuffles of which rows are new (Fisher 1935), so it
    allows for few rows: the fewer, the further apart by chance.

    Parameters
    ----------
    counts : sparse matrix of shape (n_texts, n_terms)
    is_new : ndarray of shape (n_texts,), bool
        Some and not all.
    """
    rng = np.random.default_rng(seed)
    draws = np.array([is_new, *(rng.permutation(is_new) for _ in range(shuffles))])
    new = np.asarray((counts.T @ draws.T.astype(np.float64)).T)
    rest = np.asarray(counts.sum(axis=0)).ravel() - new
    # Row by row: the whole of it would be a matrix of shuffles by terms several times over.
    found = np.array([float(divergence(a, b)) for a, b in zip(new, rest, strict=True)])
    return Shift(float(found[0]), float(np.quantile(found[1:], CHANCE, method="higher")))


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
