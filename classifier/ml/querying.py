"""Choosing from a pool by a query strategy. The only file that knows modAL.

modAL 0.4.2.1 is used for its ``ActiveLearner.query`` and for its own strategies. Its ``teach`` and
``fit`` raise with scikit-learn 1.9, and so does ``repr(learner)``: a learner must never be logged
or shown. Its own strategies are kept to compare with: most do worse than a lot here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from modAL import multilabel
from modAL.models import ActiveLearner
from modAL.uncertainty import uncertainty_sampling
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from classifier.ml.pool import Pool
from classifier.ml.sampling import STRATEGIES, Strategy, Utility, strategy

__all__ = ["STRATEGIES", "Learner", "StoredProbabilities", "choose", "utilities"]

Rows = NDArray[np.int64]
UNDECIDED = 0.5


class StoredProbabilities(BaseEstimator):
    """An estimator that "predicts" what was computed before: X are row numbers.

    Parameters
    ----------
    pool : Pool
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    def fit(self, X: object, y: object = None) -> StoredProbabilities:
        """Nothing is learned; modAL asks only that the method exists."""
        return self

    def predict_proba(self, X: Rows) -> NDArray[np.float32]:
        """The stored rows, shape (n_rows, n_categories); X of shape (n_rows, 1)."""
        return np.asarray(self.pool.take(X[:, 0]).proba)

    def predict(self, X: Rows) -> NDArray[np.int64]:
        """1 where a category is ticked, shape (n_rows, n_categories)."""
        thresholds = UNDECIDED if self.pool.thresholds is None else self.pool.thresholds
        return (self.predict_proba(X) >= thresholds).astype(np.int64)


class Learner(ActiveLearner):
    """modAL's, with the ``classes_`` that its loss strategies look for and it lacks."""

    @property
    def classes_(self) -> NDArray[np.int64]:
        return np.arange(self.estimator.pool.proba.shape[1])


def choose(pool: Pool, n: int, by: Strategy, rng: np.random.Generator) -> Rows:
    """The ``n`` grants with the highest utility, best first; ties fall at random.

    Parameters
    ----------
    pool : Pool
        Read part by part, so that it may be far larger than the memory.
    n : int
        1 to n_grants.
    by : Strategy
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (n,), int64
        Row numbers.

    Raises
    ------
    ValueError
        If ``n`` is not from 1 to n_grants, or the pool lacks what the strategy needs.
    """
    if not 0 < n <= len(pool):
        raise ValueError(f"Asked for {n} grants of a pool of {len(pool)}.")
    learner = Learner(StoredProbabilities(pool), query_strategy=_query)
    chosen, _ = learner.query(np.arange(len(pool))[:, None], n=n, by=by, rng=rng)
    return np.asarray(chosen)


def _query(
    learner: Learner, rows: Rows, n: int, by: Strategy, rng: np.random.Generator
) -> tuple[Rows, Utility]:
    """modAL's interface for a strategy.

    It must return a pair: modAL runs a strategy a second time when its answer cannot be
    unpacked into two, and takes two chosen rows for the pair itself.
    """
    utility = utilities(learner.estimator.pool, by)
    best = np.lexsort((rng.random(len(rows)), -utility))[:n]
    return best, utility[best]


def utilities(pool: Pool, by: Strategy) -> Utility:
    """All utilities, shape (n_grants,), reading the pool part by part."""
    utility = np.empty(len(pool))
    for rows, part in pool.parts():
        utility[rows] = by(part)
    return utility


def _of_modal(function: Callable[..., Any], sign: int, floor: float) -> Callable[[Pool], Utility]:
    """A strategy of modAL's as utilities: it is asked for all rows, and tells each one's metric.

    ``sign`` is -1 where it takes the lowest; ``floor`` lifts the metric to 0 and up.
    """

    def utility(pool: Pool) -> Utility:
        learner = Learner(StoredProbabilities(pool), query_strategy=function)
        rows = np.arange(len(pool))[:, None]
        order, metric = function(learner, rows, n_instances=len(pool), random_tie_break=False)
        found = np.empty(len(pool))
        found[order] = floor + sign * np.asarray(metric, dtype=np.float64)
        return found

    return utility


_ESULI = "Esuli and Sebastiani 2009, as modAL has it"
_LI = "Li, Wang and Sung 2004, as modAL has it"
_MODAL = (
    (uncertainty_sampling, 1, 0.0, "No category has a high probability.",
     "Lewis and Gale 1994, as modAL has it", False),
    (multilabel.min_confidence, -1, 1.0,
     "Some category is very unlikely, as nearly every grant has one.", _ESULI, False),
    (multilabel.avg_confidence, 1, 0.0,
     "The categories are likely on the whole: the easiest grants.", _ESULI, True),
    (multilabel.avg_score, 1, 0.5,
     "What would be ticked is likely: the easiest grants.", _ESULI, True),
    (multilabel.max_score, 1, 0.5,
     "A ticked category is very likely: the easiest grants.", _ESULI, True),
    (multilabel.max_loss, 1, 0.0,
     "What would be ticked differs from the likeliest category alone.", _LI, False),
    (multilabel.mean_max_loss, 1, 0.0,
     "What would be ticked differs from each category alone.", _LI, False),
)  # fmt: skip
for _function, _sign, _floor, _reason, _source, _prefers_sure in _MODAL:
    strategy(
        f"modal_{_function.__name__.removesuffix('_sampling')}",
        _reason,
        _source,
        prefers_sure=_prefers_sure,
    )(_of_modal(_function, _sign, _floor))
