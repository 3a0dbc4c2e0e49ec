"""How good a model version is, by the definitions that hold for every figure of the site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.ml import metrics
from classifier.ml.figures import N_BOOT, Figure, bootstrap_weights, figure, share_of, wilson
from classifier.ml.gate import Gate, WatchedChange, compare
from classifier.ml.hierarchy import ancestor_matrix, ancestors_of
from classifier.ml.metrics import Pairs, Series, Weights
from classifier.ml.text import CategoryText

__all__ = [
    "CategoryFigures",
    "Evaluation",
    "Figure",
    "Gate",
    "WatchedChange",
    "compare",
    "evaluate",
    "replicates",
]

# Of the figures: those that are a mean over grants or a share of pairs, 0 to 1.
SHARES = (
    "micro_f1", "macro_f1", "sample_f1", "hierarchical_f1", "precision_at_1", "recall_at_10",
)  # fmt: skip


@dataclass(frozen=True)
class CategoryFigures:
    """One category: how often it is right, how often it was ticked, and how well."""

    code: str
    support: int
    ticked: int
    precision: Figure
    recall: Figure
    f1: Figure


@dataclass(frozen=True)
class Evaluation:
    """All figures of one model version on one set of grants; shares from 0 to 1.

    ``clicks`` is a number a grant; ``ece`` a mean difference of probabilities, ``ece_shown`` the
    same over what an annotator sees. Micro, macro and sample F1 are about direct categories,
    hierarchical F1 about these and all above them, over known pairs only.
    """

    n_grants: int
    n_pairs: int
    micro_f1: Figure
    macro_f1: Figure
    sample_f1: Figure
    hierarchical_f1: Figure
    precision_at_1: Figure
    recall_at_10: Figure
    ece: Figure
    ece_shown: Figure
    clicks: Figure
    categories: tuple[CategoryFigures, ...]

    def as_json(self) -> dict[str, Any]:
        """The same as dicts, lists and numbers."""
        return {**asdict(self), "categories": [asdict(row) for row in self.categories]}


def evaluate(
    y: NDArray[np.int64],
    known: NDArray[np.bool_],
    proba: NDArray[np.float32],
    decided: NDArray[np.bool_],
    categories: Sequence[CategoryText],
    n_boot: int = N_BOOT,
    seed: int = 0,
) -> Evaluation:
    """Measure probabilities and ticks against answers.

    Parameters
    ----------
    y : ndarray of shape (n_texts, n_categories), 0 or 1
    known : ndarray of shape (n_texts, n_categories), bool
        Other pairs count for nothing; a text without a known pair is left out.
    proba : ndarray of shape (n_texts, n_categories), 0 to 1
    decided : ndarray of shape (n_texts, n_categories), bool
        What is ticked.
    categories : sequence of CategoryText, length n_categories
    n_boot : int
        Bootstrap samples of texts for the 95 % intervals.
    seed : int
    """
    rows = known.any(axis=1)
    known, proba = known[rows], proba[rows]
    right, ticked = known & (y[rows] == 1), known & decided[rows]
    weights = bootstrap_weights(len(known), n_boot, seed)
    found = replicates(weights, right, ticked, known, proba, categories, seed)
    return Evaluation(
        n_grants=len(known),
        n_pairs=int(known.sum()),
        **{
            name: share_of(series, len(known)) if name in SHARES else figure(series)
            for name, series in found.items()
        },
        categories=_by_category(weights, right, ticked, categories),
    )


def replicates(
    weights: Weights,
    right: Pairs,
    ticked: Pairs,
    known: Pairs,
    proba: NDArray[np.float32],
    categories: Sequence[CategoryText],
    seed: int = 0,
) -> dict[str, Series]:
    """Each figure of an :class:`Evaluation` by name, once for every weighting of the texts.

    Of two answers to the same texts, under the same weights and seed, the differences are paired.

    Parameters
    ----------
    weights : ndarray of shape (n_weightings, n_texts)
    right, ticked, known : ndarray of shape (n_texts, n_categories), bool
        The first two False where the third is.
    proba : ndarray of shape (n_texts, n_categories), 0 to 1
    categories : sequence of CategoryText, length n_categories
    seed : int
        Of the order in which equally likely categories are listed.
    """
    ranks = metrics.ranks_of(proba, known, np.random.default_rng(seed))
    seen = metrics.shown(ticked, proba, known, [category.facet for category in categories])
    return {
        "micro_f1": metrics.micro_f1(weights, right, ticked),
        "macro_f1": metrics.macro_f1(weights, right, ticked),
        "sample_f1": metrics.sample_f1(weights, right, ticked),
        "hierarchical_f1": _hierarchical_f1(weights, right, ticked, known, categories),
        "precision_at_1": metrics.precision_at_1(weights, right, ranks),
        "recall_at_10": metrics.recall_at_10(weights, right, ranks),
        "ece": metrics.ece(weights, right, known, proba),
        "ece_shown": metrics.ece(weights, right, seen, proba),
        "clicks": metrics.clicks(weights, right, ticked),
    }


def _hierarchical_f1(
    weights: Weights,
    right: Pairs,
    ticked: Pairs,
    known: Pairs,
    categories: Sequence[CategoryText],
) -> Series:
    """Micro-F1 over sets with all ancestors added on both sides (Kiritchenko et al. 2005)."""
    ancestors = ancestor_matrix(categories)
    right, ticked = (pairs | ancestors_of(pairs, ancestors) for pairs in (right, ticked))
    # An ancestor that nobody was asked about is known where a right category implies it.
    return metrics.micro_f1(weights, right, ticked & (known | right))


def _by_category(
    weights: Weights, right: Pairs, ticked: Pairs, categories: Sequence[CategoryText]
) -> tuple[CategoryFigures, ...]:
    f1 = metrics.category_f1(weights, right, ticked)
    support, claims, hits = (pairs.sum(axis=0) for pairs in (right, ticked, right & ticked))
    return tuple(
        CategoryFigures(
            code=category.code,
            support=int(support[column]),
            ticked=int(claims[column]),
            precision=wilson(int(hits[column]), int(claims[column])),
            recall=wilson(int(hits[column]), int(support[column])),
            f1=share_of(f1[:, column], int(support[column])),
        )
        for column, category in enumerate(categories)
    )
