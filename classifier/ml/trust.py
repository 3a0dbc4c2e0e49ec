"""Where a model can be trusted: one sheet of figures by part of the taxonomy and by category."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.ml import metrics
from classifier.ml.baselines import Suggested
from classifier.ml.breakdown import Part, bands_of, facets_of, levels_of, parts
from classifier.ml.evaluation import CategoryFigures, Evaluation, evaluate
from classifier.ml.figures import N_BOOT, Figure
from classifier.ml.near_misses import near_misses
from classifier.ml.reliability import reliability
from classifier.ml.sheet import ENOUGH
from classifier.ml.text import CategoryText

WHOLE = (
    "micro_f1", "macro_f1", "hierarchical_f1", "precision_at_1", "recall_at_10", "ece",
    "ece_shown", "clicks",
)  # fmt: skip
OF_A_PART = ("micro_f1", "macro_f1", "precision", "recall", "in_first_ten")


def trust(
    y: NDArray[np.int64],
    known: NDArray[np.bool_],
    said: Suggested,
    rules: Suggested | None,
    examples: NDArray[np.int64],
    categories: Sequence[CategoryText],
) -> dict[str, Any]:
    """The whole, parts, categories, reliability and near misses; a figure is [value, low, high].

    A figure on fewer than ten answers is null, beside the number that there were.

    Parameters
    ----------
    y : ndarray of shape (n_texts, n_categories), 0 or 1
    known : ndarray of shape (n_texts, n_categories), bool
        Other pairs count for nothing.
    said : Suggested
        By a model that has not seen the texts.
    rules : Suggested, optional
        The keyword rules alone; None where there is none.
    examples : ndarray of shape (n_categories,), int
        Training grants of each category: what makes its band of support.
    categories : sequence of CategoryText, length n_categories
    """
    whole = evaluate(y, known, said.proba, said.decided, categories, N_BOOT)
    beside = None
    if rules is not None:
        beside = evaluate(y, known, rules.proba, rules.decided, categories, N_BOOT)
    groups = {
        "facet": facets_of(categories),
        "level": levels_of(categories),
        "support": bands_of(examples),
    }
    answered = known.any(axis=1)
    right, ticked = known & (y == 1), known & said.decided
    facets = [category.facet for category in categories]
    shown = metrics.shown(ticked[answered], said.proba[answered], known[answered], facets)
    return {
        "n_grants": whole.n_grants,
        "whole": _whole(whole, beside),
        "parts": {
            name: _parts(
                parts(y, known, said.proba, said.decided, columns, N_BOOT),
                parts(y, known, rules.proba, rules.decided, columns, N_BOOT) if rules else None,
            )
            for name, columns in groups.items()
        },
        "categories": _categories(whole, beside, examples),
        "reliability": [
            found.as_json() for found in reliability(right[answered], shown, said.proba[answered])
        ],
        "near_misses": [miss.as_json() for miss in near_misses(right, ticked, categories)],
    }


def numbers(figure: Figure, n: int) -> list[float] | None:
    """Value and ends of its interval; None where it stands on fewer than ten."""
    if n < ENOUGH:
        return None
    return [round(float(end), 5) for end in (figure.value, figure.low, figure.high)]


def _whole(whole: Evaluation, rules: Evaluation | None) -> dict[str, Any]:
    n = whole.n_grants
    return {
        name: {
            "model": numbers(getattr(whole, name), n),
            "rules": numbers(getattr(rules, name), n) if rules else None,
        }
        for name in WHOLE
    }


def _parts(found: dict[str, Part], rules: dict[str, Part] | None) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "n_categories": part.n_categories,
            "n_right": part.n_labels,
            "n_ticked": part.n_ticked,
            **{key: numbers(getattr(part, key), _support(key, part)) for key in OF_A_PART},
            "rules": numbers(rules[name].micro_f1, part.n_labels) if rules else None,
        }
        for name, part in found.items()
    ]


def _support(key: str, part: Part) -> int:
    return part.n_ticked if key == "precision" else part.n_labels


def _categories(
    whole: Evaluation, rules: Evaluation | None, examples: NDArray[np.int64]
) -> list[dict[str, Any]]:
    others: Sequence[CategoryFigures | None] = (
        rules.categories if rules else [None] * len(whole.categories)
    )
    return [
        {
            "code": row.code,
            "n_examples": int(examples[column]),
            "n_right": row.support,
            "n_ticked": row.ticked,
            "precision": numbers(row.precision, row.ticked),
            "recall": numbers(row.recall, row.support),
            "f1": numbers(row.f1, row.support),
            "rules": numbers(other.f1, row.support) if other else None,
        }
        for column, (row, other) in enumerate(zip(whole.categories, others, strict=True))
    ]
