"""Ridge regression of every category at once, each pair with a weight of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from classifier.ml.steps import Pivots, Products, conjugate_gradients

Matrix = NDArray[np.float32]

PENALTY = 0.3
# Each different set of weights costs a factorisation of its own; with more of them, iterate.
MAX_FACTORS = 8


@dataclass(frozen=True)
class DualRidge:
    """Ridge in its dual form: score = kernel with the texts learned from @ ``dual`` + ``mean``.

    ``dual``: float32 of shape (n_texts, n_categories). ``mean``: (n_categories,).
    """

    dual: Matrix
    mean: Matrix


def fit_exactly(kernel: Matrix, y: Matrix, weights: Matrix) -> DualRidge:
    """Kernel ridge by Cholesky factors (Saunders et al. 1998), cubic in the number of texts.

    Minimises sum of weights x (y - score)^2 + .3 x |w|^2 for each category; the intercept is the
    weighted mean of y.

    Parameters
    ----------
    kernel : ndarray of shape (n_texts, n_texts), float32
    y, weights : ndarray of shape (n_texts, n_categories), float32
        A pair of weight 0 teaches nothing.
    """
    mean = weighted_mean(y, weights)
    dual = np.zeros_like(y)
    for columns, shared in alike(weights):
        rows = np.flatnonzero(shared)
        if len(rows):
            system = kernel[np.ix_(rows, rows)]
            system[np.diag_indices(len(rows))] += PENALTY / shared[rows]
            factor = cho_factor(system, lower=True, overwrite_a=True, check_finite=False)
            centred = y[np.ix_(rows, columns)] - mean[columns]
            dual[np.ix_(rows, columns)] = cho_solve(factor, centred, check_finite=False)
    return DualRidge(dual, mean)


def fit_primally(vectors: Matrix, y: Matrix, weights: Matrix) -> tuple[Matrix, Matrix]:
    """The same where there are few numbers a text: cubic in these, linear in the texts.

    Parameters
    ----------
    vectors : ndarray of shape (n_texts, n_numbers), float32
    y, weights : ndarray of shape (n_texts, n_categories), float32

    Returns
    -------
    ndarray of shape (n_numbers, n_categories), float32
        Score = vectors @ these + the mean.
    ndarray of shape (n_categories,), float32
    """
    mean = weighted_mean(y, weights)
    solved = np.zeros((vectors.shape[1], y.shape[1]), dtype=np.float32)
    for columns, shared in alike(weights):
        weighted = vectors * shared[:, None]
        system = weighted.T @ vectors
        system[np.diag_indices(len(system))] += np.float32(PENALTY)
        factor = cho_factor(system, lower=True, overwrite_a=True, check_finite=False)
        right = weighted.T @ (y[:, columns] - mean[columns])
        solved[:, columns] = cho_solve(factor, right, check_finite=False)
    return solved, mean


def fit_by_steps(
    times_kernel: Products,
    y: Matrix,
    weights: Matrix,
    pivots: Pivots | None = None,
    start: Matrix | None = None,
) -> DualRidge:
    """The same by conjugate gradients, one kernel product a step.

    Parameters
    ----------
    times_kernel : function
        The kernel matrix times a matrix of shape (n_texts, n_categories).
    y, weights : ndarray of shape (n_texts, n_categories), float32
    pivots : Pivots, optional
        Of the same texts; with them a few steps do where there are very many texts.
    start : ndarray of shape (n_texts, n_categories), optional
        A dual that is near the solution already; 0 where nothing is known.
    """
    mean, root = weighted_mean(y, weights), np.sqrt(weights)

    def system(direction: Matrix) -> Matrix:
        return root * times_kernel(root * direction) + np.float32(PENALTY) * direction

    precondition = pivots.preconditioner(root, np.float32(PENALTY)) if pivots else None
    if start is not None:
        start = np.divide(start, root, out=np.zeros_like(root), where=root > 0)
    solved = conjugate_gradients(system, root * (y - mean), precondition, start)
    return DualRidge(root * solved, mean)


def alike(weights: Matrix) -> list[tuple[NDArray[np.intp], Matrix]]:
    """Groups of columns with equal weights: their numbers, and the weights they share."""
    groups: dict[bytes, list[int]] = {}
    for column in range(weights.shape[1]):
        groups.setdefault(weights[:, column].tobytes(), []).append(column)
    return [(np.array(columns), weights[:, columns[0]]) for columns in groups.values()]


def weighted_mean(y: Matrix, weights: Matrix) -> Matrix:
    """The weighted mean of each column, 0 where nothing weighs."""
    total = np.maximum(weights.sum(axis=0), np.float32(1e-9))
    return np.asarray((weights * y).sum(axis=0) / total, dtype=np.float32)
