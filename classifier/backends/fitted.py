"""What the classical families look like when they are fitted: plain arrays that give scores.

A score is anything that grows with the probability; calibration makes probabilities of it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import logit, softmax

Floats = NDArray[np.float32]
# A share of 0 or 1 is never certain: that many trees or neighbours have not been asked.
LEAST = 1e-3


class Fitted(Protocol):
    """One fitted family; its fields are arrays, so that its file holds nothing else."""

    def scores(self, X: sparse.csr_array) -> Floats:
        """Float32 of shape (n_texts, n_columns), of texts of shape (n_texts, n_terms)."""


@dataclass(frozen=True)
class Linear:
    """``weights``: float32 of shape (n_terms, n_columns); ``offsets``: (n_columns,)."""

    weights: Floats
    offsets: Floats

    def scores(self, X: sparse.csr_array) -> Floats:
        """Sums of the weights of a text's terms."""
        return np.asarray(X @ self.weights + self.offsets, dtype=np.float32)


@dataclass(frozen=True)
class Chain:
    """Linear, and what is decided of one category speaks for or against the next (Read 2011).

    ``links``: float32 of shape (n_columns, n_columns), from the row's decision to the column's
    score. ``order``: the columns in the order in which they are decided.
    """

    weights: Floats
    offsets: Floats
    links: Floats
    order: NDArray[np.int64]

    def scores(self, X: sparse.csr_array) -> Floats:
        """The score of each link, given what the links before it decided."""
        found = np.asarray(X @ self.weights + self.offsets, dtype=np.float32)
        decided = np.zeros_like(found)
        for column in self.order:
            found[:, column] += decided @ self.links[:, column]
            decided[:, column] = found[:, column] > 0
        return found


@dataclass(frozen=True)
class Powerset:
    """One class for each set of categories; a category has the sum of the sets that hold it.

    ``sets``: of shape (n_sets, n_columns), 0 or 1.
    """

    weights: Floats
    offsets: Floats
    sets: Floats

    def scores(self, X: sparse.csr_array) -> Floats:
        """Log-odds of the sum of the sets' probabilities."""
        share = softmax(X @ self.weights + self.offsets, axis=1) @ self.sets
        return _log_odds(share)


@dataclass(frozen=True)
class Neighbours:
    """The ``k`` training texts with the highest cosine, weighed by it.

    The training texts' rows, ``data``, ``indices`` and ``indptr`` of a sparse matrix of
    ``n_terms`` columns, and their answers ``y``, shape (n_training_texts, n_columns).
    """

    data: Floats
    indices: NDArray[np.int32]
    indptr: NDArray[np.int32]
    n_terms: int
    y: Floats
    k: int

    def scores(self, X: sparse.csr_array) -> Floats:
        """Log-odds of the weighed share of the neighbours that have the category."""
        shape = len(self.indptr) - 1, self.n_terms
        known = sparse.csr_array((self.data, self.indices, self.indptr), shape=shape)
        near = (X @ known.T).toarray()
        k = min(self.k, near.shape[1])
        # Of equally near ones the first, so that the order of the columns decides nothing.
        order = np.argsort(-near, axis=1, kind="stable")[:, :k]
        weights = np.zeros_like(near)
        np.put_along_axis(weights, order, np.take_along_axis(near, order, axis=1), axis=1)
        total = np.maximum(weights.sum(axis=1, keepdims=True), LEAST)
        return _log_odds(weights @ self.y / total)


@dataclass(frozen=True)
class Forest:
    """Decision trees laid one after the other, a node a row (Breiman 2001).

    ``left``, ``right``: the next node, -1 at a leaf; ``term``, ``bound``: what is asked there;
    ``shares``: float32 of shape (n_nodes, n_columns), of the training texts at a leaf; ``roots``:
    the first node of each tree.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    term: NDArray[np.int32]
    bound: Floats
    shares: Floats
    roots: NDArray[np.int32]

    def scores(self, X: sparse.csr_array) -> Floats:
        """Log-odds of the mean share over the trees."""
        dense = X.toarray()
        total = np.zeros((dense.shape[0], self.shares.shape[1]), dtype=np.float32)
        for root in self.roots:
            total += self.shares[self._leaves(dense, int(root))]
        return _log_odds(total / len(self.roots))

    def _leaves(self, dense: Floats, root: int) -> NDArray[np.int64]:
        at = np.full(len(dense), root, dtype=np.int64)
        going = np.arange(len(dense))
        while (going := going[self.left[at[going]] >= 0]).size:
            node = at[going]
            is_left = dense[going, self.term[node]] <= self.bound[node]
            at[going] = np.where(is_left, self.left[node], self.right[node])
        return at


@dataclass(frozen=True)
class Perceptron:
    """Two layers, the first one rectified: ``first`` and ``second`` are their weights."""

    first: Floats
    first_offsets: Floats
    second: Floats
    second_offsets: Floats

    def scores(self, X: sparse.csr_array) -> Floats:
        """What the last layer gives before its logistic function."""
        hidden = np.maximum(X @ self.first + self.first_offsets, 0)
        return np.asarray(hidden @ self.second + self.second_offsets, dtype=np.float32)


SHAPES: dict[str, type[Any]] = {
    shape.__name__: shape for shape in (Linear, Chain, Powerset, Neighbours, Forest, Perceptron)
}


def plain_of(fitted: Fitted) -> dict[str, Any]:
    """The shape's name and its arrays."""
    parts = {field.name: getattr(fitted, field.name) for field in fields(fitted)}  # type: ignore[arg-type] # all shapes are dataclasses
    return {"shape": type(fitted).__name__, **parts}


def fitted_of(plain: dict[str, Any]) -> Fitted:
    """The fitted family whose arrays these are; KeyError or TypeError if they are none."""
    parts = {name: value for name, value in plain.items() if name != "shape"}
    found: Fitted = SHAPES[plain["shape"]](**parts)
    return found


def _log_odds(share: NDArray[np.floating]) -> Floats:
    return np.asarray(logit(np.clip(share, LEAST, 1 - LEAST)), dtype=np.float32)
