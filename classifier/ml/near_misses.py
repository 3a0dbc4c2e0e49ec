"""Near misses: a category that was missed while another one of its branch was ticked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.ml.figures import Figure, wilson
from classifier.ml.text import CategoryText

Pairs = NDArray[np.bool_]


@dataclass(frozen=True)
class NearMiss:
    """One category mistaken for another of its branch.

    ``rows``: the texts in which it happened, once each. ``n_right``: texts in which the category is
    right. ``share`` of these, 0 to 1. ``kind``: "sibling" of one parent, the "broader" one ticked
    for the right one, the "narrower" one, or elsewhere in the "branch". ``cost``: categories, with
    those above them, that are to be taken away and added over all of its texts.
    """

    right: str
    ticked: str
    kind: str
    rows: tuple[int, ...]
    n_right: int
    share: Figure
    cost: int

    @property
    def n(self) -> int:
        """In how many texts it happened."""
        return len(self.rows)

    def as_json(self) -> dict[str, Any]:
        """The same as lists and numbers."""
        return {
            "right": self.right,
            "ticked": self.ticked,
            "kind": self.kind,
            "n": self.n,
            "n_right": self.n_right,
            "share": [self.share.value, self.share.low, self.share.high],
            "cost": self.cost,
            "rows": list(self.rows),
        }


def near_misses(
    right: Pairs, ticked: Pairs, categories: Sequence[CategoryText], most: int = 100
) -> list[NearMiss]:
    """The costliest first: the error of hierarchical F1 that each pair brings.

    A parent ticked for its child is one category too few; a sibling ticked for a sibling is one
    too few and one too many (the difference of sets with ancestors, Kiritchenko et al. 2005). A
    text with two missed and two false categories of a branch counts for each of the four pairs.

    Parameters
    ----------
    right, ticked : ndarray of shape (n_texts, n_categories), bool
        False where the answer is not known.
    categories : sequence of CategoryText, length n_categories
    most : int
        Pairs to name.
    """
    branches = branches_of(categories)
    lines = [frozenset([*category.ancestors, category.code]) for category in categories]
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    missed, false = right & ~ticked, ticked & ~right
    for row in np.flatnonzero(missed.any(axis=1) & false.any(axis=1)).tolist():
        for a in np.flatnonzero(missed[row]).tolist():
            for b in np.flatnonzero(false[row]).tolist():
                if branches[a] == branches[b]:
                    found[a, b].append(row)
    support = right.sum(axis=0)
    named = [
        NearMiss(
            right=categories[a].code,
            ticked=categories[b].code,
            kind=_kind(categories[a], categories[b]),
            rows=tuple(rows),
            n_right=int(support[a]),
            share=wilson(len(rows), int(support[a])),
            cost=len(rows) * len(lines[a] ^ lines[b]),
        )
        for (a, b), rows in found.items()
    ]
    named.sort(key=lambda miss: (-miss.cost, -miss.n, miss.right, miss.ticked))
    return named[:most]


def branches_of(categories: Sequence[CategoryText]) -> list[tuple[str, str]]:
    """Facet and top category of each; a facet without levels is one branch as a whole."""
    deep = {category.facet for category in categories if category.ancestors}
    return [
        (category.facet, (*category.ancestors, category.code)[0] if category.facet in deep else "")
        for category in categories
    ]


def _kind(right: CategoryText, ticked: CategoryText) -> str:
    if ticked.code in right.ancestors:
        return "broader"
    if right.code in ticked.ancestors:
        return "narrower"
    return "sibling" if right.ancestors == ticked.ancestors else "branch"
