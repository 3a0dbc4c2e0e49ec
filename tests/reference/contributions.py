"""What each word of a text adds to a category's log-odds, one text at a time.

The tests hold the classifier's evidence, which is made for many texts at once, against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.evidence import read_words, surface_forms
from classifier.ml.scorer import Scorer
from classifier.ml.spaces import piece_terms
from classifier.ml.text import Corpus
from classifier.ml.words import STOP_WORDS, stem, stems_of

Scores = NDArray[np.float32]


def contributions(
    scorer: Scorer, text: list[str], columns: Sequence[int]
) -> tuple[list[str], Scores]:
    """What the words of one text add, by stem.

    A score's part in the log-odds is divided among the terms as they add to the score, and a
    term's part among the words it was made of. A name's part goes to every word of it that
    occurs: without one of them there is no name.

    Parameters
    ----------
    scorer : Scorer
    text : list of str
        Its lower-case words.
    columns : sequence of int
        The categories to explain.

    Returns
    -------
    list of str, length n_stems
        The stems of the text.
    ndarray of shape (n_stems, n_columns), float32
    """
    stems = sorted({stem(word) for word in text if word not in STOP_WORDS})
    rows = {root: row for row, root in enumerate(stems)}
    added = np.zeros((len(stems), len(columns)), dtype=np.float32)
    if not stems or not len(columns):
        return stems, added
    chosen = np.asarray(columns)
    vectors = scorer.spaces.transform([text])
    no_rules = np.zeros((1, len(scorer.ridge_mean)), dtype=np.float32)
    inputs = np.concatenate(scorer.inputs([text], vectors, no_rules))[:, chosen]
    slopes = scorer.weights.slopes[:, chosen]
    ends = np.cumsum([0, *(len(vocabulary.terms) for vocabulary in scorer.spaces.vocabularies)])
    found: list[tuple[int, int]] = []
    spaces = scorer.spaces.vocabularies
    for start, vocabulary, owned in zip(ends[:-1], spaces, _owned(text, rows), strict=True):
        known = vocabulary.columns
        found += [(row, start + known[term]) for term, row in owned if term in known]
    of_ridge = _shared(found, vectors.all, scorer.ridge, chosen, len(stems))
    added += of_ridge * _slope_of_ridge(inputs, slopes)
    known = scorer.spaces.vocabularies[2].columns
    found = [(row, known[root]) for root, row in rows.items() if root in known]
    of_prototype = _shared(found, vectors.stems, scorer.prototypes, chosen, len(stems))
    added += of_prototype * _slope_of_prototype(inputs, slopes)
    if scorer.echoes is not None:
        cosines = scorer.echoes.cosines(vectors.stems)[0, chosen]
        slope = np.float32(scorer.echoes.weight) * _log_slope(cosines, 20)
        of_echoes = _shared(found, vectors.stems, scorer.echoes.vectors, chosen, len(stems))
        added += of_echoes * slope
    return stems, added + _of_labels(scorer, text, rows, chosen, inputs, slopes)


def _owned(text: list[str], rows: dict[str, int]) -> Iterator[Iterator[tuple[str, int]]]:
    """For each space the terms of a text, each with the row of a stem it was made of."""
    # Stop words explain nothing, but they share in their pieces.
    row_of = {
        word: rows.get(stem(word), len(rows)) if word not in STOP_WORDS else len(rows)
        for word in text
    }
    yield chain(
        ((word, row_of[word]) for word in text),
        ((f"{a} {b}", row_of[word]) for a, b in pairwise(text) for word in (a, b)),
    )
    yield ((piece, row_of[word]) for word in text for piece in piece_terms([word]))
    yield ((root, row) for root, row in rows.items())


def _shared(
    found: Sequence[tuple[int, int]],
    vector: sparse.csr_array,
    weights: Scores | sparse.csr_array,
    chosen: NDArray[np.intp],
    n_stems: int,
) -> Scores:
    """Divide value x weight of each term among the stems it belongs to: (n_stems, n_columns).

    ``weights``: (n_terms, n_categories), of which only the text's terms are looked up.
    """
    if not found:
        return np.zeros((n_stems, len(chosen)), dtype=np.float32)
    owners, terms = np.array(found).T
    places = np.searchsorted(vector.indices, terms)
    share = sparse.csr_array(
        (np.ones(len(owners), dtype=np.float32), (owners, places)),
        shape=(n_stems + 1, len(vector.indices)),
    )
    parts = vector.data / np.maximum(np.asarray(share.sum(axis=0)), 1)
    of_terms = weights[vector.indices]
    known = of_terms.toarray() if sparse.issparse(of_terms) else of_terms
    return np.asarray(share.dot(parts[:, None] * known[:, chosen]))[:n_stems]


def _slope_of_ridge(inputs: Scores, slopes: Scores) -> Scores:
    """How fast the log-odds rise with the ridge score, (n_columns,)."""
    score, _, _, _, share = inputs[:5]
    logs = slopes[1] * _log_slope(score, 20) + slopes[2] * _log_slope(score, 100)
    return slopes[0] + logs + slopes[3] + slopes[4] * _over(share, score)


def _slope_of_prototype(inputs: Scores, slopes: Scores) -> Scores:
    score, _, share, _ = inputs[5:9]
    straight = slopes[5] + slopes[6] * _log_slope(score, 20) + slopes[8]
    return straight + slopes[7] * _over(share, score)


def _of_labels(
    scorer: Scorer,
    text: list[str],
    rows: dict[str, int],
    chosen: NDArray[np.intp],
    inputs: Scores,
    slopes: Scores,
) -> Scores:
    """What the words of the categories add, (n_stems, n_columns)."""
    labels = scorer.labels
    score, _, _, share = inputs[9:13]
    slope = slopes[9] + slopes[10] * _log_slope(score, 20) + slopes[11]
    slope += slopes[12] * _over(share, score)
    known = labels.vocabulary.columns
    found = [(row, known[root]) for root, row in rows.items() if root in known]
    weighted = labels.vocabulary.transform([stems_of(text)])
    added = _shared(found, weighted, labels.documents, chosen, len(rows)) * slope
    of_name = (inputs[13:18] * slopes[13:18]).sum(axis=0)
    column_row = {column: row for row, column in found}
    for place, column in enumerate(chosen):
        start = labels.word_starts[column]
        for word in set(labels.words[start : start + labels.n_words[column]].tolist()):
            if word in column_row:
                added[column_row[word], place] += of_name[place]
    return added


def _log_slope(score: Scores, scale: int) -> Scores:
    """The derivative of ln(1 + scale x score), as if the score were 0 where it is negative."""
    return np.asarray(scale / (1 + scale * np.maximum(score, 0)), dtype=np.float32)


def _over(share: Scores, score: Scores) -> Scores:
    """One over the text's best score: what the share rises by when the score does."""
    return np.asarray(share / np.maximum(score, 1e-3), dtype=np.float32)


def one_by_one(model, corpus, columns):
    """The evidence for texts, each read alone."""
    return [
        _evidence(model, text, batch, own)
        for text, batch, own in zip(corpus.texts, corpus.batches, columns, strict=True)
    ]


def _evidence(model, text, batch, columns):
    [words] = model.reader_.read(Corpus([text], [""], [batch]))
    stems, added = contributions(model.scorer_, words, columns)
    read = read_words(text)
    return [
        surface_forms(
            read,
            dict(zip(stems, added[:, place].tolist(), strict=True)),
            model.reader_.passages(text, batch, column) if model.has_rules_ else (),
        )
        for place, column in enumerate(columns)
    ]
