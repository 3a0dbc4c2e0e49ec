"""Which categories of a text are worth telling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def shortlist(
    columns: NDArray[np.int64],
    proba: NDArray[np.float32],
    ticked: NDArray[np.bool_],
    n: int,
    least: float,
) -> list[int]:
    """The likeliest categories, and whatever is ticked.

    A broader category that stands in for its narrower ones (:mod:`classifier.ml.backoff`) may
    itself be improbable, so a cut by probability alone would lose it.

    Parameters
    ----------
    columns : ndarray of int
        The categories to choose from.
    proba : ndarray of shape (n_categories,), 0 to 1
    ticked : ndarray of shape (n_categories,), bool
    n : int
        How many at most; ticked ones go before others.
    least : float
        Probability under which a category is not told, unless it is ticked.

    Returns
    -------
    list of int
        Columns, the likeliest first.
    """
    rank = np.where(ticked[columns], -1 - proba[columns], -proba[columns])
    kept = columns[np.argsort(rank, kind="stable")[:n]]
    order = kept[np.argsort(-proba[kept], kind="stable")]
    return [int(column) for column in order if ticked[column] or proba[column] >= least]
