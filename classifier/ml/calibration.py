"""From scores to probabilities: one map for all categories, for a facet, or for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

# The default map weighs as much as this many assignments would.
PENALTY = 5.0
STEPS = 25


@dataclass(frozen=True)
class LogisticMap:
    """A probability out of several scores: expit(weights . scores + the last weight)."""

    weights: tuple[float, ...]

    def __call__(self, *scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities of the shape that every one of the ``scores`` has."""
        *slopes, offset = self.weights
        total = sum(np.float32(a) * score for a, score in zip(slopes, scores, strict=True))
        return np.asarray(expit(total + np.float32(offset)), dtype=np.float32)


IDENTITY = LogisticMap((1.0, 0.0))
# Before any label: start weights, echoes and cosines repeat each other, so that their sum is too
# sure. The slope is what the labels of 2,500 NEH grants make of words alone; with the offset the
# probabilities of these grants add up to their labels. For texts as words, and with vectors.
UNTAUGHT = LogisticMap((0.75, -2.7))
UNTAUGHT_MEANING = LogisticMap((0.75, -2.0))
# So many examples, of all categories together, halve what is left of that map: one label must not
# move every probability. Chosen by the calibration error at 1 to 100 labels, and by micro-F1, on
# thirds of the UK-CAT training texts and of 2,500 NEH grants: 20 finds fewer at 5 labels.
HALVED_BY = 10


def start_at(n_examples: float, untaught: LogisticMap) -> LogisticMap:
    """The map to start from beside so many examples: ``untaught`` at none, then ever less of it."""
    left = HALVED_BY / (HALVED_BY + n_examples)
    return LogisticMap(
        tuple(
            left * before + (1 - left) * after
            for before, after in zip(untaught.weights, IDENTITY.weights, strict=True)
        )
    )


def fit_map(
    scores: Sequence[NDArray[np.float32]], y: NDArray[np.int64], default: LogisticMap
) -> LogisticMap:
    """Fit one logistic map for all categories (Platt 1999), drawn towards a default.

    A map for each category would fit noise: most have fewer than 20 examples.

    Parameters
    ----------
    scores : sequence of ndarray of shape (n_pairs,)
        Scores from models that have not seen the text.
    y : ndarray of shape (n_pairs,), 0 or 1
    default : LogisticMap
        What holds without any pair; the penalty is on the distance from it.
    """
    X = np.column_stack([*scores, np.ones(len(y))]).astype(np.float64)
    start = np.array(default.weights)
    weights = start.copy()
    for _ in range(STEPS):
        step = _newton_step(X, y, weights, start)
        weights = weights + step
        if np.abs(step).max() < 1e-6:
            break
    return LogisticMap(tuple(weights.tolist()))


def _newton_step(
    X: NDArray[np.float64],
    y: NDArray[np.int64],
    weights: NDArray[np.float64],
    start: NDArray[np.float64],
) -> NDArray[np.float64]:
    p = expit(X @ weights)
    gradient = X.T @ (y - p) - PENALTY * (weights - start)
    hessian = (X * (p * (1 - p))[:, None]).T @ X + PENALTY * np.eye(len(weights))
    # Far from the optimum a full step may overshoot.
    return np.clip(np.linalg.solve(hessian, gradient), -2, 2)


@dataclass(frozen=True)
class FacetMaps:
    """One map from log-odds to probabilities for each facet.

    ``columns``: the columns of each facet. ``maps``: a map of one score for each of them.
    """

    columns: Sequence[NDArray[np.intp]]
    maps: Sequence[LogisticMap]

    def __call__(self, log_odds: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities, float32 of the shape of ``log_odds``, (n_texts, n_categories)."""
        proba = np.empty_like(log_odds)
        for columns, calibrate in zip(self.columns, self.maps, strict=True):
            proba[:, columns] = calibrate(log_odds[:, columns])
        return proba


def fit_facet_maps(
    log_odds: NDArray[np.float32],
    y: NDArray[np.int64],
    pairs: NDArray[np.bool_],
    facets: Sequence[NDArray[np.intp]],
    default: LogisticMap = IDENTITY,
) -> FacetMaps:
    """Fit a map for each facet, drawn to that of all facets, which is drawn to the default.

    Parameters
    ----------
    log_odds, y : ndarray of shape (n_texts, n_categories)
        From models that have not seen the text; 0 or 1.
    pairs : ndarray of shape (n_texts, n_categories), bool
        Which pairs may be fitted on.
    facets : sequence of ndarray of int
        The columns of each facet.
    default : LogisticMap
        What holds without any pair.
    """
    shared = fit_map([log_odds[pairs]], y[pairs], default)
    maps = [
        fit_map([log_odds[:, columns][chosen]], y[:, columns][chosen], shared)
        for columns in facets
        for chosen in [pairs[:, columns]]
    ]
    return FacetMaps(facets, maps if len(facets) > 1 else [shared])


def fit_category_maps(
    log_odds: NDArray[np.float32],
    y: NDArray[np.int64],
    pairs: NDArray[np.bool_],
    shared: FacetMaps,
) -> FacetMaps:
    """Fit a map for each category, drawn to that of its facet: few examples move it little.

    Where it would fall with the score its facet's stands, so the order of texts stays.

    Parameters
    ----------
    log_odds, y, pairs : ndarray of shape (n_texts, n_categories)
        As of :func:`fit_facet_maps`.
    shared : FacetMaps
        What holds for a category without any pair.

    Returns
    -------
    FacetMaps
        One map a category, in the order of the columns.
    """
    default = {
        int(column): one
        for columns, one in zip(shared.columns, shared.maps, strict=True)
        for column in columns
    }
    maps = []
    for column, chosen in enumerate(pairs.T):
        own = fit_map([log_odds[chosen, column]], y[chosen, column], default[column])
        rises = min(own.weights[0], default[column].weights[0]) > 0
        maps.append(own if rises else default[column])
    return FacetMaps(list(np.arange(len(maps))[:, None]), maps)


def carried_over(
    thresholds: NDArray[np.float64], shared: FacetMaps, own: FacetMaps
) -> NDArray[np.float64]:
    """Thresholds by which the maps of categories tick what those of facets have ticked.

    A facet's threshold on its categories' own probabilities would tick rare ones less: these are
    lower than their facet's say. So each category is ticked from the same score on as before.

    Parameters
    ----------
    thresholds : ndarray of shape (n_categories,), 0 to 1
        On the probabilities of ``shared``.
    shared, own : FacetMaps
        As given to and returned by :func:`fit_category_maps`.
    """
    moved = thresholds.astype(np.float64)
    for columns, of_facet in zip(shared.columns, shared.maps, strict=True):
        for column in columns:
            if own.maps[column] != of_facet:
                slope, offset = of_facet.weights
                score = (logit(thresholds[column]) - offset) / slope
                steeper, higher = own.maps[column].weights
                moved[column] = expit(steeper * score + higher)
    return moved
