"""Labels that are probably wrong: confident learning, one category against the rest.

Northcutt, Jiang and Chuang (2021), "Confident Learning: Estimating Uncertainty in Dataset Labels".
A grant has several categories, so each category is a question of its own with two answers, given
and not given; an answer is in doubt when a model that has not seen it is as sure of the other one
as it usually is where that other one was said.

Two things are chosen otherwise than there. Most categories have a handful of examples, so a
category's own mean confidence is drawn towards that of all (as the thresholds of suggesting are).
And doubts are ordered by log-odds beyond that mean and not by the probability itself: "not given"
is so much surer than "given" that by probability alone every doubt of a given label would come
before any of a missing one, and whoever checks them would know which side is suspected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHRINK = 10  # examples that a category's mean needs to weigh as much as that of all
NEVER = 1e-4  # probabilities nearer to 0 or 1 say nothing more

Means = NDArray[np.float64]


@dataclass(frozen=True)
class Doubts:
    """Answers that are probably wrong, the worst first: arrays of shape (n_doubts,).

    ``rows``, ``columns``: where they stand. ``is_given``: the label was given, and should perhaps
    not; else it is missing. ``proba``: of the category, 0 to 1, by a model that had not seen the
    answer. ``margin``: how far beyond its usual confidence, in log-odds, above 0.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    is_given: NDArray[np.bool_]
    proba: NDArray[np.float64]
    margin: NDArray[np.float64]

    def __len__(self) -> int:
        """How many answers are in doubt."""
        return len(self.rows)


def doubts(y: NDArray[np.int64], known: NDArray[np.bool_], proba: NDArray[np.floating]) -> Doubts:
    """The off-diagonal of the confident joint, ranked.

    Parameters
    ----------
    y : ndarray of shape (n_texts, n_categories), 0 or 1
        As people have answered.
    known : ndarray of shape (n_texts, n_categories), bool
        An answer nobody has given cannot be wrong.
    proba : ndarray of shape (n_texts, n_categories), 0 to 1
        Out of fold: by models that have not seen the text.
    """
    p = proba.astype(np.float64)
    given, missing = known & (y == 1), known & (y == 0)
    sure, sure_not = confidence(p, given), confidence(1 - p, missing)
    is_sure, is_sure_not = p >= sure, 1 - p >= sure_not
    # One that is confidently both, or neither, is no evidence.
    wrong = (given & is_sure_not & ~is_sure) | (missing & is_sure & ~is_sure_not)
    rows, columns = np.nonzero(wrong)
    is_given, own = given[wrong], p[wrong]
    margin = np.where(
        is_given,
        _log_odds(sure[columns]) - _log_odds(own),
        _log_odds(sure_not[columns]) - _log_odds(1 - own),
    )
    order = np.lexsort((columns, rows, -margin))
    return Doubts(
        rows[order].astype(np.int64),
        columns[order].astype(np.int64),
        is_given[order],
        own[order],
        margin[order],
    )


def confidence(p: NDArray[np.float64], said: NDArray[np.bool_]) -> Means:
    """Mean probability of an answer where it was said, of each category, drawn towards all.

    Parameters
    ----------
    p : ndarray of shape (n_texts, n_categories), 0 to 1
        Probability of the answer.
    said : ndarray of shape (n_texts, n_categories), bool

    Returns
    -------
    ndarray of shape (n_categories,), 0 to 1
        Above 1, which no probability reaches, where the answer was never said at all.
    """
    n = said.sum(axis=0)
    if not n.sum():
        return np.full(p.shape[1], 2.0)
    of_all = p[said].mean()
    return ((p * said).sum(axis=0) + SHRINK * of_all) / (n + SHRINK)


def _log_odds(p: NDArray[np.float64]) -> NDArray[np.float64]:
    clipped = np.clip(p, NEVER, 1 - NEVER)
    return np.log(clipped / (1 - clipped))
