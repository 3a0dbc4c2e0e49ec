"""Grants that people stand behind, as the arrays that the learning reads."""

import hashlib
import json
from dataclasses import dataclass, replace

import numpy as np

from classifier.ml.text import Corpus

# Lists of keys in ``Labelled``; the grants' come first, and are in the order of the arrays.
KEYS = ("grant_ids", "annotation_ids", "label_ids", "adjudication_ids", "sprint_decision_ids")


@dataclass(frozen=True)
class Labelled:
    """Grants that people stand behind.

    ``y`` and ``known`` have the shape (n_grants, n_categories): 1 where the category was given
    directly, and True where anybody said yes or no. ``weights`` (float32, of that shape) says how
    much an answer counts, 0 where there is none. ``tune`` marks grants drawn at random.
    """

    grant_ids: list[int]
    corpus: Corpus
    y: np.ndarray
    known: np.ndarray
    tune: np.ndarray
    weights: np.ndarray
    annotation_ids: list[int]
    label_ids: list[int]
    adjudication_ids: list[int]
    sprint_decision_ids: list[int]

    def __len__(self) -> int:
        return len(self.grant_ids)

    def none(self) -> "Labelled":
        """The same without a grant."""
        return joined([], self.y.shape[1])

    def take(self, rows: np.ndarray) -> "Labelled":
        """Some of the grants, for measuring: the keys of what they were read from stay."""
        return replace(
            self,
            grant_ids=[self.grant_ids[row] for row in rows],
            corpus=self.corpus.take(rows),
            y=self.y[rows],
            known=self.known[rows],
            tune=self.tune[rows],
            weights=self.weights[rows],
        )

    def sha256(self, background: Corpus) -> str:
        """Of all that is learned from under one release of the taxonomy.

        With the same seed, the same snapshot trains a version of the same probabilities.

        Args:
            background: the texts that tell how common words are.
        """
        digest = hashlib.sha256()
        for i, pk in enumerate(self.grant_ids):
            answer = [self.y[i].nonzero()[0].tolist(), bool(self.tune[i])]
            digest.update(json.dumps([pk, *_facts(self.corpus, i), *answer]).encode())
            digest.update(np.packbits(self.known[i]).tobytes())
            digest.update(self.weights[i].tobytes())
        for i in range(len(background)):
            digest.update(json.dumps(_facts(background, i)).encode())
        return digest.hexdigest()


def joined(parts: list[Labelled], n_categories: int) -> Labelled:
    """One after the other, which are then empty: all is held once, or hardly more."""
    shape = sum(map(len, parts)), n_categories
    # int64: scikit-learn 1.9.1 permutes the columns of narrower indicators without a word.
    whole = Labelled(
        grant_ids=[],
        corpus=Corpus([], [], []),
        y=np.zeros(shape, dtype=np.int64),
        known=np.zeros(shape, dtype=bool),
        tune=np.zeros(shape[0], dtype=bool),
        weights=np.zeros(shape, dtype=np.float32),
        annotation_ids=[],
        label_ids=[],
        adjudication_ids=[],
        sprint_decision_ids=[],
    )
    parts.reverse()
    while parts:
        part = parts.pop()
        rows = slice(len(whole), len(whole) + len(part))
        for name in ("y", "known", "tune", "weights"):
            getattr(whole, name)[rows] = getattr(part, name)
        for name in ("texts", "recipients", "batches"):
            getattr(whole.corpus, name).extend(getattr(part.corpus, name))
        for name in KEYS:
            getattr(whole, name).extend(getattr(part, name))
    for name in KEYS[1:]:
        getattr(whole, name).sort()
    return whole


def _facts(corpus: Corpus, i: int) -> list[str]:
    return [corpus.texts[i], corpus.recipients[i], corpus.batches[i]]
