"""The metrics of the site, each for many weightings of the texts at once.

All functions take ``weights`` of shape (n_weightings, n_texts), how often each text counts, and
return float64 of shape (n_weightings,). ``right`` and ``ticked`` are bool of shape (n_texts,
n_categories) and False where the answer is not known. A share of nothing is 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.ml.figures import ratio

Weights = NDArray[np.float32]
Pairs = NDArray[np.bool_]
Series = NDArray[np.float64]
Counts = NDArray[np.float32]  # of the pairs in each text, shape (n_texts,)

ECE_BINS = 15
ECE_FLOOR = 0.01
FIRST = 10
ALSO_CONSIDER = 5
AT_ONCE = 500  # texts ordered at a time: what ordering holds is several times their pairs


def micro_f1(weights: Weights, right: Pairs, ticked: Pairs) -> Series:
    """F1 over all (text, category) pairs."""
    return f1_of_counts(weights, counts_of(right & ticked), counts_of(right), counts_of(ticked))


def f1_of_counts(weights: Weights, hits: Counts, right: Counts, ticked: Counts) -> Series:
    """The same from the number of pairs in each text, shape (n_texts,)."""
    return ratio(2 * (weights @ hits), weights @ right + weights @ ticked)


def category_f1(weights: Weights, right: Pairs, ticked: Pairs) -> NDArray[np.float64]:
    """F1 of each category, shape (n_weightings, n_categories)."""
    hits, support, claims = (
        weights @ pairs.astype(np.float32) for pairs in (right & ticked, right, ticked)
    )
    return ratio(2 * hits, support + claims)


def macro_f1(weights: Weights, right: Pairs, ticked: Pairs) -> Series:
    """Mean F1 of the categories that occur among the right ones, not of all categories."""
    occurs = weights @ right.astype(np.float32) > 0
    f1 = category_f1(weights, right, ticked)
    return ratio((f1 * occurs).sum(axis=1), occurs.sum(axis=1))


def sample_f1(weights: Weights, right: Pairs, ticked: Pairs) -> Series:
    """Mean over the texts of the F1 of one text; 1 where none is right and none is ticked."""
    hits, both = counts_of(right & ticked), counts_of(right) + counts_of(ticked)
    f1 = np.where(both > 0, ratio(2 * hits, both), 1.0)
    return ratio(weights @ f1.astype(np.float32), weights.sum(axis=1))


def precision(weights: Weights, right: Pairs, ticked: Pairs) -> Series:
    """Share of the ticked pairs that are right."""
    return ratio(weights @ counts_of(right & ticked), weights @ counts_of(ticked))


def recall(weights: Weights, right: Pairs, ticked: Pairs) -> Series:
    """Share of the right pairs that are ticked, or that are in whatever stands for ``ticked``."""
    return ratio(weights @ counts_of(right & ticked), weights @ counts_of(right))


def precision_at_1(weights: Weights, right: Pairs, ranks: NDArray[np.int64]) -> Series:
    """Share of the texts with a right category whose first suggestion is right.

    ``ranks``: (n_texts, n_categories), 0 for the first suggestion.
    """
    hit = (right & (ranks == 0)).any(axis=1)
    return ratio(weights @ hit.astype(np.float32), weights @ right.any(axis=1).astype(np.float32))


def recall_at_10(weights: Weights, right: Pairs, ranks: NDArray[np.int64]) -> Series:
    """Mean share of a text's right categories among its first ten suggestions."""
    return recall_of_counts(weights, counts_of(right & (ranks < FIRST)), counts_of(right))


def recall_of_counts(weights: Weights, found: Counts, right: Counts) -> Series:
    """The same from the number of right categories in each text, and of those found."""
    share = ratio(found, right)
    return ratio(weights @ share.astype(np.float32), weights @ (right > 0).astype(np.float32))


def clicks(weights: Weights, right: Pairs, ticked: Pairs) -> Series:
    """Mean number of ticks to take away or to add in a text."""
    return ratio(weights @ counts_of(right ^ ticked), weights.sum(axis=1))


def ece(weights: Weights, right: Pairs, among: Pairs, proba: NDArray[np.floating]) -> Series:
    """Expected calibration error: 15 equal-width bins, pairs of at least .01 (Guo et al. 2017).

    ``among``: the known pairs, or those of them that are shown; ``proba``: (n_texts,
    n_categories), 0 to 1.
    """
    rows, columns = np.nonzero(among & (proba >= ECE_FLOOR))
    p = proba[rows, columns].astype(np.float64)
    bins = np.minimum((p * ECE_BINS).astype(int), ECE_BINS - 1)
    surplus = np.zeros((len(right), ECE_BINS))
    np.add.at(surplus, (rows, bins), p - right[rows, columns])
    pairs = np.bincount(rows, minlength=len(right))
    return ratio(np.abs(weights @ surplus).sum(axis=1), weights @ pairs)


def shown(ticked: Pairs, proba: NDArray[np.floating], known: Pairs, facets: Sequence[str]) -> Pairs:
    """What an annotator sees: what is ticked, and the next five of each facet to consider.

    ``facets``: the facet of each column, length n_categories.
    """
    seen = ticked.copy()
    names = np.asarray(facets)
    for facet in np.unique(names):
        columns = np.flatnonzero(names == facet)
        rest = np.where((known & ~ticked)[:, columns], proba[:, columns], -1)
        # Of equally likely ones the first: calibration is the same for either.
        order = np.argsort(-rest, axis=1, kind="stable")[:, :ALSO_CONSIDER]
        near = np.zeros(rest.shape, dtype=bool)
        np.put_along_axis(near, order, np.take_along_axis(rest > 0, order, axis=1), axis=1)
        seen[:, columns] |= near
    return seen


def ranks_of(
    proba: NDArray[np.floating], known: Pairs, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Place of each category in its text's list, 0 first; ties fall at random.

    What is not known, or has the probability 0, is not in the list and comes after all.
    """
    ranks = np.empty(proba.shape, dtype=np.int64)
    for rows, some in _ranked(proba, known, rng):
        ranks[rows] = some
    return ranks


def among_first(proba: NDArray[np.floating], known: Pairs, rng: np.random.Generator) -> Pairs:
    """Which categories are among the first ten of their text, by ``ranks_of``."""
    found = np.empty(proba.shape, dtype=bool)
    for rows, ranks in _ranked(proba, known, rng):
        found[rows] = ranks < FIRST
    return found


def _ranked(
    proba: NDArray[np.floating], known: Pairs, rng: np.random.Generator
) -> Iterator[tuple[slice, NDArray[np.int64]]]:
    """Some texts at a time, in their order: the draws are those of all texts at once."""
    for start in range(0, len(proba), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        some = proba[rows]
        listed = known[rows] & (some > 0)
        keys = np.where(listed, -some, np.inf)
        order = np.lexsort((rng.random(some.shape), keys), axis=1)
        ranks = np.empty(some.shape, dtype=np.int64)
        places = np.broadcast_to(np.arange(some.shape[1]), some.shape)
        np.put_along_axis(ranks, order, places, axis=1)
        yield rows, np.where(listed, ranks, some.shape[1] + FIRST)


def counts_of(pairs: Pairs) -> Counts:
    """How many pairs each text has."""
    return np.asarray(pairs.sum(axis=1), dtype=np.float32)
