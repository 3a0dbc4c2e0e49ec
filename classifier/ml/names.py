"""The words of the categories, and how far a text speaks them."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.counting import count_matrix, inverse_frequency, presence, tfidf
from classifier.ml.documents import documents_of, names_of
from classifier.ml.text import CategoryText
from classifier.ml.words import stems, stems_of


@dataclass(frozen=True)
class NameMatches:
    """What the words of a text have in common with each category; all (n_texts, n_categories).

    ``full``: every word of the label or of one alternative label occurs. ``phrase``: they stand
    together, in order (names of several words only). ``cosine``: TF-IDF cosine of the text with
    the category's document, 0 to 1.
    """

    full: NDArray[np.bool_]
    phrase: NDArray[np.bool_]
    cosine: NDArray[np.float32]


class CategoryNames:
    """Names and documents of the categories as stems.

    A category's document is its label twice, alternative labels, the labels of its ancestors,
    its definition and its scope note.

    Parameters
    ----------
    categories : sequence of CategoryText
    """

    def __init__(self, categories: Sequence[CategoryText]) -> None:
        self.n_categories = len(categories)
        names = [
            (column, stems(name))
            for column, category in enumerate(categories)
            for name in names_of(category)
        ]
        self.owners = np.array([column for column, _ in names], dtype=np.intp)
        self.phrases = [f" {' '.join(name)} " for _, name in names]
        documents = [stems_of(document) for document in documents_of(categories, False)]
        self.words = sorted({word for document in documents for word in document})
        self.columns = {word: column for column, word in enumerate(self.words)}
        self.names = presence(count_matrix((name for _, name in names), self.columns))
        self.documents = count_matrix(documents, self.columns)
        self.sizes = np.diff(self.names.indptr)
        self.weigh(np.ones(len(self.words), dtype=np.float32))

    def learn(self, document_counts: NDArray[np.float64], n_documents: int) -> None:
        """Weigh the words by how rare they are among ``n_documents`` texts."""
        self.weigh(inverse_frequency(document_counts, n_documents))

    def weigh(self, idf: NDArray[np.float32]) -> None:
        """Set the inverse document frequencies, shape (n_words,)."""
        self.idf = np.asarray(idf, dtype=np.float32)
        self.weighted = tfidf(self.documents, self.idf).T.tocsr()
        self.word_weights = [self._weights(column) for column in range(self.n_categories)]

    def matches(self, counts: sparse.csr_array, texts: Sequence[list[str]]) -> NameMatches:
        """Compare texts with all categories.

        Parameters
        ----------
        counts : sparse matrix of shape (n_texts, n_words)
            Words that count for nothing are 0 in it.
        texts : sequence of list of str
            All stems of each text in order, for the phrases.
        """
        full = self._full(counts)
        return NameMatches(
            full=self._by_category(full),
            phrase=self._by_category(self._phrases(full, texts)),
            cosine=tfidf(counts, self.idf).dot(self.weighted).toarray(),
        )

    def _full(self, counts: sparse.csr_array) -> NDArray[np.bool_]:
        found = presence(counts).dot(self.names.T).toarray()
        return np.asarray((found == self.sizes) & (self.sizes > 0))

    def _phrases(self, full: NDArray[np.bool_], texts: Sequence[list[str]]) -> NDArray[np.bool_]:
        found = np.zeros_like(full)
        joined: dict[int, str] = {}
        for row, name in zip(*np.nonzero(full & (self.sizes > 1)), strict=True):
            text = joined.setdefault(row, f" {' '.join(texts[row])} ")
            found[row, name] = self.phrases[name] in text
        return found

    def _by_category(self, by_name: NDArray[np.bool_]) -> NDArray[np.bool_]:
        if not self.n_categories:
            return by_name
        starts = np.searchsorted(self.owners, np.arange(self.n_categories))
        return np.logical_or.reduceat(by_name, starts, axis=1)

    def _weights(self, column: int) -> dict[int, float]:
        """How telling each word (by column) of a category is: words of its names come first."""
        in_names = set(self.names[self.owners == column].indices.tolist())
        bonus = float(self.idf.max(initial=0))
        return {
            word: float(self.idf[word]) + (bonus if word in in_names else 0.0)
            for word in self.documents[[column]].indices.tolist()
        }

    def telling(self, column: int, stopped: Container[str]) -> dict[str, float]:
        """How telling each stem of a category is, words of its names first.

        Parameters
        ----------
        column : int
            The category.
        stopped : container of str
            Stems that count for nothing.
        """
        weights = self.word_weights[column]
        telling = {self.words[word]: weight for word, weight in weights.items()}
        return {word: weight for word, weight in telling.items() if word not in stopped}
