"""Solving many ridge problems at once by conjugate gradients, near enough and soon enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular

Matrix = NDArray[np.float32]
Products = Callable[[Matrix], Matrix]

STEPS = 50
TOLERANCE = 1e-2
N_PIVOTS = 1_000
PIVOTS_AT_ONCE = 100
# Two pivots may be equal texts: without it their kernel had no factor.
JITTER = np.float32(1e-3)


@dataclass(frozen=True)
class Pivots:
    """Some of the texts, which stand for all: the kernel's columns of them.

    ``columns``: float32 of shape (n_texts, n_pivots). ``among``: of the pivots themselves.
    """

    columns: Matrix
    among: Matrix

    @classmethod
    def drawn(cls, vectors: sparse.csr_array, seed: int) -> Pivots:
        """A thousand rows by lot; the same seed draws the same."""
        n = vectors.shape[0]
        rows = np.sort(np.random.default_rng(seed).permutation(n)[: min(N_PIVOTS, n // 4)])
        parts = [
            np.asarray(vectors.dot(vectors[rows[start : start + PIVOTS_AT_ONCE]].T.toarray()))
            for start in range(0, len(rows), PIVOTS_AT_ONCE)
        ]
        columns = np.hstack(parts).astype(np.float32) if parts else np.zeros((n, 0), np.float32)
        return cls(columns, columns[rows])

    def of(self, rows: NDArray[np.intp]) -> Pivots:
        """The same pivots' columns at these rows; a pivot itself may be missing among them."""
        return Pivots(self.columns[rows], self.among)

    def preconditioner(self, root_weights: Matrix, penalty: np.float32) -> Products:
        """The inverse of the system that the pivots alone would make (Frangella et al. 2023).

        Parameters
        ----------
        root_weights : ndarray of shape (n_texts, n_categories)
            Their mean over the categories stands for each: near the inverse is near enough.
        penalty : float32
        """
        factor = cholesky(
            self.among + JITTER * np.eye(len(self.among), dtype=np.float32), lower=True
        )
        columns = self.columns * root_weights.mean(axis=1, keepdims=True)
        thin = np.ascontiguousarray(
            solve_triangular(factor, columns.T, lower=True, check_finite=False).T
        )
        inner = thin.T @ thin
        inner[np.diag_indices(len(inner))] += penalty
        inner_factor = cho_factor(inner, lower=True, overwrite_a=True, check_finite=False)

        def apply(residual: Matrix) -> Matrix:
            seen = cho_solve(inner_factor, thin.T @ residual, check_finite=False)
            return np.asarray((residual - thin @ seen) / penalty)

        return apply


def conjugate_gradients(
    system: Products,
    right: Matrix,
    precondition: Products | None = None,
    start: Matrix | None = None,
) -> Matrix:
    """Solve ``system(x) = right`` for every column at once; the system is positive definite.

    Ends when every column's residual is a hundredth of its right side, or after 50 steps
    (Hestenes and Stiefel 1952; with a preconditioner Golub and Van Loan 2013, 11.5). Begins at
    ``start``, else at 0: the nearer it is to the solution, the fewer steps.
    """
    precondition = precondition or np.array
    solution = np.zeros_like(right) if start is None else start.copy()
    residual: Matrix = right.copy() if start is None else right - system(start)
    direction: Matrix = precondition(residual)
    nearer: Matrix = direction
    size = _products(residual, nearer)
    goal = np.float32(TOLERANCE**2) * _products(right, right)
    for _ in range(STEPS):
        if (_products(residual, residual) <= goal).all():
            break
        product = system(direction)
        step = size / np.maximum(_products(direction, product), np.float32(1e-30))
        solution += step * direction
        residual = np.asarray(residual - step * product, dtype=np.float32)
        nearer = precondition(residual)
        before, size = size, _products(residual, nearer)
        share = size / np.maximum(before, np.float32(1e-30))
        direction = np.asarray(nearer + share * direction, dtype=np.float32)
    return solution


def _products(one: Matrix, other: Matrix) -> Matrix:
    return np.asarray(np.einsum("ij,ij->j", one, other))
