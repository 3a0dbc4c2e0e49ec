"""What each word of a text adds to a category's log-odds, for many texts at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.owners import Owners, Slots
from classifier.ml.scorer import Scorer
from classifier.ml.words import stems_of

Scores = NDArray[np.float32]
Columns = NDArray[np.intp]


@dataclass(frozen=True)
class Added:
    """What the stems of texts add; ``values``: float32 of shape (n_slots, most columns a text)."""

    slots: Slots
    values: Scores

    def of(self, text: int) -> tuple[list[str], Scores]:
        """The stems of a text, and what each adds: (n_stems, most columns a text)."""
        start = self.slots.starts[text]
        stems = self.slots.stems[text]
        return stems, self.values[start : start + len(stems)]


def contributions(
    scorer: Scorer, texts: Sequence[list[str]], columns: Sequence[Sequence[int]]
) -> Added:
    """What the words of texts add, by stem.

    A score's part in the log-odds is divided among the terms as they add to the score, and a
    term's part among the words it was made of. A name's part goes to every word of it that
    occurs: without one of them there is no name.

    It takes some 120 KB a text for every ten columns, and more the longer the texts: who calls
    bounds how many letters there are at once (:mod:`classifier.ml.explaining`).

    Parameters
    ----------
    scorer : Scorer
    texts : sequence of list of str
        Their lower-case words.
    columns : sequence of sequence of int, length n_texts
        The categories to explain, of each text.
    """
    chosen = _padded(columns)
    slots = Slots.of(texts)
    owners = Owners(scorer.spaces.vocabularies, texts, slots)
    vectors = scorer.spaces.transform(texts)
    no_rules = np.zeros((len(texts), len(scorer.ridge_mean)), dtype=np.float32)
    read = scorer.inputs(list(texts), vectors, no_rules)
    inputs = np.stack([np.take_along_axis(values, chosen, axis=1) for values in read])
    slopes = scorer.weights.slopes[:, chosen]
    every = _Spread(slots, vectors.all, owners.of_all(), chosen)
    added = every.of(scorer.ridge) * _slope_of_ridge(inputs, slopes)[slots.text]
    of_stems = _Spread(slots, vectors.stems, owners.of_stems(), chosen)
    added += of_stems.of(scorer.prototypes) * _slope_of_prototype(inputs, slopes)[slots.text]
    if scorer.echoes is not None:
        cosines = np.take_along_axis(scorer.echoes.cosines(vectors.stems), chosen, axis=1)
        slope = np.float32(scorer.echoes.weight) * _log_slope(cosines, 20)
        added += of_stems.of(scorer.echoes.vectors) * slope[slots.text]
    added += _of_labels(scorer, texts, slots, chosen, inputs, slopes)
    return Added(slots, added)


def _padded(columns: Sequence[Sequence[int]]) -> Columns:
    """As (n_texts, most columns a text); past the end of a text's own stands the first category."""
    padded = np.zeros((len(columns), max(map(len, columns), default=0)), dtype=np.intp)
    for row, own in enumerate(columns):
        padded[row, : len(own)] = own
    return padded


class _Spread:
    """Divides value x weight of each term of each text among the stems it belongs to.

    Parameters
    ----------
    slots : Slots
    vectors : sparse matrix of shape (n_texts, n_terms)
        Its indices are sorted.
    owned : two ndarrays of shape (n_pairs,)
        Slots, and the terms that belong to them.
    chosen : ndarray of shape (n_texts, n_columns)
    """

    def __init__(
        self,
        slots: Slots,
        vectors: sparse.csr_array,
        owned: tuple[Columns, Columns],
        chosen: Columns,
    ) -> None:
        owners, terms = owned
        rows = np.repeat(np.arange(len(chosen)), np.diff(vectors.indptr))
        n_terms = vectors.shape[1]
        stored = rows * n_terms + vectors.indices
        places = np.searchsorted(stored, slots.text[owners] * n_terms + terms)
        self.share = sparse.csr_array(
            (np.ones(len(owners), dtype=np.float32), (owners, places)),
            shape=(len(slots.text), len(stored)),
        )
        times = np.bincount(places, minlength=len(stored))
        self.parts = vectors.data / np.maximum(times, 1).astype(np.float32)
        self.terms, self.chosen = vectors.indices, chosen[rows]

    def of(self, weights: Scores | sparse.csr_array) -> Scores:
        """(n_slots, n_columns); ``weights``: (n_terms, n_categories)."""
        if sparse.issparse(weights):
            # The chosen cells alone: whole rows would be as wide as the taxonomy.
            of_cells = np.broadcast_to(self.terms[:, None], self.chosen.shape)
            known = weights[of_cells, self.chosen].toarray()
        else:
            known = weights[self.terms[:, None], self.chosen]
        return np.asarray(self.share.dot(self.parts[:, None] * known))


def _slope_of_ridge(inputs: Scores, slopes: Scores) -> Scores:
    """How fast the log-odds rise with the ridge score, (n_texts, n_columns)."""
    score, _, _, _, share = inputs[:5]
    logs = slopes[1] * _log_slope(score, 20) + slopes[2] * _log_slope(score, 100)
    return slopes[0] + logs + slopes[3] + slopes[4] * _over(share, score)


def _slope_of_prototype(inputs: Scores, slopes: Scores) -> Scores:
    score, _, share, _ = inputs[5:9]
    straight = slopes[5] + slopes[6] * _log_slope(score, 20) + slopes[8]
    return straight + slopes[7] * _over(share, score)


def _of_labels(
    scorer: Scorer,
    texts: Sequence[list[str]],
    slots: Slots,
    chosen: Columns,
    inputs: Scores,
    slopes: Scores,
) -> Scores:
    """What the words of the categories add, (n_slots, n_columns)."""
    labels = scorer.labels
    score, _, _, share = inputs[9:13]
    slope = slopes[9] + slopes[10] * _log_slope(score, 20) + slopes[11]
    slope += slopes[12] * _over(share, score)
    weighted = labels.vocabulary.transform(map(stems_of, texts))
    owned = slots.owning(labels.vocabulary.columns)
    added = _Spread(slots, weighted, owned, chosen).of(labels.documents) * slope[slots.text]
    of_name = (inputs[13:18] * slopes[13:18]).sum(axis=0)
    found = zip(slots.text[owned[0]].tolist(), owned[1].tolist(), owned[0].tolist(), strict=True)
    slot_of = {(text, word): slot for text, word, slot in found}
    for text, own in enumerate(chosen.tolist()):
        for place, column in enumerate(own):
            for word in labels.words_of(column):
                if (slot := slot_of.get((text, word))) is not None:
                    added[slot, place] += of_name[text, place]
    return added


def _log_slope(score: Scores, scale: int) -> Scores:
    """The derivative of ln(1 + scale x score), as if the score were 0 where it is negative."""
    return np.asarray(scale / (1 + scale * np.maximum(score, 0)), dtype=np.float32)


def _over(share: Scores, score: Scores) -> Scores:
    """One over the text's best score: what the share rises by when the score does."""
    return np.asarray(share / np.maximum(score, 1e-3), dtype=np.float32)
