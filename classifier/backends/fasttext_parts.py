"""fastText where not every pair of text and category has an answer: one file for each part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit, softmax

from classifier.backends import fasttext_binary
from classifier.backends.fasttext_binary import Binary, Learning
from classifier.backends.fitted import Floats
from classifier.backends.tuned import facets_of
from classifier.interchange import LABEL, label_of, pieces_of
from classifier.ml.holdout import LabelledTexts
from classifier.ml.text import CategoryText, Corpus

Rows = NDArray[np.int64]
# fastText skips a text without a label, from which it would learn what is in no category. No
# category is written so: after a percent sign come two digits.
NOTHING = LABEL + "%"
LEAST = 1e-6  # a softmax is never certain


@dataclass(frozen=True)
class Part:
    """One file and the categories that it answers.

    ``columns``: theirs, of shape (n_answered,). ``labels``: what the file calls them. ``blank``:
    their scores in a text of which the file knows no word, float32 of that shape.
    """

    columns: Rows
    labels: list[str]
    blank: Floats
    binary: Binary

    @classmethod
    def of(cls, columns: Rows, labels: list[str], binary: Binary, lines: Sequence[str]) -> Part:
        """A text without a known word is taken for the mean of these lines."""
        part = cls(columns, labels, np.zeros(len(columns), dtype=np.float32), binary)
        found = part._known(lines)
        readable = found[~np.isnan(found).any(axis=1)]
        blank = readable.mean(axis=0) if len(readable) else part.blank
        return cls(columns, labels, blank.astype(np.float32), binary)

    def scores(self, lines: Sequence[str]) -> Floats:
        """Log-odds or the like, float32 of shape (n_lines, n_answered)."""
        found = self._known(lines)
        return np.where(np.isnan(found), self.blank, found)

    def _known(self, lines: Sequence[str]) -> Floats:
        found = self.binary.scores(lines)
        if self.binary.loss == "softmax":
            found = logit(np.clip(softmax(found, axis=1), LEAST, 1 - LEAST)).astype(np.float32)
        place = {label: at for at, label in enumerate(self.binary.labels)}
        return found[:, [place[label] for label in self.labels]]


@dataclass(frozen=True)
class Parts:
    """``usual``: of shape (n_categories,), the score of a category that no part answers."""

    usual: Floats
    parts: list[Part]

    @classmethod
    def of(cls, n_categories: int, parts: list[Part]) -> Parts:
        """No word speaks for what no part answers: it comes behind all that could be learned."""
        least = min((float(part.blank.min()) for part in parts), default=0.0)
        return cls(np.full(n_categories, least, dtype=np.float32), parts)

    @property
    def is_softmax(self) -> bool:
        """Whether the categories of a text share one sum of probabilities."""
        return any(part.binary.loss == "softmax" for part in self.parts)

    def scores(self, corpus: Corpus) -> Floats:
        """Float32 of shape (n_texts, n_categories)."""
        return self.of_lines(lines_of(corpus))

    def of_lines(self, lines: Sequence[str]) -> Floats:
        """Float32 of shape (n_lines, n_categories)."""
        found = np.tile(self.usual, (len(lines), 1))
        for part in self.parts:
            found[:, part.columns] = part.scores(lines)
        return found

    def plain(self) -> dict[str, Any]:
        """Arrays, texts, and the files as arrays of their bytes."""
        parts = [
            {
                "columns": part.columns,
                "labels": part.labels,
                "blank": part.blank,
                "sha256": part.binary.sha256,
                "binary": np.frombuffer(part.binary.data, dtype=np.uint8),
            }
            for part in self.parts
        ]
        return {"usual": self.usual, "parts": parts}

    @classmethod
    def restored(cls, plain: dict[str, Any]) -> Parts:
        """What :meth:`plain` gave; a file whose hash is another is not read."""
        parts = []
        for part in plain["parts"]:
            binary = fasttext_binary.read(part["binary"].tobytes(), part["sha256"])
            if absent := set(part["labels"]) - set(binary.labels):
                raise ValueError(f"its file has no label {min(absent)!r}")
            parts.append(Part(part["columns"], part["labels"], part["blank"], binary))
        return cls(plain["usual"], parts)


def lines_of(corpus: Corpus) -> list[str]:
    """The texts as fastText reads them."""
    return [" ".join(pieces_of(text)) for text in corpus.texts]


def fit_parts(
    lines: Sequence[str],
    words: Sequence[str],
    train: LabelledTexts,
    categories: list[CategoryText],
    learning: Learning,
    seed: int,
) -> Parts:
    """Fit on the known pairs alone.

    fastText takes every label that a line lacks for a "no". So a text teaches only those facets
    of which every category was answered; facets that the same texts answer share a file.

    Parameters
    ----------
    lines : sequence of str
        The texts of ``train``, see :func:`lines_of`.
    words : sequence of str
        The only words that may be learned.
    train : LabelledTexts
    categories : list of CategoryText
    learning : Learning
    seed : int
    """
    allowed = set(words)
    known_words = [[word for word in line.split() if word in allowed] for line in lines]
    parts = []
    for rows, columns in _answered_alike(train.known, categories):
        # A text without a word teaches nothing.
        rows = rows[[bool(known_words[row]) for row in rows]]
        columns = columns[train.y[np.ix_(rows, columns)].any(axis=0)]
        if not len(columns):
            continue
        labels = [label_of(categories[column].code) for column in columns]
        lessons = []
        for row in rows:
            given = [labels[at] for at in np.flatnonzero(train.y[row, columns])]
            lessons.append(" ".join([*(given or [NOTHING]), *known_words[row]]))
        taught = sorted({word for row in rows for word in known_words[row]})
        binary = fasttext_binary.trained(lessons, taught, learning, seed)
        parts.append(Part.of(columns, labels, binary, [lines[row] for row in rows]))
    return Parts.of(len(categories), parts)


def _answered_alike(
    known: NDArray[np.bool_], categories: list[CategoryText]
) -> Iterator[tuple[Rows, Rows]]:
    """Texts and columns of each part."""
    masks: dict[bytes, list[Rows]] = {}
    for columns in facets_of(categories):
        masks.setdefault(known[:, columns].all(axis=1).tobytes(), []).append(columns)
    for mask, facets in masks.items():
        rows = np.flatnonzero(np.frombuffer(mask, dtype=bool))
        yield rows, np.sort(np.concatenate(facets))
