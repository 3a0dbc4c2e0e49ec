"""A fitted family that reads the words of a text, and which of them spoke where it is linear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.backends.blocks import Blocks
from classifier.backends.fitted import Floats
from classifier.ml.chunks import chunks
from classifier.ml.evidence import ReadText, surface_forms
from classifier.ml.text import Corpus
from classifier.ml.vocabulary import Vocabulary
from classifier.ml.words import STOP_WORDS, tokens, words


@dataclass(frozen=True)
class WordScores:
    """A fitted family, reading the TF-IDF of single words."""

    vocabulary: Vocabulary
    blocks: Blocks

    def scores(self, corpus: Corpus) -> Floats:
        """Float32 of shape (n_texts, n_categories)."""
        return self.blocks.scores(vectors_of(self.vocabulary, corpus))

    @property
    def says_why(self) -> bool:
        """Whether words can be named: a score is the sum of what each of them adds."""
        return self.blocks.are_linear

    def evidence(
        self, corpus: Corpus, columns: Sequence[Sequence[int]]
    ) -> Iterator[list[list[str]]]:
        """For each text and each of its columns at most six words that add most to the score.

        What a word adds is its coefficient times its TF-IDF; words that carry no meaning of their
        own are not shown, whatever they add.
        """
        asked = {column for own in columns for column in own}
        weights = {column: self.blocks.weights_of(column) for column in asked}
        rest = iter(columns)
        for part in chunks(corpus):
            vectors = vectors_of(self.vocabulary, part)
            for row, text in enumerate(part.texts):
                of_row = slice(vectors.indptr[row], vectors.indptr[row + 1])
                terms, values = vectors.indices[of_row], vectors.data[of_row]
                read = _read(text)
                yield [
                    surface_forms(read, self._added(terms, values, weights[column]))
                    for column in next(rest)
                ]

    def _added(
        self, terms: NDArray[np.int32], values: Floats, weights: Floats | None
    ) -> dict[str, float]:
        if weights is None:
            return {}
        added = (values * weights[terms]).tolist()
        return {self.vocabulary.terms[at]: value for at, value in zip(terms, added, strict=True)}


def vectors_of(vocabulary: Vocabulary, corpus: Corpus) -> sparse.csr_array:
    """Sublinear TF-IDF of single words, float32 of shape (n_texts, n_terms)."""
    return vocabulary.transform(tokens(text) for text in corpus.texts)


def _read(text: str) -> ReadText:
    """The words of a text that carry meaning, each as it stands there and as the term it is."""
    lower = ((word, word.lower()) for word in words(text))
    return [(word, term) for word, term in lower if term not in STOP_WORDS]
