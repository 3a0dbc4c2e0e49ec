"""Which categories of a text are worth telling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def shortlist(
    columns: NDArray[np.int64],
    proba: NDArray[np.float32],
    ticked: NDArray[np.bool_],
    thresholds: NDArray[np.float64],
    n: int,
    least: float,
) -> list[int]:
    """The likeliest categories, and those that stand in for narrower ones.

    A broader category that is ticked because its narrower ones are unsure
    (:mod:`classifier.ml.backoff`) may itself be improbable, so a cut by probability would lose it.

    Parameters
    ----------
    columns : ndarray of int
        The categories to choose from.
    proba : ndarray of shape (n_categories,), 0 to 1
    ticked : ndarray of shape (n_categories,), bool
    thresholds : ndarray of shape (n_categories,), 0 to 1
        What is ticked below its threshold stands in for others.
    n : int
        How many at most; ticked ones go before others.
    least : float
        Probability under which a category is not told, unless it stands in for others.

    Returns
    -------
    list of int
        Columns, the likeliest first.
    """
    rank = np.where(ticked[columns], -1 - proba[columns], -proba[columns])
    kept = columns[np.argsort(rank, kind="stable")[:n]]
    order = kept[np.argsort(-proba[kept], kind="stable")]
    stands_in = ticked & (proba < thresholds)
    return [int(column) for column in order if stands_in[column] or proba[column] >= least]
