"""How far a text speaks the words of each category; no label is ever used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.counting import count_matrix, inverse_frequency, presence, tfidf, unit_rows
from classifier.ml.documents import keywords_of, names_of, notes_of
from classifier.ml.hierarchy import ancestor_matrix
from classifier.ml.text import CategoryText
from classifier.ml.vocabulary import Vocabulary
from classifier.ml.words import stems

# All of a name's words are there; less than 1 because shares are sums of rounded numbers.
WHOLE = 0.999


@dataclass(frozen=True)
class LabelMatches:
    """What texts have in common with categories; float32 of shape (n_texts, n_categories), 0 to 1.

    ``document``: cosine with the category's words (label twice, labels of ancestors, notes).
    ``name``: cosine with its nearest name. ``phrase``: the words of a name stand together.
    ``whole``: all words of a name occur. ``rarest``: how rare the rarest word of a name that
    occurs is. ``above``, ``below``: the best share of a name's words among ancestors and among
    descendants. A name is the label or an alternative label.
    """

    document: NDArray[np.float32]
    name: NDArray[np.float32]
    phrase: NDArray[np.float32]
    whole: NDArray[np.float32]
    rarest: NDArray[np.float32]
    above: NDArray[np.float32]
    below: NDArray[np.float32]


class LabelEvidence:
    """Names and documents of the categories as stems.

    Parameters
    ----------
    categories : sequence of CategoryText
    vocabulary : Vocabulary
        Stems of the grant texts and of the categories.
    with_keywords : bool
        Whether the words of keyword rules are words of their categories.
    """

    def __init__(
        self, categories: Sequence[CategoryText], vocabulary: Vocabulary, with_keywords: bool
    ) -> None:
        self.vocabulary = vocabulary
        self.ancestors = ancestor_matrix(categories)
        names = [
            (column, stems(name)) for column, c in enumerate(categories) for name in names_of(c)
        ]
        self.starts = np.searchsorted([owner for owner, _ in names], np.arange(len(categories)))
        self.phrases = [f" {' '.join(name)} " if len(name) > 1 else "" for _, name in names]
        others = [_other_stems(category, with_keywords) for category in categories]
        self._weigh(categories, [name for _, name in names], others)

    @classmethod
    def learned(
        cls,
        categories: Sequence[CategoryText],
        texts: Vocabulary,
        n_texts: int,
        with_keywords: bool,
    ) -> LabelEvidence:
        """From the stems of ``n_texts`` texts; words that only categories use are the rarest."""
        own = {word for category in categories for word in _all_stems(category, with_keywords)}
        terms = sorted(own | set(texts.terms))
        unseen = inverse_frequency(np.zeros(1), n_texts)[0]
        idf = np.array([_idf(texts, term, unseen) for term in terms], dtype=np.float32)
        vocabulary = Vocabulary(terms, idf / idf.max(initial=np.float32(1e-9)))
        return cls(categories, vocabulary, with_keywords)

    def _weigh(
        self,
        categories: Sequence[CategoryText],
        names: list[list[str]],
        others: list[list[str]],
    ) -> None:
        columns, idf = self.vocabulary.columns, self.vocabulary.idf
        present = presence(count_matrix(names, columns))
        labels = presence(count_matrix((stems(c.label) for c in categories), columns))
        besides = presence(count_matrix(others, columns))
        documents = 2 * labels + self.ancestors @ labels + besides
        self.documents = sparse.csr_array(tfidf(documents, idf).T)
        weighted = present.copy()
        weighted.data = idf[weighted.indices]
        self.names = sparse.csr_array(unit_rows(weighted).T)
        totals = np.maximum(np.asarray(weighted.sum(axis=1)), 1e-9)
        shares = weighted.copy()
        shares.data = (shares.data / np.repeat(totals, np.diff(shares.indptr))).astype(np.float32)
        self.shares = sparse.csr_array(shares.T)
        # Every word of every name of a category, one category after the other.
        self.words = present.indices
        self.used, self.places = np.unique(self.words, return_inverse=True)
        self.word_starts = present.indptr[self.starts] if len(self.starts) else np.zeros(0, int)
        self.n_words = np.diff(np.append(self.word_starts, len(self.words)))

    def words_of(self, column: int) -> list[int]:
        """The words of a category's names, each once, as columns of the vocabulary."""
        start = self.word_starts[column]
        return list(dict.fromkeys(self.words[start : start + self.n_words[column]].tolist()))

    def matches(self, texts: Sequence[list[str]]) -> LabelMatches:
        """Compare texts, given as all their stems in order, with all categories."""
        counts = count_matrix(texts, self.vocabulary.columns)
        weighted = tfidf(counts, self.vocabulary.idf)
        share = presence(counts).dot(self.shares).toarray()
        whole = share > WHOLE
        covered = self._best(share)
        return LabelMatches(
            document=weighted.dot(self.documents).toarray(),
            name=self._best(weighted.dot(self.names).toarray()),
            phrase=self._best(self._phrases(whole, texts)),
            whole=self._best(whole.astype(np.float32)),
            rarest=self._rarest(counts),
            above=_best_linked(covered, self.ancestors),
            below=_best_linked(covered, sparse.csr_array(self.ancestors.T)),
        )

    def _best(self, by_name: NDArray[np.float32]) -> NDArray[np.float32]:
        """The best of each category's names: (n_texts, n_names) to (n_texts, n_categories)."""
        if not len(self.starts):
            return by_name
        return np.asarray(np.maximum.reduceat(by_name, self.starts, axis=1))

    def _phrases(self, whole: NDArray[np.bool_], texts: Sequence[list[str]]) -> NDArray[np.float32]:
        found = np.zeros(whole.shape, dtype=np.float32)
        joined: dict[int, str] = {}
        for row, name in zip(*np.nonzero(whole), strict=True):
            text = joined.setdefault(row, f" {' '.join(texts[row])} ")
            found[row, name] = bool(self.phrases[name]) and self.phrases[name] in text
        return found

    def _rarest(self, counts: sparse.csr_array) -> NDArray[np.float32]:
        """The highest idf among the words of a category's names that occur."""
        best = np.zeros((counts.shape[0], len(self.word_starts)), dtype=np.float32)
        if not len(self.words):
            return best
        occurs = counts[:, self.used].toarray() > 0
        weights = np.where(occurs, self.vocabulary.idf[self.used], np.float32(0))[:, self.places]
        named = np.flatnonzero(self.n_words)
        best[:, named] = np.maximum.reduceat(weights, self.word_starts[named], axis=1)
        return best


def _best_linked(covered: NDArray[np.float32], links: sparse.csr_array) -> NDArray[np.float32]:
    """The best ``covered`` among the categories a category (row of ``links``) is linked to."""
    best = np.zeros_like(covered)
    linked = np.flatnonzero(np.diff(links.indptr))
    if len(linked):
        starts = links.indptr[linked]
        best[:, linked] = np.maximum.reduceat(covered[:, links.indices], starts, axis=1)
    return best


def _all_stems(category: CategoryText, with_keywords: bool) -> Iterable[str]:
    return stems(category.label) + _other_stems(category, with_keywords)


def _other_stems(category: CategoryText, with_keywords: bool) -> list[str]:
    keywords = keywords_of(category) if with_keywords else []
    return stems(" ".join([*category.alt_labels, notes_of(category), *keywords]))


def _idf(texts: Vocabulary, term: str, unseen: np.float32) -> np.float32:
    column = texts.columns.get(term)
    return unseen if column is None else np.float32(texts.idf[column])
