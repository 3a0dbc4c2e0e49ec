"""Categories where a model does worse than matching keywords does, on the same texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from classifier.ml.baselines import Suggested
from classifier.ml.figures import bootstrap_weights
from classifier.ml.metrics import Pairs
from classifier.ml.pairing import ENOUGH, CategoryChange, category_changes
from classifier.ml.slicing import LEVEL, ROUNDING, holm
from classifier.ml.text import CategoryText


@dataclass(frozen=True)
class Worse:
    """A category whose F1 is lower than that of keywords.

    ``change``: from the keywords to the model. ``chance``: that a difference as bad comes about
    where both are equally good, with all comparisons counted (Holm 1979).
    """

    change: CategoryChange
    chance: float

    @property
    def is_beyond_chance(self) -> bool:
        return self.chance < LEVEL


@dataclass(frozen=True)
class AgainstKeywords:
    """``n_compared`` categories, and the worse ones, the surest first.

    ``n_too_few``: categories that have a right answer, but fewer than ten, and are not compared.
    """

    n_compared: int
    n_too_few: int
    worse: tuple[Worse, ...]


def against_keywords(
    y: NDArray[np.int64],
    known: NDArray[np.bool_],
    keywords: Suggested,
    said: Suggested,
    categories: Sequence[CategoryText],
    n_boot: int = 500,
    seed: int = 0,
) -> AgainstKeywords:
    """Compare F1 category by category, of those with ten right answers or more.

    Differences have paired bootstrap intervals (Efron 1979). Whether one is beyond chance is
    told by exchanging the two answers to each text at random (Noreen 1989), all ways counted.

    Parameters
    ----------
    y : ndarray of shape (n_texts, n_categories), 0 or 1
    known : ndarray of shape (n_texts, n_categories), bool
        Other pairs count for nothing; a text without a known pair is left out.
    keywords, said : Suggested
        What the keywords and the model answer, of that shape.
    categories : sequence of CategoryText, length n_categories
    n_boot : int
        Bootstrap samples of texts; both are measured on the same ones.
    seed : int
    """
    rows = known.any(axis=1)
    known = known[rows]
    right = known & (y[rows] == 1)
    ticks = [known & one.decided[rows] for one in (keywords, said)]
    weights = bootstrap_weights(len(known), n_boot, seed)
    changes = category_changes(weights, right, ticks, categories)
    support = right.sum(axis=0)
    columns = np.flatnonzero(support >= ENOUGH)
    chances = holm([chance_of_worse(right[:, i], ticks[0][:, i], ticks[1][:, i]) for i in columns])
    worse = [
        Worse(change, chance)
        for change, chance in zip(changes, chances, strict=True)
        if change.f1.difference.value < -ROUNDING
    ]
    worse.sort(key=lambda one: (one.chance, one.change.f1.difference.value, one.change.code))
    return AgainstKeywords(len(changes), int(((support > 0) & (support < ENOUGH)).sum()), (*worse,))


def chance_of_worse(right: Pairs, old: Pairs, new: Pairs) -> float:
    """How often F1 changes from old to new for the worse by as much, if the two are alike.

    Each text's two answers are exchanged or not, with the same chance; only texts on which they
    differ matter, and among these only how many right and wrong ticks fall to the new one. So
    every way is counted, and the chance is exact. 1 where the new one is no worse.

    Parameters
    ----------
    right, old, new : ndarray of shape (n_texts,), bool
        Where the category is right, and where each ticks it.
    """
    support = int(right.sum())
    both = (int((old & new & right).sum()), int((old & new & ~right).sum()))
    of_new = (int((new & ~old & right).sum()), int((new & ~old & ~right).sum()))
    of_old = (int((old & ~new & right).sum()), int((old & ~new & ~right).sum()))
    n_right, n_wrong = of_new[0] + of_old[0], of_new[1] + of_old[1]
    wrong = np.arange(n_wrong + 1)

    def difference(hits: int, wrong: NDArray[np.int64]) -> NDArray[np.float64]:
        mine = _f1(both[0] + hits, both[1] + wrong, support)
        return mine - _f1(both[0] + n_right - hits, both[1] + n_wrong - wrong, support)

    observed = float(difference(of_new[0], np.array([of_new[1]]))[0])
    if observed > -ROUNDING:
        return 1.0
    of_wrong = binom.pmf(wrong, n_wrong, 0.5)
    chance = 0.0
    for hits in range(n_right + 1):
        as_low = difference(hits, wrong) <= observed + ROUNDING
        chance += float(binom.pmf(hits, n_right, 0.5)) * float(of_wrong[as_low].sum())
    return min(1.0, chance)


def _f1(hits: int, wrong: NDArray[np.int64], support: int) -> NDArray[np.float64]:
    return 2 * hits / (support + hits + wrong)
