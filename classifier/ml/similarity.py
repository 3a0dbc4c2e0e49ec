"""Which texts are nearly the same: sets of words, signatures of them, and exact comparison.

Comparing each with each costs the square. MinHash (Broder 1997) in bands (Leskovec, Rajaraman and
Ullman, "Mining of Massive Datasets", 3.4) finds the few pairs worth an exact comparison, in time
and memory that grow with the number of texts alone.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.words import STOP_WORDS

SIMILAR = 0.8  # cosine of two sets of words: one word in five is another
BANDS, ROWS = 20, 4  # a pair at the limit shares a band with probability 0.99
REACH = 25  # so many neighbours in a bucket are compared: a bucket of thousands stays linear
TEXTS_AT_ONCE, PAIRS_AT_ONCE = 2_000, 100_000
WORD = re.compile(r"\w+")
SEED = 1997


class WordSets:
    """The distinct words of each text as 32-bit hashes: 4 bytes a word are kept, not the texts."""

    def __init__(self) -> None:
        self._hashes: dict[str, int] = {}
        self._words: list[NDArray[np.uint32]] = []
        self._bands: list[NDArray[np.uint64]] = []
        random = np.random.default_rng(SEED)
        # Multiply and shift (Dietzfelbinger et al. 1997): an odd factor for each row of each band.
        self._factors = random.integers(2**63, size=BANDS * ROWS, dtype=np.uint64) * 2 + 1

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self._words)

    def add(self, texts: Iterable[str]) -> None:
        """Add texts, a few thousand at most, since their signatures are made in one piece."""
        sets = [self._set_of(text) for text in texts]
        if not sets:
            return
        self._words += sets
        starts = np.cumsum([0, *map(len, sets)])
        words = np.concatenate(sets).astype(np.uint64)
        rows = np.empty((BANDS * ROWS, len(sets)), dtype=np.uint64)
        for row, factor in enumerate(self._factors):
            mixed = (words * factor) >> np.uint64(32)
            rows[row] = np.minimum.reduceat(mixed, starts[:-1])
        self._bands.append(_folded(rows))

    def _set_of(self, text: str) -> NDArray[np.uint32]:
        found = set(WORD.findall(text.casefold()))
        # A text of nothing but "the" and "of" is known by them.
        return np.array(
            sorted({self._hash(word) for word in found - STOP_WORDS or found or {""}}),
            dtype=np.uint32,
        )

    def _hash(self, word: str) -> int:
        number = self._hashes.get(word)
        if number is None:
            number = zlib.crc32(word.encode("utf-8", "replace"))
            if len(self._hashes) < 1_000_000:
                self._hashes[word] = number
        return number

    def similar(
        self, is_new: NDArray[np.bool_], at_least: float = SIMILAR
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Pairs with a new text in them whose words are nearly the same.

        Parameters
        ----------
        is_new : ndarray of shape (n_texts,), bool
            Pairs of two others are left out.
        at_least : float
            Cosine of the two sets of words (Ochiai 1957), 0 to 1, from which a pair counts.

        Yields
        ------
        pairs : ndarray of shape (n, 2), int64
            Positions of texts, the smaller one first; no pair comes twice.
        similarity : ndarray of shape (n,), float64
        """
        if len(is_new) != len(self):
            raise ValueError(f"{len(is_new)} marks do not belong to {len(self)} texts.")
        candidates = self._candidates(np.asarray(is_new, dtype=bool))
        for start in range(0, len(candidates), PAIRS_AT_ONCE):
            pairs = candidates[start : start + PAIRS_AT_ONCE]
            similarity = self._cosine(pairs)
            kept = similarity >= at_least
            if kept.any():
                yield pairs[kept], similarity[kept]

    def _candidates(self, is_new: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Pairs that share a band, shape (n, 2)."""
        n = len(self)
        codes = np.empty(0, dtype=np.int64)
        bands = np.concatenate(self._bands, axis=1) if n else np.empty((0, 0), dtype=np.uint64)
        for band in bands:
            order = np.argsort(band, kind="stable")
            in_order = band[order]
            found = [codes]
            for reach in range(1, min(REACH, n - 1) + 1):
                same = np.flatnonzero(in_order[reach:] == in_order[:-reach])
                if not len(same):
                    break
                first, second = order[same], order[same + reach]
                fresh = is_new[first] | is_new[second]
                found.append(first[fresh] * n + second[fresh])  # stable: first < second
            codes = np.unique(np.concatenate(found))
        return np.stack([codes // max(n, 1), codes % max(n, 1)], axis=1)

    def _cosine(self, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
        texts, where = np.unique(pairs, return_inverse=True)
        where = where.reshape(pairs.shape)
        sets = [self._words[text] for text in texts]
        _, columns = np.unique(np.concatenate(sets), return_inverse=True)
        sizes = np.array([len(words) for words in sets])
        starts = np.concatenate([[0], np.cumsum(sizes)])
        has = sparse.csr_matrix((np.ones(len(columns), dtype=np.int32), columns, starts))
        shared = np.asarray(has[where[:, 0]].multiply(has[where[:, 1]]).sum(axis=1)).ravel()
        return np.minimum(1.0, shared / np.sqrt(sizes[where[:, 0]] * sizes[where[:, 1]]))


def _folded(rows: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One number a band of a text: shape (BANDS, n_texts) of (BANDS * ROWS, n_texts)."""
    folded = np.zeros((BANDS, rows.shape[1]), dtype=np.uint64)
    for row in range(ROWS):
        folded = folded * np.uint64(0x9E3779B97F4A7C15) + rows[row::ROWS]
        folded ^= folded >> np.uint64(29)
    return folded
