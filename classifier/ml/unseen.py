"""Scores of labelled texts by scorers that have not seen them, and the final scorers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.prototypes import prototypes
from classifier.ml.ridge import MAX_FACTORS, PENALTY, DualRidge, alike, fit_by_steps, fit_exactly
from classifier.ml.spaces import TextVectors
from classifier.ml.steps import Pivots

Scores = NDArray[np.float32]
Rows = NDArray[np.intp]

# A category's document is one more example of it, of this weight.
DOCUMENT_WEIGHT = 0.3
# Beyond this many texts neither the kernel matrix nor its factor is affordable.
EXACT_LIMIT = 8_000
# Up to so many, the factor costs less than steps from an earlier solution.
SOON_EXACT = 4_000
# A rule's precision is drawn to the mean of all rules, which weighs as much as five matches.
RULE_SHRINKAGE = 5


@dataclass(frozen=True)
class Unseen:
    """What each text gets from scorers without its fold; all of shape (n_texts, n_categories).

    ``examples``: how many examples of a category those scorers had. ``rule_precision``: log-odds
    that a rule is right.
    """

    ridge: Scores
    prototype: Scores
    examples: Scores
    rule_precision: Scores


class ExampleScorers:
    """Ridge and prototypes over labelled texts and the documents of the categories.

    Parameters
    ----------
    texts, documents : TextVectors
        Of n_texts grants and of n_categories documents.
    y : ndarray of shape (n_texts, n_categories), 0 or 1
    weights : ndarray of shape (n_texts, n_categories)
        A pair of weight 0 teaches nothing.
    facets : sequence of str, length n_categories
        A document says nothing about the categories of another facet.
    """

    def __init__(
        self,
        texts: TextVectors,
        documents: TextVectors,
        y: Scores,
        weights: Scores,
        facets: list[str],
    ) -> None:
        self.n_texts = len(y)
        self.stems, self.document_stems = texts.stems, documents.stems
        self.examples = y * weights
        self.all = sparse.csr_array(sparse.vstack([texts.all, documents.all], format="csr"))
        self.y = np.vstack([y, np.eye(len(facets), dtype=np.float32)])
        names = np.array(facets, dtype=object)
        same = (names[:, None] == names[None, :]).astype(np.float32)
        self.weights = np.vstack([weights, np.float32(DOCUMENT_WEIGHT) * same])

    @cached_property
    def pivots(self) -> Pivots:
        """Texts that stand for all where there are too many for a kernel."""
        return Pivots.drawn(self.all, seed=0)

    @cached_property
    def kernel(self) -> Scores | None:
        if self.n_texts > EXACT_LIMIT:
            return None
        return np.asarray((self.all @ self.all.T).toarray(), dtype=np.float32)

    def ridge(self, rows: Rows) -> tuple[Rows, DualRidge]:
        """Ridge learned from these texts and all documents, with the rows it is about."""
        learned = np.concatenate([rows, np.arange(self.n_texts, len(self.y))])
        y, weights = self.y[learned], self.weights[learned]
        if self.kernel is not None:
            kernel = self.kernel[np.ix_(learned, learned)]
            if len(alike(weights)) <= MAX_FACTORS:
                return learned, fit_exactly(kernel, y, weights)
            return learned, fit_by_steps(kernel.__matmul__, y, weights)
        vectors, pivots = self.all[learned], self.pivots.of(learned)
        return learned, fit_by_steps(_implicit_kernel(vectors), y, weights, pivots)

    def ridge_weights(self) -> tuple[Scores, Scores]:
        """The ridge of all texts in primal form: (n_terms, n_categories) and (n_categories,)."""
        _, fitted = self.ridge(np.arange(self.n_texts))
        return np.ascontiguousarray(self.all.T.dot(fitted.dual)), fitted.mean

    def ridge_weights_from(
        self, ridge: Scores, mean: Scores, learned_before: NDArray[np.bool_]
    ) -> tuple[Scores, Scores]:
        """The same, begun where an earlier ridge of some of these texts stands.

        Parameters
        ----------
        ridge, mean : ndarray of shape (n_terms, n_categories) and (n_categories,)
            The earlier one, over the same terms.
        learned_before : ndarray of shape (n_texts,), bool
            The texts it was learned from, beside all documents.
        """
        if self.n_texts <= SOON_EXACT:
            return self.ridge_weights()
        # Where a ridge is solved, its gradient is 0: what a text adds to it is what it leaves over.
        left = self.y - (self.all.dot(ridge) + mean)
        left[: self.n_texts][~learned_before] = 0
        start = self.weights * left / np.float32(PENALTY)
        fitted = fit_by_steps(_implicit_kernel(self.all), self.y, self.weights, start=start)
        return np.ascontiguousarray(self.all.T.dot(fitted.dual)), fitted.mean

    def prototypes(self, rows: Rows) -> Scores:
        """Prototypes of these texts and all documents, (n_stems, n_categories)."""
        found = prototypes(self.stems[rows], self.examples[rows], self.document_stems)
        return np.asarray(found.toarray())

    def unseen(self, folds: NDArray[np.int64], holds: Scores | None) -> Unseen:
        """Score each text by what the other folds teach.

        Parameters
        ----------
        folds : ndarray of shape (n_texts,), int
        holds : ndarray of shape (n_texts, n_categories), or None
            1 where a category's rule matches; None where rules play no part.
        """
        y, weights = self.y[: self.n_texts], self.weights[: self.n_texts]
        found = Unseen(*(np.zeros(y.shape, dtype=np.float32) for _ in range(4)))
        for fold in np.unique(folds):
            held, rows = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            learned, ridge = self.ridge(rows)
            found.ridge[held] = self._kernel_rows(held, learned, ridge.dual) + ridge.mean
            found.prototype[held] = self.stems[held].dot(self.prototypes(rows))
            found.examples[held] = y[rows].sum(axis=0)
            if holds is not None:
                found.rule_precision[held] = rule_precision(holds[rows], y[rows], weights[rows])
        return found

    def _kernel_rows(self, held: Rows, learned: Rows, dual: Scores) -> Scores:
        if self.kernel is not None:
            return np.asarray(self.kernel[np.ix_(held, learned)] @ dual)
        return np.asarray(self.all[held].dot(self.all[learned].T.dot(dual)))


def rule_precision(holds: Scores, y: Scores, weights: Scores) -> Scores:
    """Log-odds that a matching rule is right, float32 of shape (n_categories,).

    ``holds``, ``y``, ``weights``: (n_texts, n_categories).
    """
    matches = (holds * weights).sum(axis=0)
    right = (holds * weights * y).sum(axis=0)
    mean = (right.sum() + 1.5) / (matches.sum() + 5)
    share = (right + RULE_SHRINKAGE * mean) / (matches + RULE_SHRINKAGE)
    return np.asarray(np.log(share / (1 - share)), dtype=np.float32)


def _implicit_kernel(vectors: sparse.csr_array) -> Callable[[Scores], Scores]:
    """The kernel of these rows times a matrix, without the kernel itself."""
    flipped = sparse.csr_array(vectors.T)
    return lambda matrix: np.asarray(vectors.dot(flipped.dot(matrix)))
