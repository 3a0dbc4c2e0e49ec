"""Which word of a text each of its terms was made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from classifier.ml.spaces import piece_terms
from classifier.ml.vocabulary import Vocabulary
from classifier.ml.words import STOP_WORDS, stem

Columns = NDArray[np.intp]


@dataclass(frozen=True)
class Slots:
    """A place for each stem of each text, and one more a text for its stop words.

    ``stems``: of each text, sorted. ``starts``: the place of a text's first stem, (n_texts,).
    ``text``: whose place it is, (n_slots,).
    """

    stems: list[list[str]]
    starts: Columns
    text: Columns

    @classmethod
    def of(cls, texts: Sequence[list[str]]) -> Slots:
        """Of texts given as lower-case words."""
        stems = [sorted({stem(word) for word in set(text) - STOP_WORDS}) for text in texts]
        sizes = np.array([len(own) + 1 for own in stems], dtype=np.intp)
        starts = np.cumsum(sizes) - sizes
        return cls(stems, starts, np.repeat(np.arange(len(texts)), sizes))

    def by_word(self, text: int, words: Sequence[str]) -> list[int]:
        """The slot of each word of a text."""
        start, own = int(self.starts[text]), self.stems[text]
        rows = {root: start + row for row, root in enumerate(own)}
        # Stop words explain nothing, but they share in their pieces.
        silent = start + len(own)
        slots = {word: silent if word in STOP_WORDS else rows[stem(word)] for word in set(words)}
        return [slots[word] for word in words]

    def owning(self, columns: Mapping[str, int]) -> tuple[Columns, Columns]:
        """Slots of the stems that are terms themselves, and their columns."""
        found = [
            (start + row, columns[root])
            for start, own in zip(self.starts.tolist(), self.stems, strict=True)
            for row, root in enumerate(own)
            if root in columns
        ]
        slots, terms = np.array(found, dtype=np.intp).reshape(-1, 2).T
        return slots, terms


class Owners:
    """The terms of texts in the three spaces, each with the slot of a stem it was made of.

    Parameters
    ----------
    vocabularies : sequence of three Vocabulary
    texts : sequence of list of str
        Their lower-case words.
    slots : Slots
        Theirs.
    """

    def __init__(
        self, vocabularies: Sequence[Vocabulary], texts: Sequence[list[str]], slots: Slots
    ) -> None:
        self.words, self.pieces, self.roots = vocabularies
        self.texts, self.slots = texts, slots
        self.slot_of = [slots.by_word(row, text) for row, text in enumerate(texts)]

    def of_stems(self) -> tuple[Columns, Columns]:
        """Slots, and columns of the space of stems."""
        return self.slots.owning(self.roots.columns)

    def of_all(self) -> tuple[Columns, Columns]:
        """Slots, and columns of the three spaces side by side; a term stands as often as it is."""
        n_words, n_pieces = len(self.words.terms), len(self.pieces.terms)
        spaces = [(0, self._of_words()), (n_words, self._of_pieces())]
        spaces.append((n_words + n_pieces, self.of_stems()))
        slots = np.concatenate([found for _, (found, _) in spaces])
        return slots, np.concatenate([start + terms for start, (_, terms) in spaces])

    def _of_words(self) -> tuple[Columns, Columns]:
        """Words, and pairs of them, which belong to both."""
        known = self.words.columns
        slots: list[int] = []
        terms: list[int] = []
        for text, own in zip(self.texts, self.slot_of, strict=True):
            for word, slot in zip(text, own, strict=True):
                if (term := known.get(word)) is not None:
                    slots.append(slot)
                    terms.append(term)
            for (first, second), both in zip(pairwise(text), pairwise(own), strict=True):
                if (term := known.get(f"{first} {second}")) is not None:
                    slots += both
                    terms += (term, term)
        return np.array(slots, dtype=np.intp), np.array(terms, dtype=np.intp)

    def _of_pieces(self) -> tuple[Columns, Columns]:
        known = self.pieces.columns
        of_word: dict[str, list[int]] = {}
        slots: list[int] = []
        terms: list[int] = []
        sizes: list[int] = []
        for text, own in zip(self.texts, self.slot_of, strict=True):
            for word in text:
                found = of_word.get(word)
                if found is None:
                    pieces = piece_terms([word])
                    found = of_word[word] = [known[piece] for piece in pieces if piece in known]
                terms += found
                sizes.append(len(found))
            slots += own
        return np.repeat(np.array(slots, dtype=np.intp), sizes), np.array(terms, dtype=np.intp)
