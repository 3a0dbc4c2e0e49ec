"""Whether further labels still change anything: successive versions held against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ticks = NDArray[np.bool_]

# Bloodgood and Vijay-Shanker 2009: three versions in a row that agree so far teach little more.
STABLE = 0.99
IN_A_ROW = 3


@dataclass(frozen=True)
class Stability:
    """How far two versions tick the same on the same grants, Cohen's kappa: 1 is all the same.

    ``overall``: over all (grant, category) pairs. ``by_category``: float of shape
    (n_categories,), NaN where neither version ticks it, so that nothing can be said.
    """

    overall: float
    by_category: NDArray[np.float64]


def stability(before: Ticks, after: Ticks) -> Stability:
    """Agreement of two successive versions on a fixed random set of unlabelled grants.

    The set must stay the same, and be drawn by lot: on grants that the model chose itself it
    would look less settled than it is.

    Parameters
    ----------
    before, after : ndarray of shape (n_grants, n_categories), bool
        What each version ticks.

    Raises
    ------
    ValueError
        If the shapes differ or there is no grant.
    """
    if before.shape != after.shape or before.ndim != 2:
        raise ValueError(
            f"Ticks of shape {before.shape} and {after.shape} are not of the same grants and "
            "categories. Give both versions' ticks of one fixed set."
        )
    if not len(before):
        raise ValueError("There is no grant to compare the versions on.")
    overall = _kappa(np.ravel(before)[:, None], np.ravel(after)[:, None])
    return Stability(1.0 if np.isnan(overall[0]) else float(overall[0]), _kappa(before, after))


def is_stable(kappas: Sequence[float], least: float = STABLE) -> bool | None:
    """Whether the last three agreements are ``least`` on average; None while there are fewer."""
    if len(kappas) < IN_A_ROW:
        return None
    return float(np.mean(kappas[-IN_A_ROW:])) >= least


def _kappa(before: Ticks, after: Ticks) -> NDArray[np.float64]:
    """Cohen's kappa of each column; NaN where both columns hold nothing but one answer."""
    same = (before == after).mean(axis=0)
    p, q = before.mean(axis=0), after.mean(axis=0)
    by_chance = p * q + (1 - p) * (1 - q)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(by_chance < 1, (same - by_chance) / (1 - by_chance), np.nan))
