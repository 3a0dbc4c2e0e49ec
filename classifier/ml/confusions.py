"""Costly near misses: the right category left out, and one beside it ticked in its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.ml.figures import Figure, wilson
from classifier.ml.text import CategoryText


@dataclass(frozen=True)
class Confusion:
    """In so many texts ``ticked`` stood where its sibling ``right`` was meant; both are codes."""

    right: str
    ticked: str
    n_texts: int


@dataclass(frozen=True)
class Confusions:
    """``share``: of all ``n_texts`` measured, those with at least one confusion."""

    n_texts: int
    n_confused: int
    share: Figure
    pairs: tuple[Confusion, ...]


def sibling_confusions(
    y: NDArray[np.int64],
    known: NDArray[np.bool_],
    decided: NDArray[np.bool_],
    categories: Sequence[CategoryText],
) -> Confusions:
    """Which siblings are taken for one another, the most frequent pair first.

    Siblings have the same next broader category in the same facet; those at the top of a facet
    are siblings, too. Such a mistake looks plausible on the screen, and puts a children's holiday
    club among professional sports.

    Parameters
    ----------
    y : ndarray of shape (n_texts, n_categories), 0 or 1
    known, decided : ndarray of shape (n_texts, n_categories), bool
    categories : sequence of CategoryText, length n_categories
    """
    above = [(category.facet, category.ancestors[-1:]) for category in categories]
    missed = known & (y == 1) & ~decided
    wrong = known & (y == 0) & decided
    found: Counter[tuple[int, int]] = Counter()
    n_confused = 0
    for row in np.flatnonzero(missed.any(axis=1) & wrong.any(axis=1)):
        left, taken = np.flatnonzero(missed[row]), np.flatnonzero(wrong[row])
        pairs = [(int(a), int(b)) for a in left for b in taken if above[a] == above[b]]
        found.update(pairs)
        n_confused += bool(pairs)
    n = int(known.any(axis=1).sum())
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return Confusions(
        n_texts=n,
        n_confused=n_confused,
        share=wilson(n_confused, n),
        pairs=tuple(
            Confusion(categories[a].code, categories[b].code, count) for (a, b), count in ordered
        ),
    )
