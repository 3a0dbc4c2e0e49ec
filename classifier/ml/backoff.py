"""This category or one below it: a second number, and what is ticked by it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.hierarchy import ancestors_of
from classifier.ml.thresholds import tick, with_the_likeliest

# A broader category stands in for its narrower ones when it is more likely than not that one fits.
LIKELY = 0.5


def this_or_below(proba: NDArray[np.float32], ancestors: sparse.csr_array) -> NDArray[np.float32]:
    """How likely a category or any below it is given, float32 (n_texts, n_categories), 0 to 1.

    One minus the product of what speaks against each, as if they were independent (a noisy or;
    Pearl 1988, 4.3.2). On out-of-fold probabilities of UK-CAT it is calibrated to .04.

    Parameters
    ----------
    proba : ndarray of shape (n_texts, n_categories), 0 to 1
        Of direct categories.
    ancestors : sparse matrix of shape (n_categories, n_categories)
        1 where the column stands above the row.
    """
    against = np.log1p(-np.minimum(proba.astype(np.float64), 1 - 1e-9))
    below = ancestors.T.dot(against.T).T
    return np.asarray(-np.expm1(against + below), dtype=np.float32)


def with_backing_off(
    ticked: NDArray[np.bool_], proba: NDArray[np.float32], ancestors: sparse.csr_array
) -> NDArray[np.bool_]:
    """Tick a broader category too where its narrower ones are unsure, each by itself.

    That is where neither it nor one below it is ticked, yet one of them is more likely right than
    not. The narrowest such category is taken: a ticked list never holds an ancestor of another.

    Parameters
    ----------
    ticked : ndarray of shape (n_texts, n_categories), bool
    proba, ancestors : as in :func:`this_or_below`
    """
    has_narrower = np.asarray(ancestors.sum(axis=0)) > 0
    settled = ticked | ancestors_of(ticked, ancestors)
    likely = this_or_below(proba, ancestors) >= LIKELY
    more = ticked | (likely & has_narrower & ~settled)
    return np.asarray(more & ~ancestors_of(more, ancestors))


def decided(
    proba: NDArray[np.float32],
    thresholds: NDArray[np.float64],
    ancestors: sparse.csr_array,
    at_least_one: bool = False,
) -> NDArray[np.bool_]:
    """What is ticked, by the rule of every kind of model: thresholds, then backing off.

    Parameters
    ----------
    proba, thresholds, ancestors : as in :func:`classifier.ml.thresholds.tick`
    at_least_one : bool
        Tick the likeliest where nothing else is.
    """
    ticked = with_backing_off(tick(proba, thresholds, ancestors), proba, ancestors)
    return with_the_likeliest(ticked, proba) if at_least_one else ticked
