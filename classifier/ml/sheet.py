"""All figures of one measurement as dicts and numbers, ready for a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from classifier.ml.baselines import Suggested, has_rules
from classifier.ml.breakdown import bands_of, facets_of, levels_of, parts
from classifier.ml.costs import peak_mb, serving
from classifier.ml.evaluation import Evaluation, evaluate
from classifier.ml.figures import Figure
from classifier.ml.holdout import Scored
from classifier.ml.text import CategoryText

N_BOOT = 1000
ENOUGH = 10  # right answers from which a single category's F1 is told
# The names of the figures in files: attribute -> key.
KEYS = {
    "micro_f1": "micro_f1",
    "macro_f1": "macro_f1",
    "sample_f1": "sample_f1",
    "hierarchical_f1": "hierarchical_f1",
    "precision_at_1": "precision_at_1",
    "recall_at_10": "recall_at_10",
    "ece": "ece",
    "ece_shown": "ece_shown",
    "clicks": "clicks_per_text",
}


def sheet(scored: Scored, categories: Sequence[CategoryText], seed: int) -> dict[str, Any]:
    """Figures with 95 % intervals, by level, facet and support, with baselines and costs."""
    texts, answers = scored.measured, scored.answers
    whole = _evaluated(scored, answers, categories, seed)
    columns = {
        "by_level": levels_of(categories),
        "by_facet": facets_of(categories),
        "by_support": bands_of(scored.support),
    }
    split = {
        name: {
            part: found.as_json()
            for part, found in parts(
                texts.y, texts.known, answers.proba, answers.decided, groups, N_BOOT, seed
            ).items()
        }
        for name, groups in columns.items()
    }
    return {
        **main_figures(whole),
        "n_measured": whole.n_grants,
        "n_labelled": scored.n_labelled,
        "n_background": scored.n_background,
        **split,
        "by_category": _by_category(whole, scored),
        "baselines": _baselines(scored, categories, seed),
        "costs": costs(scored),
    }


def main_figures(found: Evaluation) -> dict[str, dict[str, float | None]]:
    """The figures that every table shows; without a measured text they are null, not 0."""
    none: dict[str, float | None] = {"value": None, "low": None, "high": None}
    figures: dict[str, Figure] = {key: getattr(found, name) for name, key in KEYS.items()}
    return {key: {**value.as_json()} if found.n_grants else none for key, value in figures.items()}


def costs(scored: Scored) -> dict[str, Any]:
    """Seconds of a fit (the mean of folds), milliseconds a text, megabytes."""
    served = serving(scored.file(), scored.load, scored.measured.corpus)
    return {
        "fit_wall_seconds": float(np.mean([fit.wall for fit in scored.fits])),
        "fit_cpu_seconds": float(np.mean([fit.cpu for fit in scored.fits])),
        **(asdict(served) if served else {}),
        "peak_memory_mb": peak_mb(),
    }


def _evaluated(
    scored: Scored, answers: Suggested, categories: Sequence[CategoryText], seed: int
) -> Evaluation:
    texts = scored.measured
    return evaluate(texts.y, texts.known, answers.proba, answers.decided, categories, N_BOOT, seed)


def _baselines(
    scored: Scored, categories: Sequence[CategoryText], seed: int
) -> dict[str, dict[str, Any]]:
    kinds = {"frequency": scored.frequency}
    if has_rules(categories):
        kinds["rules"] = scored.rules
    return {
        name: main_figures(_evaluated(scored, said, categories, seed))
        for name, said in kinds.items()
    }


def _by_category(whole: Evaluation, scored: Scored) -> list[dict[str, Any]]:
    return [
        {
            "code": row.code,
            "n_labelled": int(scored.support[column]),
            "n_right": row.support,
            "n_ticked": row.ticked,
            "precision": row.precision.as_json(),
            "recall": row.recall.as_json(),
            "f1": row.f1.as_json() if row.support >= ENOUGH else None,
        }
        for column, row in enumerate(whole.categories)
    ]
