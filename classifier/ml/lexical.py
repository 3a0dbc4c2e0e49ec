"""Suggestions without a single label: the words and keyword rules of the categories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from classifier.ml.chunks import in_chunks
from classifier.ml.counting import count_matrix
from classifier.ml.evidence import read_words, surface_forms
from classifier.ml.hierarchy import ancestor_matrix, ancestors_of
from classifier.ml.names import CategoryNames
from classifier.ml.reading import Reader
from classifier.ml.text import CategoryText, Corpus
from classifier.ml.thresholds import tick
from classifier.ml.words import stems_of

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
    (:mod:`classifier.ml.stops`). X is a corpus and no array, so of ``check_estimator`` only what
    asks for no numbers applies.

    Parameters
    ----------
    categories : list of CategoryText

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_categories,), float
        Probability from which a category is ticked.
    names_ : CategoryNames
        Stems of the categories, weighted by their rarity in the texts.
    reader_ : Reader
        The keyword rules, and what counts for nothing where.
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
        counts = self.reader_.learn_stops(corpus)
        columns = [self.reader_.columns[word] for word in self.names_.words]
        self.names_.learn(counts[columns], len(corpus))
        return self

    def learn_stops(self, corpus: Corpus) -> None:
        """Find what is too common in each batch of these texts; anything else stays as it is."""
        self.reader_.learn_stops(corpus)

    def prepare(self) -> LexicalMatcher:
        """Set up all that follows from the categories alone."""
        self.names_ = CategoryNames(self.categories)
        self.reader_ = Reader(self.categories)
        self.ancestors_ = ancestor_matrix(self.categories)
        self.thresholds_ = np.full(len(self.categories), THRESHOLD)
        return self

    def predict_proba(self, corpus: Corpus) -> NDArray[np.float32]:
        """How likely each category is, float32 of shape (n_texts, n_categories), 0 to 1.

        Exactly 0 where the text shares neither a word nor a rule with the category.
        """
        check_is_fitted(self, "thresholds_")
        return in_chunks(self._part_proba, corpus, len(self.categories))

    def _part_proba(self, part: Corpus) -> NDArray[np.float32]:
        documents = [stems_of(words) for words in self.reader_.read(part)]
        counts = count_matrix(documents, self.names_.columns)
        names = self.names_.matches(counts, documents)
        rule = self.reader_.rule_matches(part) > 0
        narrower = ancestors_of(rule | names.full, self.ancestors_)
        score = BIAS + COSINE * np.log1p(20 * names.cosine)
        for weight, found in ((RULE, rule), (FULL_NAME, names.full), (PHRASE, names.phrase)):
            score += np.float32(weight) * found
        score += np.float32(NARROWER) * narrower
        return np.where(rule | (names.cosine > 0), expit(score), np.float32(0))

    def decide(self, proba: NDArray[np.float32]) -> NDArray[np.bool_]:
        """What is ticked, of the shape of ``proba`` (see :func:`classifier.ml.thresholds.tick`)."""
        return tick(proba, self.thresholds_, self.ancestors_)

    def evidence(
        self, corpus: Corpus, columns: Sequence[Sequence[int]]
    ) -> Iterator[list[list[str]]]:
        """For each text and each of its columns at most six words that speak for it.

        What its keyword rule found stands first, then words of its names, then of its notes.
        """
        for text, batch, own in zip(corpus.texts, corpus.batches, columns, strict=True):
            read, stopped = read_words(text), self.reader_.stopped(batch)
            yield [
                surface_forms(
                    read,
                    self.names_.telling(column, stopped),
                    self.reader_.passages(text, batch, column),
                )
                for column in own
            ]
