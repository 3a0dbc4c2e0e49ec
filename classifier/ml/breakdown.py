"""The same figures for parts of the taxonomy: levels, facets, bands of support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.ml import metrics
from classifier.ml.figures import N_BOOT, Figure, bootstrap_weights, share_of
from classifier.ml.text import CategoryText

# Categories by how many training grants have them; under 10 a single category's F1 is noise.
BANDS = ((0, 0), (1, 4), (5, 9), (10, 19), (20, 49), (50, None))


@dataclass(frozen=True)
class Part:
    """Some of the categories: how many, how often they are right, how well they are found.

    ``n_labels``: pairs that are right, ``n_ticked``: pairs that are ticked.
    """

    n_categories: int
    n_labels: int
    n_ticked: int
    micro_f1: Figure
    macro_f1: Figure
    precision: Figure
    recall: Figure
    in_first_ten: Figure

    def as_json(self) -> dict[str, Any]:
        """The same as dicts and numbers."""
        return asdict(self)


def levels_of(categories: Sequence[CategoryText]) -> dict[str, NDArray[np.bool_]]:
    """The columns of each level, "1" the top one."""
    depth = np.array([1 + len(category.ancestors) for category in categories], dtype=int)
    return {str(level): depth == level for level in np.unique(depth)}


def facets_of(categories: Sequence[CategoryText]) -> dict[str, NDArray[np.bool_]]:
    """The columns of each facet, in the order of the categories."""
    names = np.array([category.facet for category in categories])
    return {str(facet): names == facet for facet in dict.fromkeys(names)}


def bands_of(support: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    """The columns of each band of support (``support``: training grants of each category)."""
    named = {}
    for low, high in BANDS:
        name = f"{low}+" if high is None else f"{low}-{high}" if low != high else str(low)
        named[name] = (support >= low) & (support <= (np.inf if high is None else high))
    return named


def parts(
    y: NDArray[np.int64],
    known: NDArray[np.bool_],
    proba: NDArray[np.float32],
    decided: NDArray[np.bool_],
    columns: Mapping[str, NDArray[np.bool_]],
    n_boot: int = N_BOOT,
    seed: int = 0,
) -> dict[str, Part]:
    """Figures of each part, by name; ``in_first_ten`` is the share of its right pairs found there.

    Parameters
    ----------
    y : ndarray of shape (n_texts, n_categories), 0 or 1
    known, decided : ndarray of shape (n_texts, n_categories), bool
    proba : ndarray of shape (n_texts, n_categories), 0 to 1
    columns : mapping of str to ndarray of shape (n_categories,), bool
        What belongs to each part. A part without a category is left out.
    n_boot : int
        Bootstrap samples of texts for the 95 % intervals.
    seed : int
    """
    rows = known.any(axis=1)
    known, proba = known[rows], proba[rows]
    right, ticked = known & (y[rows] == 1), known & decided[rows]
    weights = bootstrap_weights(len(known), n_boot, seed)
    # A category's place is the one in the whole list, not the one among its own kind.
    ten = metrics.ranks_of(proba, known, np.random.default_rng(seed)) < metrics.FIRST
    return {
        name: Part(
            n_categories=int(mask.sum()),
            n_labels=int(right[:, mask].sum()),
            n_ticked=int(ticked[:, mask].sum()),
            micro_f1=share_of(
                metrics.micro_f1(weights, right[:, mask], ticked[:, mask]),
                int(right[:, mask].any(axis=1).sum()),
            ),
            macro_f1=share_of(
                metrics.macro_f1(weights, right[:, mask], ticked[:, mask]),
                int(right[:, mask].any(axis=1).sum()),
            ),
            precision=share_of(
                metrics.precision(weights, right[:, mask], ticked[:, mask]),
                int(ticked[:, mask].any(axis=1).sum()),
            ),
            recall=share_of(
                metrics.recall(weights, right[:, mask], ticked[:, mask]),
                int(right[:, mask].any(axis=1).sum()),
            ),
            in_first_ten=share_of(
                metrics.recall(weights, right[:, mask], ten[:, mask]),
                int(right[:, mask].any(axis=1).sum()),
            ),
        )
        for name, mask in columns.items()
        if mask.any()
    }
