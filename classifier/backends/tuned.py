"""From scores that are no probabilities to calibrated ones with thresholds, all out of fold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from classifier.backends.protocol import Snapshot
from classifier.ml.calibration import FacetMaps, carried_over, fit_category_maps, fit_facet_maps
from classifier.ml.estimators import THRESHOLD
from classifier.ml.folds import fold_numbers, groups_of
from classifier.ml.teaching import pairs_to_tune_on
from classifier.ml.text import CategoryText
from classifier.ml.thresholds import facet_thresholds

FOLDS = 5  # of the out-of-fold scores, as the production recipe has them
Scores = NDArray[np.float32]
# Rows to learn from, rows to answer -> scores of the second, shape (n_rows, n_categories).
ScoresOf = Callable[[NDArray[np.int64], NDArray[np.int64]], Scores]


@dataclass(frozen=True)
class Sizes:
    """Brings scores of any size to about that of log-odds, from which calibration starts."""

    middle: float
    spread: float
    usual: float  # log-odds of any category in any text

    def __call__(self, scores: Scores) -> Scores:
        """Float32 of the shape of ``scores``."""
        return np.asarray((scores - self.middle) / self.spread + self.usual, dtype=np.float32)


@dataclass(frozen=True)
class Tuned:
    """What makes probabilities and ticks of scores.

    ``proba``: float32 of shape (n_texts, n_categories), of the texts it was tuned on, each by
    scores of a fit that has not seen it.
    """

    sizes: Sizes
    maps: FacetMaps
    thresholds: NDArray[np.float64]
    proba: Scores


def scores_out_of_fold(snapshot: Snapshot, scores_of: ScoresOf) -> Scores:
    """Scores of every text by a fit that has not seen it, its recipient, or an equal text."""
    train = snapshot.train
    folds = fold_numbers(groups_of(train.corpus), FOLDS, snapshot.seed)
    unseen = np.zeros(train.y.shape, dtype=np.float32)
    for number in np.unique(folds):
        held = np.flatnonzero(folds == number)
        unseen[held] = scores_of(np.flatnonzero(folds != number), held)
    return unseen


def tuned(snapshot: Snapshot, unseen: Scores, is_by_category: bool = False) -> Tuned:
    """Calibration and thresholds, one of each a facet, as the production recipe has them.

    Parameters
    ----------
    snapshot : Snapshot
        Whose pairs are known; those of texts that are drawn at random, if they are enough.
    unseen : ndarray of shape (n_texts, n_categories)
        Scores of its texts by fits that have not seen them.
    is_by_category : bool, default=False
        Calibrate each category by a map of its own, drawn to that of its facet; what is ticked
        stays nearly the same.
    """
    train, facets = snapshot.train, facets_of(snapshot.categories)
    pairs, _ = pairs_to_tune_on(train.y, train.known, snapshot.drawn)
    sizes = _sizes_of(unseen[train.known], train.y[train.known])
    unseen = sizes(unseen)
    shared = fit_facet_maps(unseen, train.y, pairs, facets)
    proba = shared(unseen)
    thresholds = facet_thresholds(train.y, proba, pairs, facets, THRESHOLD)
    if not is_by_category:
        return Tuned(sizes, shared, thresholds, proba)
    maps = fit_category_maps(unseen, train.y, pairs, shared)
    return Tuned(sizes, maps, carried_over(thresholds, shared, maps), maps(unseen))


def facets_of(categories: list[CategoryText]) -> list[NDArray[np.intp]]:
    """The columns of each facet."""
    names = np.array([category.facet for category in categories])
    return [np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())]


def one_by_one(categories: list[CategoryText]) -> list[NDArray[np.intp]]:
    """Each column by itself."""
    return list(np.arange(len(categories))[:, None])


def _sizes_of(scores: Scores, y: NDArray[np.int64]) -> Sizes:
    """From the known pairs; without any the scores stay what they are."""
    if not len(scores):
        return Sizes(0.0, 1.0, 0.0)
    share = (y.sum() + 0.5) / (len(y) + 1)
    return Sizes(float(scores.mean()), max(float(scores.std()), 1e-6), float(logit(share)))
