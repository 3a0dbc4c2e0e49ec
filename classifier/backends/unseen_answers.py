"""What a calibrated model says of the very texts that its calibration rests on, each unseen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.backends.calibrated import Calibrated, is_by_category
from classifier.backends.protocol import Snapshot
from classifier.backends.tuned import tuned
from classifier.ml.backoff import decided
from classifier.ml.baselines import Suggested
from classifier.ml.folds import fold_numbers, groups_of
from classifier.ml.holdout import LabelledTexts
from classifier.ml.text import Corpus

FOLDS = 5
# Half of what a calibration is asked for when a model is brought here: with fewer it says little.
LEAST_OTHERS = 25


def readable(corpus: Corpus, seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which texts :func:`unseen_answers` reads by a calibration on enough others of them.

    Parameters
    ----------
    corpus : Corpus
    seen : ndarray of shape (n_texts,), bool
        Those that the stored calibration rests on. The others need no new one.
    """
    rows = np.arange(len(corpus))
    while True:
        folds = fold_numbers(groups_of(corpus.take(rows)), FOLDS, seed=0)
        n_others = len(rows) - np.bincount(folds)[folds]
        is_left_out = seen[rows] & (n_others < LEAST_OTHERS)
        if not is_left_out.any():
            return np.isin(np.arange(len(corpus)), rows)
        rows = rows[~is_left_out]  # and the folds of those that stay are others


def unseen_answers(
    model: Calibrated[Any], texts: LabelledTexts, threshold: float | None = None
) -> Suggested:
    """Each text by calibration and thresholds fitted without it, its recipient and equal texts.

    The scores are the model's own: it was fitted elsewhere, on other texts.

    Parameters
    ----------
    model : Calibrated
    texts : LabelledTexts
        With answers in the model's columns.
    threshold : float or None
        For all categories; None: fitted as well.
    """
    scores = model.scorer.scores(texts.corpus)
    folds = fold_numbers(groups_of(texts.corpus), FOLDS, seed=0)
    proba = np.zeros(scores.shape, dtype=np.float32)
    ticked = np.zeros(scores.shape, dtype=bool)
    for number in np.unique(folds):
        held, others = np.flatnonzero(folds == number), np.flatnonzero(folds != number)
        known = texts.take(others)
        found = tuned(
            Snapshot(model.categories, known, known.corpus),
            scores[others],
            is_by_category(model.scorer),
        )
        proba[held] = found.maps(found.sizes(scores[held]))
        thresholds = found.thresholds
        if threshold is not None:
            thresholds = np.full(len(thresholds), threshold)
        ticked[held] = decided(proba[held], thresholds, model.ancestors)
    return Suggested(proba, ticked)
