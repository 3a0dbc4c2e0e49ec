"""What a model card says of categories: figures by level, mistakes between siblings, support."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.ml.baselines import Suggested
from classifier.ml.breakdown import bands_of, levels_of, parts
from classifier.ml.figures import wilson
from classifier.ml.metrics import Pairs
from classifier.ml.text import CategoryText

ENOUGH = 10  # right answers from which a category's mistakes are told
MOST = 10  # confusions on a card


def by_level(
    y: NDArray[np.int64], known: Pairs, said: Suggested, categories: Sequence[CategoryText]
) -> dict[str, dict[str, Any]]:
    """Figures of each level's categories, "1" the top one; of levels with ten labels or more.

    Shapes as in :func:`classifier.ml.breakdown.parts`.
    """
    found = parts(y, known, said.proba, said.decided, levels_of(categories))
    return {level: part.as_json() for level, part in found.items() if part.n_labels >= ENOUGH}


def confusions(
    y: NDArray[np.int64], known: Pairs, decided: Pairs, categories: Sequence[CategoryText]
) -> list[dict[str, Any]]:
    """The most frequent cases of a sibling ticked wrongly where the right category was not.

    Parameters
    ----------
    y : ndarray of shape (n_texts, n_categories), 0 or 1
    known, decided : ndarray of shape (n_texts, n_categories), bool
    categories : sequence of CategoryText, length n_categories

    Returns
    -------
    list of dict
        At most ten. ``n`` of the ``support`` grants of a category, a ``share`` with its Wilson
        interval, were taken for the other one.
    """
    right = known & (y == 1)
    missed, wrong = right & ~decided, known & (y == 0) & decided
    support = right.sum(axis=0)
    found = []
    for columns in _siblings(categories):
        counts = missed[:, columns].T.astype(np.int64) @ wrong[:, columns].astype(np.int64)
        for row, column in zip(*np.nonzero(counts), strict=True):
            mine, other = categories[columns[row]], categories[columns[column]]
            n, of = int(counts[row, column]), int(support[columns[row]])
            if of >= ENOUGH:
                names = {"code": mine.code, "label": mine.label}
                instead = {"instead_code": other.code, "instead_label": other.label}
                found.append(
                    {**names, **instead, "n": n, "support": of, "share": wilson(n, of).as_json()}
                )
    found.sort(key=lambda told: (-told["n"], told["code"], told["instead_code"]))
    return found[:MOST]


def _siblings(categories: Sequence[CategoryText]) -> list[list[int]]:
    """Columns of the categories right below the same one, or at the top of the same facet."""
    groups = defaultdict(list)
    for column, category in enumerate(categories):
        groups[category.facet, category.ancestors[-1:]].append(column)
    return [columns for columns in groups.values() if len(columns) > 1]


def label_counts(y: NDArray[np.int64]) -> dict[str, Any]:
    """Labels learned from: how many, and how many categories have how few.

    ``y``: shape (n_texts, n_categories), 0 or 1.
    """
    support = y.sum(axis=0)
    bands = {name: int(columns.sum()) for name, columns in bands_of(support).items()}
    return {"n_labels": int(y.sum()), "n_categories": y.shape[1], "by_examples": bands}
