"""The metrics of the site, each for many weightings of the texts at once.

All functions take ``weights`` of shape (n_weightings, n_texts), how often each text counts, and
return float64 of shape (n_weightings,). ``right`` and ``ticked`` are bool of shape (n_texts,
n_categories) and False where the answer is not known. A share of nothing is 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from classifier.ml.figures import ratio

Weights = NDArray[np.float32]
Pairs = NDArray[np.bool_]
Series = NDArray[np.float64]

ECE_BINS = 15
ECE_FLOOR = 0.01
FIRST = 10


def micro_f1(weights: Weights, right: Pairs, ticked: Pairs) -> Series:
    """F1 over all (text, category) pairs."""
    hits = weights @ _count(right & ticked)
    return ratio(2 * hits, weights @ _count(right) + weights @ _count(ticked))


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


def precision_at_1(weights: Weights, right: Pairs, ranks: NDArray[np.int64]) -> Series:
    """Share of the texts with a right category whose first suggestion is right.

    ``ranks``: (n_texts, n_categories), 0 for the first suggestion.
    """
    hit = (right & (ranks == 0)).any(axis=1)
    return ratio(weights @ hit.astype(np.float32), weights @ right.any(axis=1).astype(np.float32))


def recall_at_10(weights: Weights, right: Pairs, ranks: NDArray[np.int64]) -> Series:
    """Mean share of a text's right categories among its first ten suggestions."""
    share = ratio(_count(right & (ranks < FIRST)), _count(right))
    return ratio(weights @ share.astype(np.float32), weights @ right.any(axis=1).astype(np.float32))


def clicks(weights: Weights, right: Pairs, ticked: Pairs) -> Series:
    """Mean number of ticks to take away or to add in a text."""
    return ratio(weights @ _count(right ^ ticked), weights.sum(axis=1))


def ece(weights: Weights, right: Pairs, known: Pairs, proba: NDArray[np.floating]) -> Series:
    """Expected calibration error: 15 equal-width bins, pairs of at least .01 (Guo et al. 2017).

    ``proba``: (n_texts, n_categories), 0 to 1.
    """
    rows, columns = np.nonzero(known & (proba >= ECE_FLOOR))
    p = proba[rows, columns].astype(np.float64)
    bins = np.minimum((p * ECE_BINS).astype(int), ECE_BINS - 1)
    surplus = np.zeros((len(right), ECE_BINS))
    np.add.at(surplus, (rows, bins), p - right[rows, columns])
    pairs = np.bincount(rows, minlength=len(right))
    return ratio(np.abs(weights @ surplus).sum(axis=1), weights @ pairs)


def ranks_of(
    proba: NDArray[np.floating], known: Pairs, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Place of each category in its text's list, 0 first; ties fall at random.

    What is not known, or has the probability 0, is not in the list and comes after all.
    """
    listed = known & (proba > 0)
    keys = np.where(listed, -proba, np.inf)
    order = np.lexsort((rng.random(proba.shape), keys), axis=1)
    ranks = np.empty(proba.shape, dtype=np.int64)
    places = np.broadcast_to(np.arange(proba.shape[1]), proba.shape)
    np.put_along_axis(ranks, order, places, axis=1)
    return np.where(listed, ranks, proba.shape[1] + FIRST)


def _count(pairs: Pairs) -> NDArray[np.float32]:
    return np.asarray(pairs.sum(axis=1), dtype=np.float32)
