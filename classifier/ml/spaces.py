"""Texts as vectors: words and pairs of words, pieces of words, and stems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise

import numpy as np
from scipy import sparse

from classifier.ml.vocabulary import Vocabulary, learned_vocabulary
from classifier.ml.words import stems_of

Tokens = Sequence[str]
PIECES = range(3, 6)
# Under this many texts rarity says nothing yet, so the categories' own words count as texts too.
MANY_TEXTS = 500
MIN_TEXTS_OF_A_PIECE = 3
# A term costs one number a category; what is rarest goes first. 64 million numbers are 256 MB.
MAX_WEIGHTS = 64_000_000


def word_terms(tokens: Tokens) -> Iterable[str]:
    """Words, and pairs of words that stand together."""
    return chain(tokens, map(" ".join, pairwise(tokens)))


def piece_terms(tokens: Tokens) -> Iterable[str]:
    """Pieces of three to five characters of each word, its ends marked by a blank."""
    return chain.from_iterable(map(_pieces, tokens))


@lru_cache(maxsize=200_000)
def _pieces(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple(
        padded[start : start + n]
        for n in PIECES
        # A word shorter than a piece is one piece, once.
        if n == PIECES[0] or len(padded) > n - 1
        for start in range(max(1, len(padded) - n + 1))
    )


ANALYSERS: tuple[Callable[[Tokens], Iterable[str]], ...] = (word_terms, piece_terms, stems_of)


@dataclass(frozen=True)
class TextVectors:
    """Texts in the three spaces.

    ``all``: the three side by side, divided by the root of three, so that the product of two rows
    is the mean of three cosines; shape (n_texts, n_terms). ``stems``: (n_texts, n_stems).
    """

    all: sparse.csr_array
    stems: sparse.csr_array

    def __getitem__(self, rows: object) -> TextVectors:
        return TextVectors(self.all[rows], self.stems[rows])


class TextSpaces:
    """Three TF-IDF spaces.

    Parameters
    ----------
    vocabularies : sequence of three Vocabulary
        Of words and pairs, of pieces, of stems.
    """

    def __init__(self, vocabularies: Sequence[Vocabulary]) -> None:
        self.vocabularies = tuple(vocabularies)

    @classmethod
    def learned(
        cls,
        texts: Sequence[Tokens],
        recipients: Sequence[str],
        documents: Sequence[Tokens],
        max_terms: int,
    ) -> TextSpaces:
        """Learn which terms there are and how rare they are.

        Parameters
        ----------
        texts : sequence of sequence of str
            The words of all grant texts there are.
        recipients : sequence of str, length n_texts
        documents : sequence of sequence of str
            The words of the categories; they count as texts while those are few.
        max_terms : int
            Over the three spaces together.
        """
        few = len(texts) < MANY_TEXTS
        public = documents if few else ()
        least = (1, 1 if few else MIN_TEXTS_OF_A_PIECE, 1)
        vocabularies = [
            learned_vocabulary(
                ((analyse(text) for text in texts)),
                recipients,
                [analyse(document) for document in public],
                min_texts,
            )
            for analyse, min_texts in zip(ANALYSERS, least, strict=True)
        ]
        surplus = sum(len(vocabulary.terms) for vocabulary in vocabularies) / max(max_terms, 1)
        if surplus > 1:
            vocabularies = [v.most_frequent(int(len(v.terms) / surplus)) for v in vocabularies]
        return cls(vocabularies)

    def transform(self, texts: Sequence[Tokens]) -> TextVectors:
        """The vectors of texts given as lower-case words."""
        parts = [
            vocabulary.transform(analyse(text) for text in texts)
            for analyse, vocabulary in zip(ANALYSERS, self.vocabularies, strict=True)
        ]
        beside = sparse.hstack(parts, format="csr", dtype=np.float32) * np.float32(3**-0.5)
        return TextVectors(sparse.csr_array(beside), parts[2])
