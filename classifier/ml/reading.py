"""From grants to words and rule matches, less what is too common in their batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.ml.chunks import chunks
from classifier.ml.counting import count_matrix, presence
from classifier.ml.documents import documents_of
from classifier.ml.rules import RuleSet
from classifier.ml.stops import BatchStops, membership
from classifier.ml.text import CategoryText, Corpus
from classifier.ml.words import stem, stems_of, tokens


class Reader:
    """Read grants as a classifier of these categories must.

    Parameters
    ----------
    categories : sequence of CategoryText
    """

    def __init__(self, categories: Sequence[CategoryText]) -> None:
        self.rules = RuleSet(categories)
        documents = map(stems_of, documents_of(categories, with_keywords=True))
        self.words = sorted({word for document in documents for word in document})
        self.columns = {word: column for column, word in enumerate(self.words)}
        self.word_stops = BatchStops(len(self.words))
        self.rule_stops = BatchStops(len(categories))

    def learn_stops(self, corpus: Corpus) -> NDArray[np.float64]:
        """Find which words of the categories, and which rules, are too common in each batch.

        Returns
        -------
        ndarray of shape (n_words,)
            How many texts hold each word of the categories.
        """
        sizes = Counter(corpus.batches)
        words = np.zeros((len(sizes), len(self.words)))
        rules = np.zeros((len(sizes), self.rules.n_categories))
        rows = {batch: row for row, batch in enumerate(sizes)}
        for part in chunks(corpus):
            member = membership([rows[batch] for batch in part.batches], len(sizes))
            counts = count_matrix((stems_of(tokens(text)) for text in part.texts), self.columns)
            words += member.dot(presence(counts)).toarray()
            rules += member.dot(self.rules.matches(part.texts))
        self.word_stops = BatchStops.learned(words, list(sizes.values()), list(sizes))
        self.rule_stops = BatchStops.learned(rules, list(sizes.values()), list(sizes))
        return np.asarray(words.sum(axis=0))

    def read(self, corpus: Corpus) -> list[list[str]]:
        """The lower-case words of each text, without those that count for nothing in its batch."""
        return [
            self._kept(tokens(text), batch)
            for text, batch in zip(corpus.texts, corpus.batches, strict=True)
        ]

    def _kept(self, found: list[str], batch: str) -> list[str]:
        stopped = self.stopped(batch)
        return [word for word in found if stem(word) not in stopped] if stopped else found

    def stopped(self, batch: str) -> set[str]:
        """The stems that count for nothing in a batch."""
        return {self.words[column] for column in self.word_stops.of(batch)}

    def rule_matches(self, corpus: Corpus) -> NDArray[np.float32]:
        """1 where a category's rule matches and counts, float32 (n_texts, n_categories)."""
        matches = self.rules.matches(corpus.texts) & ~self.rule_stops.mask(corpus.batches)
        return matches.astype(np.float32)

    def passages(self, text: str, batch: str, column: int) -> list[str]:
        """What a category's rule finds in a text, as it stands there."""
        if column in self.rule_stops.of(batch):
            return []
        return self.rules.found(column, text)
