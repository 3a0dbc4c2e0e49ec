"""What a calibrated model says of the very texts that its calibration rests on, each unseen."""

from __future__ import annotations

from typing import Any

import numpy as np

from classifier.backends.calibrated import Calibrated, is_by_category
from classifier.backends.protocol import Snapshot
from classifier.backends.tuned import tuned
from classifier.ml.backoff import with_backing_off
from classifier.ml.baselines import Suggested
from classifier.ml.folds import fold_numbers, groups_of
from classifier.ml.holdout import LabelledTexts
from classifier.ml.thresholds import tick

FOLDS = 5


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
    decided = np.zeros(scores.shape, dtype=bool)
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
        ticked = tick(proba[held], thresholds, model.ancestors)
        decided[held] = with_backing_off(ticked, proba[held], model.ancestors)
    return Suggested(proba, decided)
