"""Texts that many models answer, read once: what no label changes is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.background import Background
from classifier.ml.chunks import CHUNK, chunks
from classifier.ml.labels import LabelMatches
from classifier.ml.scorer import Scorer
from classifier.ml.spaces import TextVectors
from classifier.ml.text import Corpus
from classifier.ml.words import stems_of

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Readings:
    """What a scorer reads of texts, but for what it has learned from labels.

    ``holds``: 1 where a category's rule matches, float32 of shape (n_texts, n_categories).
    """

    vectors: TextVectors
    labels: LabelMatches
    holds: Scores

    def inputs(self, scorer: Scorer) -> list[Scores]:
        """The stacker's inputs, each of shape (n_texts, n_categories)."""
        return scorer.inputs_of(self.vectors, self.labels, self.holds)

    def take(self, rows: NDArray[np.int64]) -> Readings:
        """Those of some of the texts."""
        labels = {name: getattr(self.labels, name)[rows] for name in NAMES}
        return Readings(self.vectors[rows], LabelMatches(**labels), self.holds[rows])

    def followed_by(self, more: Readings) -> Readings:
        """Those of these texts and of more."""
        vectors = TextVectors(
            *(
                sparse.csr_array(sparse.vstack([mine, theirs], format="csr"))
                for mine, theirs in (
                    (self.vectors.all, more.vectors.all),
                    (self.vectors.stems, more.vectors.stems),
                )
            )
        )
        labels = {
            name: np.concatenate([getattr(self.labels, name), getattr(more.labels, name)])
            for name in NAMES
        }
        return Readings(vectors, LabelMatches(**labels), np.concatenate([self.holds, more.holds]))


NAMES = tuple(field.name for field in fields(LabelMatches))


class ReadOnce:
    """Gives readings of texts, and reads only those that it has not met.

    Parameters
    ----------
    background : Background
        The same for all models that read from here.
    """

    def __init__(self, background: Background) -> None:
        self.background = background
        self.rows: dict[tuple[str, str], int] = {}
        self.readings: Readings | None = None

    def of(self, corpus: Corpus) -> Iterator[tuple[slice, Readings]]:
        """The readings of all texts in order, a few thousand at a time."""
        keys = list(zip(corpus.texts, corpus.batches, strict=True))
        new = [place for place, key in enumerate(keys) if key not in self.rows]
        readings = self._with(corpus.take(new))
        if readings is None:
            return
        rows = np.array([self.rows[key] for key in keys], dtype=np.int64)
        for start in range(0, len(keys), CHUNK):
            part = slice(start, start + CHUNK)
            yield part, readings.take(rows[part])

    def _with(self, new: Corpus) -> Readings | None:
        """All readings, those of texts not met before among them."""
        for part in chunks(new):
            found = self._read(part)
            before = 0 if self.readings is None else len(self.readings.holds)
            for row, key in enumerate(zip(part.texts, part.batches, strict=True), start=before):
                self.rows[key] = row
            self.readings = found if self.readings is None else self.readings.followed_by(found)
        return self.readings

    def _read(self, part: Corpus) -> Readings:
        reader, learned = self.background.matcher.reader_, self.background.words
        words = reader.read(part)
        return Readings(
            learned.spaces.transform(words),
            learned.labels.matches([stems_of(text) for text in words]),
            reader.rule_matches(part),
        )
