"""From probabilities to ticks: thresholds, and no ticked ancestor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.hierarchy import ancestors_of

# Few assignments say little about a threshold: 50 of them weigh as much as the default.
GLOBAL_SHRINKAGE = 50


def tick(
    proba: NDArray[np.float32], thresholds: NDArray[np.float64], ancestors: sparse.csr_array
) -> NDArray[np.bool_]:
    """Decide what is ticked.

    A category is ticked from its threshold on, and a text may have none: a tick that nobody
    believes would cost a click more often than it saves one. An ancestor of a ticked category
    is never ticked.

    Parameters
    ----------
    proba : ndarray of shape (n_texts, n_categories), 0 to 1
    thresholds : ndarray of shape (n_categories,), 0 to 1
    ancestors : sparse matrix of shape (n_categories, n_categories)
        1 where the column stands above the row.

    Returns
    -------
    ndarray of shape (n_texts, n_categories), bool
    """
    ticked = (proba >= thresholds) & (proba > 0)
    return np.asarray(ticked & ~ancestors_of(ticked, ancestors))


def with_the_likeliest(ticked: NDArray[np.bool_], proba: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tick the likeliest category where a text has no tick, for figures that expect one.

    Parameters
    ----------
    ticked, proba : ndarray of shape (n_texts, n_categories)
    """
    filled = ticked.copy()
    if proba.shape[1]:
        empty = np.flatnonzero(~ticked.any(axis=1))
        filled[empty, proba[empty].argmax(axis=1)] = True
    return filled


def best_threshold(y: NDArray[np.int64], proba: NDArray[np.floating]) -> float:
    """The threshold with the highest F1 over all pairs given (Lipton et al. 2014).

    Parameters
    ----------
    y : ndarray of shape (n_pairs,), 0 or 1
    proba : ndarray of shape (n_pairs,), 0 to 1

    Returns
    -------
    float
        Midway between the last probability suggested and the next below; 1.0 without a positive.
    """
    if not y.any():
        return 1.0
    order = np.argsort(-proba, kind="stable")
    ranked, right = proba[order], y[order].cumsum()
    f1 = 2 * right / (np.arange(1, len(y) + 1) + y.sum())
    # Only between two different probabilities can a threshold stand.
    f1[:-1][ranked[:-1] == ranked[1:]] = -1
    last = int(f1.argmax())
    below = ranked[last + 1] if last + 1 < len(ranked) else 0.0
    return float((ranked[last] + below) / 2)


def shrunk_threshold(y: NDArray[np.int64], proba: NDArray[np.floating], default: float) -> float:
    """One threshold for all categories, drawn to ``default`` where there are few positives.

    t = (m t_best + 50 default) / (m + 50), m positives among the pairs (all 1-d, n_pairs).
    """
    positives = int(y.sum())
    weighted = positives * best_threshold(y, proba) + GLOBAL_SHRINKAGE * default
    return weighted / (positives + GLOBAL_SHRINKAGE)


def facet_thresholds(
    y: NDArray[np.int64],
    proba: NDArray[np.float32],
    pairs: NDArray[np.bool_],
    facets: Sequence[NDArray[np.intp]],
    default: float,
) -> NDArray[np.float64]:
    """A threshold for each facet, drawn to that of all facets; shape (n_categories,).

    Thresholds of single categories lose more micro-F1 than they gain: most have few examples.

    Parameters
    ----------
    y, proba, pairs : ndarray of shape (n_texts, n_categories)
        Answers, out-of-fold probabilities, and which pairs may be fitted on.
    facets : sequence of ndarray of int
        The columns of each facet.
    default : float
        What holds without any positive.
    """
    shared = shrunk_threshold(y[pairs], proba[pairs], default)
    thresholds = np.full(y.shape[1], shared)
    for columns in facets if len(facets) > 1 else ():
        chosen = pairs[:, columns]
        of_facet = y[:, columns][chosen], proba[:, columns][chosen]
        thresholds[columns] = shrunk_threshold(*of_facet, shared)
    return thresholds
