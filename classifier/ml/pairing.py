"""Two model versions on the same grants: every measure, and every category, with its difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.ml import metrics
from classifier.ml.baselines import Suggested
from classifier.ml.evaluation import SHARES, replicates
from classifier.ml.figures import N_BOOT, Figure, bootstrap_weights, difference_of, figure, share_of
from classifier.ml.metrics import Pairs, Series, Weights
from classifier.ml.text import CategoryText

ENOUGH = 10  # right answers from which a category's figures are told


@dataclass(frozen=True)
class Change:
    """A figure before and after, and by how much it changed, each with its 95 % interval.

    The difference has an interval of its own: both are measured on the same draws of grants, so
    it is far narrower than the two others together.
    """

    before: Figure
    after: Figure
    difference: Figure


@dataclass(frozen=True)
class CategoryChange:
    """F1 of one category before and after.

    ``support``: grants that have it; ``found`` of them, and ``ticked`` of all, before and after.
    """

    code: str
    label: str
    support: int
    found: tuple[int, int]
    ticked: tuple[int, int]
    f1: Change


@dataclass(frozen=True)
class Paired:
    """What changed from one version to the other.

    ``measures``: as the figures of an evaluation are named. ``categories``: those with at least
    ten right answers, in their own order; ``n_too_few``: those with fewer, but one or more.
    """

    n_grants: int
    n_pairs: int
    measures: dict[str, Change]
    categories: tuple[CategoryChange, ...]
    n_too_few: int


def pair(
    y: NDArray[np.int64],
    known: NDArray[np.bool_],
    before: Suggested,
    after: Suggested,
    categories: Sequence[CategoryText],
    n_boot: int = N_BOOT,
    seed: int = 0,
) -> Paired:
    """Measure both on the same grants by a paired bootstrap (Efron 1979; Koehn 2004).

    Parameters
    ----------
    y : ndarray of shape (n_texts, n_categories), 0 or 1
    known : ndarray of shape (n_texts, n_categories), bool
        Other pairs count for nothing; a text without a known pair is left out.
    before, after : Suggested
        What each answers, of that shape.
    categories : sequence of CategoryText, length n_categories
    n_boot : int
        Bootstrap samples of texts; both are measured on the same ones.
    seed : int
    """
    rows = known.any(axis=1)
    known = known[rows]
    right = known & (y[rows] == 1)
    weights = bootstrap_weights(len(known), n_boot, seed)
    ticks = [known & said.decided[rows] for said in (before, after)]
    old, new = (
        replicates(weights, right, ticked, known, said.proba[rows], categories, seed)
        for said, ticked in zip((before, after), ticks, strict=True)
    )
    support = right.sum(axis=0)
    return Paired(
        n_grants=len(known),
        n_pairs=int(known.sum()),
        measures={
            name: _change(old[name], new[name], len(known), is_share=name in SHARES) for name in old
        },
        categories=category_changes(weights, right, ticks, categories),
        n_too_few=int(((support > 0) & (support < ENOUGH)).sum()),
    )


def category_changes(
    weights: Weights, right: Pairs, ticks: list[Pairs], categories: Sequence[CategoryText]
) -> tuple[CategoryChange, ...]:
    """F1 of each category with ten right answers or more, before and after, on the same draws.

    Parameters
    ----------
    weights : ndarray of shape (n_weightings, n_texts)
    right : ndarray of shape (n_texts, n_categories), bool
    ticks : two of that shape
        What is ticked before and after.
    categories : sequence of CategoryText, length n_categories
    """
    columns = np.flatnonzero(right.sum(axis=0) >= ENOUGH)
    right, (old, new) = right[:, columns], (ticked[:, columns] for ticked in ticks)
    before, after = (metrics.category_f1(weights, right, ticked) for ticked in (old, new))
    found = [(right & ticked).sum(axis=0) for ticked in (old, new)]
    claims = [ticked.sum(axis=0) for ticked in (old, new)]
    return tuple(
        CategoryChange(
            code=categories[int(column)].code,
            label=categories[int(column)].label,
            support=int(right[:, i].sum()),
            found=(int(found[0][i]), int(found[1][i])),
            ticked=(int(claims[0][i]), int(claims[1][i])),
            f1=_change(before[:, i], after[:, i], int(right[:, i].sum())),
        )
        for i, column in enumerate(columns)
    )


def _change(before: Series, after: Series, n: int, *, is_share: bool = True) -> Change:
    """``n``: grants that they are of."""
    one, other = (share_of(x, n) if is_share else figure(x) for x in (before, after))
    return Change(one, other, difference_of(after - before, n))
