"""Texts as numbered pieces of words, as BERT reads them (Devlin et al. 2019)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from classifier.ml.words import ADDRESS

START, END, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
MOST_PIECES = 256  # the model learned from texts of at most so many; the rest is not read
LONGEST_WORD = 100
# What holds a digit is an amount, a date or a code: it is no more read than an address is.
# Only from where a run of signs begins: from every sign of a long one it would take hours.
NUMBER = re.compile(r"(?<!\S)\S*\d\S*")
# Signs that Unicode calls symbols stand for themselves where ASCII has them.
ASCII_SIGNS = set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
IDEOGRAPHS = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2CEAF), (0xF900, 0xFAFF))


class WordPieces:
    """Cut texts into the pieces of a vocabulary.

    Parameters
    ----------
    vocabulary : sequence of str
        Pieces in the order of their numbers; one that goes on inside a word begins with "##".
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self.numbers = {piece: number for number, piece in enumerate(vocabulary)}
        self._cut = lru_cache(maxsize=100_000)(self._pieces_of)

    def read(self, text: str) -> NDArray[np.intp]:
        """The numbers of a text's pieces between those of its two ends; shape (2 to 256,)."""
        wanted = MOST_PIECES - 2
        # No piece is shorter than a letter, and few words longer than ten: a text of megabytes
        # is not looked at to its end.
        plain = NUMBER.sub(" ", ADDRESS.sub(" ", text[: 100 * MOST_PIECES]))
        found = list(chain.from_iterable(map(self._cut, basic_words(plain))))[:wanted]
        return np.array([self.numbers[START], *found, self.numbers[END]], dtype=np.intp)

    def _pieces_of(self, word: str) -> tuple[int, ...]:
        """The longest piece that fits, again and again; one unknown piece where none does."""
        found: list[int] = []
        start = 0
        while start < len(word) <= LONGEST_WORD:
            for end in range(len(word), start, -1):
                piece = self.numbers.get(("##" if start else "") + word[start:end])
                if piece is not None:
                    break
            else:
                break
            found.append(piece)
            start = end
        return tuple(found) if start == len(word) else (self.numbers[UNKNOWN],)


def basic_words(text: str) -> Iterator[str]:
    """Lower-case words without accents, every sign and every ideograph a word of its own."""
    plain = unicodedata.normalize("NFD", text.lower())
    return chain.from_iterable("".join(map(_spaced, run)).split() for run in plain.split())


@lru_cache(maxsize=10_000)
def _spaced(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Mn" or kind in {"Cc", "Cf", "Co", "Cs", "Cn"} or character == "\ufffd":
        return ""
    apart = character in ASCII_SIGNS or kind.startswith("P")
    apart = apart or any(low <= ord(character) <= high for low, high in IDEOGRAPHS)
    return f" {character} " if apart else character
