"""One logistic regression a category, stacked into one matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

INVERSE_PENALTY = 10.0


@dataclass(frozen=True)
class LinearWeights:
    """Weights of several categories.

    ``coefficients``: float32 of shape (n_terms, n_columns). ``intercepts``: (n_columns,).
    """

    coefficients: NDArray[np.float32]
    intercepts: NDArray[np.float32]

    def scores(self, X: sparse.csr_array) -> NDArray[np.float32]:
        """Log-odds before calibration, float32 of shape (n_texts, n_columns)."""
        return np.asarray(X.dot(self.coefficients) + self.intercepts)


def fit_columns(
    X: sparse.csr_array,
    y: NDArray[np.int64],
    known: NDArray[np.bool_],
    columns: Sequence[int],
    seed: int,
) -> LinearWeights:
    """Fit each column on the rows where its answer is known (liblinear, balanced, C = 10).

    A column of which only one answer is known gets the log-odds 0 everywhere, and so does every
    column where the texts share no word.

    Parameters
    ----------
    X : sparse matrix of shape (n_texts, n_terms), float32
    y : ndarray of shape (n_texts, n_categories), int64, 0 or 1
    known : ndarray of shape (n_texts, n_categories), bool
    columns : sequence of int, length n_columns
    seed : int
    """
    coefficients = np.zeros((X.shape[1], len(columns)), dtype=np.float32)
    intercepts = np.zeros(len(columns), dtype=np.float32)
    for position, column in enumerate(columns):
        rows = np.flatnonzero(known[:, column])
        if X.shape[1] and len(np.unique(y[rows, column])) == 2:
            model = _fitted(X[rows], y[rows, column], seed)
            coefficients[:, position] = model.coef_[0]
            intercepts[position] = model.intercept_[0]
    return LinearWeights(coefficients, intercepts)


def _fitted(X: sparse.csr_array, y: NDArray[np.int64], seed: int) -> LogisticRegression:
    model = LogisticRegression(
        solver="liblinear", class_weight="balanced", C=INVERSE_PENALTY, random_state=seed
    )
    return model.fit(X, y)


def out_of_fold_scores(
    X: sparse.csr_array,
    y: NDArray[np.int64],
    known: NDArray[np.bool_],
    columns: Sequence[int],
    folds: NDArray[np.int64],
    seed: int,
) -> NDArray[np.float32]:
    """Log-odds for each text from models that have not seen it, (n_texts, n_columns).

    ``folds``: the fold in which each text is held out, shape (n_texts,); else as
    :func:`fit_columns`.
    """
    scores = np.zeros((len(y), len(columns)), dtype=np.float32)
    for number in np.unique(folds):
        held = folds == number
        weights = fit_columns(X[~held], y[~held], known[~held], columns, seed)
        scores[held] = weights.scores(X[held])
    return scores
