"""While there are hardly any examples: texts that speak a category's words stand in for them.

The texts nearest to a category's document use words that the document lacks ("allotment" beside
"gardening"). Blind relevance feedback (Rocchio 1971; Buckley et al. 1995) takes these words over.
It looks at no label, and what it says fades with the first real examples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.chunks import CHUNK
from classifier.ml.counting import unit_rows
from classifier.ml.inputs import log_of

Scores = NDArray[np.float32]

N_TEXTS = 20
# Log-odds a unit of ln(1 + 20 x cosine), and how many examples, of all categories together, halve
# them. Both chosen on NEH: 1 and .5 find fewer without a label, 2 with 25 labels does harm.
WEIGHT = 2.0
HALVED_BY = 10
LEAST = 0.05  # what weighs less is not worth its memory


def weight_at(n_examples: float) -> float:
    """How much echoes count beside so many examples; 0 where that is next to nothing."""
    weight = WEIGHT * HALVED_BY / (HALVED_BY + n_examples)
    return weight if weight >= LEAST else 0.0


@dataclass(frozen=True)
class Echoes:
    """What stands in for examples.

    ``vectors``: float32 of shape (n_stems, n_categories), its columns of length 1. ``weight``: of
    ln(1 + 20 x cosine) in the log-odds.
    """

    vectors: Scores
    weight: float

    @classmethod
    def learned(cls, documents: sparse.csr_array, texts: sparse.csr_array, weight: float) -> Echoes:
        """From the twenty texts nearest to each document, which counts as much as they together.

        Parameters
        ----------
        documents : sparse matrix of shape (n_categories, n_stems)
            Unit vectors of the categories' words.
        texts : sparse matrix of shape (n_texts, n_stems)
            Unit vectors of grant texts, without their labels.
        weight : float
        """
        near = unit_rows(sparse.csr_array(_nearest(documents, texts).dot(texts)))
        together = unit_rows(sparse.csr_array(documents + near))
        return cls(np.ascontiguousarray(together.toarray().T, dtype=np.float32), weight)

    def cosines(self, stems: sparse.csr_array) -> Scores:
        """Cosines of texts of shape (n_texts, n_stems) with all categories."""
        return np.asarray(stems.dot(self.vectors), dtype=np.float32)

    def log_odds(self, stems: sparse.csr_array) -> Scores:
        """What echoes add, (n_texts, n_categories)."""
        return np.float32(self.weight) * log_of(self.cosines(stems), 20)


def _nearest(documents: sparse.csr_array, texts: sparse.csr_array) -> sparse.csr_array:
    """1 where a text is one of the nearest to a document, (n_categories, n_texts)."""
    n_categories, n_texts = documents.shape[0], texts.shape[0]
    flipped = documents.T.toarray()
    best = np.zeros((0, n_categories), dtype=np.float32)
    rows = np.zeros((0, n_categories), dtype=np.intp)
    for start in range(0, n_texts, CHUNK):
        part = np.asarray(texts[start : start + CHUNK].dot(flipped))
        numbers = np.broadcast_to(np.arange(start, start + len(part))[:, None], part.shape)
        best, rows = _first(np.vstack([best, part]), np.vstack([rows, numbers]))
    near = best > 0
    columns = np.broadcast_to(np.arange(n_categories), rows.shape)
    ones = np.ones(int(near.sum()), dtype=np.float32)
    return sparse.csr_array((ones, (columns[near], rows[near])), shape=(n_categories, n_texts))


def _first(scores: Scores, rows: NDArray[np.intp]) -> tuple[Scores, NDArray[np.intp]]:
    """The highest scores of each column and their rows; of equal ones the earlier text."""
    order = np.argsort(-scores, axis=0, kind="stable")[:N_TEXTS]
    return np.take_along_axis(scores, order, axis=0), np.take_along_axis(rows, order, axis=0)
