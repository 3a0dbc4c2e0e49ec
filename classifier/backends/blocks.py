"""Fitting a family where not every pair of text and category has an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.backends.families import Fit
from classifier.backends.fitted import Fitted, Floats, Linear, fitted_of, plain_of


@dataclass(frozen=True)
class Blocks:
    """Categories that the same texts answer are fitted together, mostly one facet.

    ``usual``: of shape (n_categories,), the score of a category that cannot be learned, because
    none of its texts have it, or all. ``parts``: columns and what was fitted on them.
    """

    usual: Floats
    parts: list[tuple[NDArray[np.int64], Fitted]]

    def scores(self, X: sparse.csr_array) -> Floats:
        """Float32 of shape (n_texts, n_categories)."""
        found = np.tile(self.usual, (X.shape[0], 1))
        for columns, fitted in self.parts:
            found[:, columns] = fitted.scores(X)
        return found

    @property
    def are_linear(self) -> bool:
        """Whether each term adds to a category's score by itself, so that it can be named."""
        return bool(self.parts) and all(isinstance(fitted, Linear) for _, fitted in self.parts)

    def weights_of(self, column: int) -> Floats | None:
        """What each term adds to a category's score, shape (n_terms,); None if untaught."""
        for columns, fitted in self.parts:
            place = np.flatnonzero(columns == column)
            if len(place) and isinstance(fitted, Linear):
                return fitted.weights[:, place[0]]
        return None

    def plain(self) -> dict[str, Any]:
        """Arrays and names alone."""
        parts = [{"columns": columns, **plain_of(fitted)} for columns, fitted in self.parts]
        return {"usual": self.usual, "parts": parts}

    @classmethod
    def restored(cls, plain: dict[str, Any]) -> Blocks:
        """What :meth:`plain` gave."""
        parts = []
        for part in plain["parts"]:
            rest = {name: value for name, value in part.items() if name != "columns"}
            parts.append((part["columns"], fitted_of(rest)))
        return cls(plain["usual"], parts)


def fit_blocks(
    fit: Fit, X: sparse.csr_array, y: NDArray[np.int64], known: NDArray[np.bool_], seed: int
) -> Blocks:
    """Fit a family on the known pairs alone.

    Parameters
    ----------
    fit : Fit
        The family's recipe.
    X : sparse matrix of shape (n_texts, n_terms)
    y : ndarray of shape (n_texts, n_categories), 0 or 1
    known : ndarray of shape (n_texts, n_categories), bool
    seed : int
    """
    parts, means = [], []
    for rows, columns in _answered_alike(y, known):
        # int64 always: scikit-learn shuffles the columns of narrow integers.
        fitted = fit(X[rows], np.ascontiguousarray(y[np.ix_(rows, columns)], dtype=np.int64), seed)
        parts.append((columns, fitted))
        means.append(fitted.scores(X[rows]).mean(axis=0))
    every = np.concatenate(means) if means else np.zeros(1)
    always = known.any(axis=0) & (y >= known).all(axis=0)
    # No word speaks for it: it comes behind, or before, all that could be learned.
    usual = np.where(always, every.max(), every.min())
    return Blocks(usual.astype(np.float32), parts)


def _answered_alike(
    y: NDArray[np.int64], known: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Rows and columns of each block; columns without both answers are in none."""
    right, asked = (y * known).sum(axis=0), known.sum(axis=0)
    learnable = np.flatnonzero((right > 0) & (right < asked))
    masks: dict[bytes, list[int]] = {}
    for column in learnable:
        masks.setdefault(np.packbits(known[:, column]).tobytes(), []).append(int(column))
    for columns in masks.values():
        yield np.flatnonzero(known[:, columns[0]]), np.array(columns, dtype=np.int64)
