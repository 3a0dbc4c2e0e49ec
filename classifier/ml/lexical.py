"""Suggestions without a single label: the words and keyword rules of the categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from classifier.ml.chunks import chunks, in_chunks
from classifier.ml.counting import count_matrix, presence
from classifier.ml.evidence import read_words, surface_forms
from classifier.ml.hierarchy import ancestor_matrix, ancestors_of
from classifier.ml.names import CategoryNames
from classifier.ml.rules import RuleSet
from classifier.ml.stops import BatchStops
from classifier.ml.text import CategoryText, Corpus
from classifier.ml.thresholds import tick
from classifier.ml.words import stems

# Log-odds, fitted on the 1,597 training texts of UK-CAT (with and without its keyword rules) and
# 4,000 NEH grants by one logistic regression over all (text, category) pairs, then rounded.
BIAS = -5.8
RULE = 3.0  # the category's include pattern matches, its exclude pattern does not
FULL_NAME = 0.5  # every word of its label, or of an alternative label, occurs
PHRASE = 0.8  # they stand together
COSINE = 1.2  # times ln(1 + 20 x TF-IDF cosine with the category's words)
NARROWER = -1.0  # a rule or a full name below it is found: the narrower one is meant
THRESHOLD = 0.08  # where micro-F1 is highest on the same texts


class LexicalMatcher(BaseEstimator):
    """Match texts with labels, alternative labels, notes and patterns; no label is ever used.

    A word or rule counts for nothing in a batch where it hits over half of at least 50 texts
    (:mod:`classifier.ml.stops`).

    Parameters
    ----------
    categories : list of CategoryText

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_categories,), float
        Probability from which a category is ticked.
    names_ : CategoryNames
        Stems of the categories, weighted by their rarity in the texts.
    rules_ : RuleSet
        The keyword rules.
    word_stops_, rule_stops_ : BatchStops
        What counts for nothing where.
    """

    def __init__(self, categories: list[CategoryText]) -> None:
        self.categories = categories

    def fit(self, corpus: Corpus, y: object = None) -> LexicalMatcher:
        """Learn how rare the words are and what is too common in a batch.

        Parameters
        ----------
        corpus : Corpus
            All texts there are; may be empty.
        y : ignored
        """
        self.prepare()
        self.names_.learn(self.learn_stops(corpus), len(corpus))
        return self

    def learn_stops(self, corpus: Corpus) -> NDArray[np.float64]:
        """Find what is too common in each batch of these texts; anything else stays as it is.

        Returns
        -------
        ndarray of shape (n_words,)
            How many texts hold each word.
        """
        sizes = Counter(corpus.batches)
        words = np.zeros((len(sizes), len(self.names_.columns)))
        rules = np.zeros((len(sizes), len(self.categories)))
        rows = {batch: row for row, batch in enumerate(sizes)}
        for part in chunks(corpus):
            member = _membership([rows[batch] for batch in part.batches], len(sizes))
            words += member.dot(presence(self._counts(map(stems, part.texts)))).toarray()
            rules += member.dot(self.rules_.matches(part.texts))
        self.word_stops_ = BatchStops.learned(words, list(sizes.values()), list(sizes))
        self.rule_stops_ = BatchStops.learned(rules, list(sizes.values()), list(sizes))
        return np.asarray(words.sum(axis=0))

    def prepare(self) -> LexicalMatcher:
        """Set up all that follows from the categories alone."""
        self.names_ = CategoryNames(self.categories)
        self.rules_ = RuleSet(self.categories)
        self.ancestors_ = ancestor_matrix(self.categories)
        self.word_stops_ = BatchStops(len(self.names_.columns))
        self.rule_stops_ = BatchStops(len(self.categories))
        self.thresholds_ = np.full(len(self.categories), THRESHOLD)
        return self

    def predict_proba(self, corpus: Corpus) -> NDArray[np.float32]:
        """How likely each category is, float32 of shape (n_texts, n_categories), 0 to 1.

        Exactly 0 where the text shares neither a word nor a rule with the category.
        """
        check_is_fitted(self, "thresholds_")
        return in_chunks(self._part_proba, corpus, len(self.categories))

    def _part_proba(self, part: Corpus) -> NDArray[np.float32]:
        return self.match([stems(text) for text in part.texts], part)

    def match(self, documents: Sequence[list[str]], part: Corpus) -> NDArray[np.float32]:
        """The probabilities of texts whose stems are known already (as ``predict_proba``).

        Parameters
        ----------
        documents : sequence of list of str
            The stems of each text of ``part``.
        part : Corpus
            At most a few thousand texts: the answer is dense.
        """
        names = self.names_.matches(self._telling_counts(documents, part.batches), documents)
        rule = self.rules_.matches(part.texts) & ~self.rule_stops_.mask(part.batches)
        narrower = ancestors_of(rule | names.full, self.ancestors_)
        score = BIAS + COSINE * np.log1p(20 * names.cosine)
        for weight, found in ((RULE, rule), (FULL_NAME, names.full), (PHRASE, names.phrase)):
            score += np.float32(weight) * found
        score += np.float32(NARROWER) * narrower
        return np.where(rule | (names.cosine > 0), expit(score), np.float32(0))

    def decide(self, proba: NDArray[np.float32]) -> NDArray[np.bool_]:
        """What is ticked, of the shape of ``proba`` (see :func:`classifier.ml.thresholds.tick`)."""
        return tick(proba, self.thresholds_, self.ancestors_)

    def evidence(self, text: str, batch: str, columns: Sequence[int]) -> list[list[str]]:
        """For each column at most six words of the text that speak for it, most telling first.

        What its keyword rule found stands first, then words of its names, then of its notes.
        """
        read = read_words(text)
        stopped = set(self.word_stops_.columns.get(batch, ()))
        return [
            surface_forms(
                read, self.names_.telling(column, stopped), self._passages(text, batch, column)
            )
            for column in columns
        ]

    def _passages(self, text: str, batch: str, column: int) -> list[str]:
        if column in self.rule_stops_.columns.get(batch, ()):
            return []
        return self.rules_.found(column, text)

    def _counts(self, documents: Iterable[list[str]]) -> sparse.csr_array:
        return count_matrix(documents, self.names_.columns)

    def _telling_counts(
        self, documents: Sequence[list[str]], batches: Sequence[str]
    ) -> sparse.csr_array:
        counts = self._counts(documents)
        stopped = self.word_stops_.mask(batches)
        rows = np.repeat(np.arange(len(batches)), np.diff(counts.indptr))
        counts.data[stopped[rows, counts.indices]] = 0
        return counts


def _membership(rows: Sequence[int], n_batches: int) -> sparse.csr_array:
    """1 where a text (column) belongs to a batch (row)."""
    ones = np.ones(len(rows), dtype=np.float32)
    return sparse.csr_array((ones, (rows, range(len(rows)))), shape=(n_batches, len(rows)))
