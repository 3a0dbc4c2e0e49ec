"""What the sentence vectors of texts and categories say of a (text, category) pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.ml.documents import notes_of
from classifier.ml.inputs import MeaningMatches
from classifier.ml.ridge import MAX_FACTORS, alike, fit_by_steps, fit_primally
from classifier.ml.sentences import SentenceEncoder
from classifier.ml.text import CategoryText

Scores = NDArray[np.float32]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class CategoryVectors:
    """Unit vectors of the categories, float32 of shape (n_categories, 384) each.

    ``documents``: label, alternative labels, labels of ancestors and notes, read as one text.
    ``names``: the label alone.
    """

    documents: Scores
    names: Scores

    @classmethod
    def encoded(
        cls, categories: Sequence[CategoryText], encoder: SentenceEncoder
    ) -> CategoryVectors:
        """Let the encoder read the categories."""
        labels = {category.code: category.label for category in categories}
        return cls(
            encoder.encode([_document(category, labels) for category in categories]),
            encoder.encode([category.label for category in categories]),
        )


@dataclass(frozen=True)
class Meaning:
    """Scores of sentence vectors: ``ridge`` (384, n_categories), ``mean`` (n_categories,)."""

    categories: CategoryVectors
    ridge: Scores
    mean: Scores

    def matches(self, vectors: Scores) -> MeaningMatches:
        """Compare texts, given as vectors of shape (n_texts, 384), with all categories."""
        return MeaningMatches(
            vectors @ self.ridge + self.mean,
            vectors @ self.categories.documents.T,
            vectors @ self.categories.names.T,
        )


class MeaningExamples:
    """Ridge on the vectors of labelled texts and of the categories' documents.

    Parameters
    ----------
    texts : ndarray of shape (n_texts, 384), float32
    categories : CategoryVectors
    y, weights : ndarray of shape (n_texts + n_categories, n_categories), float32
        Answers and weights of the texts, then of the documents.
    """

    def __init__(
        self, texts: Scores, categories: CategoryVectors, y: Scores, weights: Scores
    ) -> None:
        self.texts, self.categories, self.y, self.weights = texts, categories, y, weights
        self.all = np.vstack([texts, categories.documents])

    def learned(self, rows: Rows) -> Meaning:
        """What these texts and all documents teach."""
        rows = np.concatenate([rows, np.arange(len(self.texts), len(self.all))])
        vectors, y, weights = self.all[rows], self.y[rows], self.weights[rows]
        if len(alike(weights)) <= MAX_FACTORS:
            return Meaning(self.categories, *fit_primally(vectors, y, weights))
        fitted = fit_by_steps(lambda matrix: vectors @ (vectors.T @ matrix), y, weights)
        return Meaning(self.categories, vectors.T @ fitted.dual, fitted.mean)

    def unseen(self, folds: NDArray[np.int64]) -> MeaningMatches:
        """What each text gets from ridges without its fold."""
        shape = len(folds), self.y.shape[1]
        found = MeaningMatches(*(np.zeros(shape, dtype=np.float32) for _ in range(3)))
        for fold in np.unique(folds):
            held = np.flatnonzero(folds == fold)
            said = self.learned(np.flatnonzero(folds != fold)).matches(self.texts[held])
            found.ridge[held], found.document[held], found.name[held] = (
                said.ridge,
                said.document,
                said.name,
            )
        return found


def _document(category: CategoryText, labels: dict[str, str]) -> str:
    above = [labels[code] for code in reversed(category.ancestors) if code in labels]
    names = ", ".join([category.label, *category.alt_labels, *above])
    return f"{names}. {notes_of(category)}".strip()
