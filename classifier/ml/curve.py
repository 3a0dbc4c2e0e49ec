"""How the figures grow with the labels: one measurement a number of labels and draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifier.ml.evaluation import evaluate
from classifier.ml.holdout import Report, Scored
from classifier.ml.sheet import main_figures
from classifier.ml.text import CategoryText

FEW, SEEDS_OF_FEW, SEEDS_OF_MANY = 400, 5, 2
N_BOOT = 300
FIRST_SIZES = (0, 50, 100, 200, 400, 800)
FIXED = 300  # labels that cost as much to learn from as all that is done in any case


@dataclass(frozen=True)
class Run:
    """One measurement to come: so many labelled texts, drawn by this seed."""

    limit: int
    seed: int


def default_sizes(n: int) -> list[int]:
    """0, 50, 100, 200 and so on, doubled until all ``n`` labelled texts are in."""
    sizes = list(FIRST_SIZES)
    while sizes[-1] * 2 < n:
        sizes.append(sizes[-1] * 2)
    return [*(size for size in sizes if size < n), n]


def runs_of(sizes: Sequence[int], n: int, n_seeds: int | None = None) -> list[Run]:
    """What to measure: few labels five times, many twice; nothing and everything once.

    Parameters
    ----------
    sizes : sequence of int
        Numbers of labelled texts to learn from; more than there are stands for all.
    n : int
        Labelled texts there are.
    n_seeds : int, optional
        How often each is drawn, instead of the rule above.
    """
    runs = []
    for size in sorted({min(size, n) for size in sizes}):
        usual = SEEDS_OF_FEW if size <= FEW else SEEDS_OF_MANY
        # No lot is cast over nothing, nor over all.
        draws = 1 if size in (0, n) else n_seeds or usual
        runs += [Run(size, seed) for seed in range(draws)]
    return runs


def curve(
    runs: Sequence[Run],
    measure: Callable[[Run], Scored],
    categories: Sequence[CategoryText],
    report: Report,
) -> list[dict[str, Any]]:
    """A row for each number of labels, the fewest first.

    ``value`` is the mean over the draws, ``sd`` their standard deviation (null for a single
    one), ``low`` and ``high`` the mean ends of the 95 % intervals: ``sd`` tells what another
    draw of labels would change, the interval what other test texts would.
    """
    costs = np.cumsum([0.0] + [FIXED + run.limit for run in runs])
    found: dict[int, list[dict[str, Any]]] = {}
    for number, run in enumerate(runs):
        words = f"{run.limit:,} labels, draw {run.seed + 1}"
        report(words, float(costs[number] / costs[-1]))
        scored = measure(run)
        texts, said = scored.measured, scored.answers
        figures = main_figures(
            evaluate(texts.y, texts.known, said.proba, said.decided, categories, N_BOOT, 0)
        )
        seconds = sum(fit.cpu for fit in scored.fits)
        found.setdefault(run.limit, []).append(
            {"figures": figures, "n_labelled": scored.n_labelled, "fit_cpu_seconds": seconds}
        )
    return [_row(size, draws) for size, draws in found.items()]


def _row(size: int, draws: list[dict[str, Any]]) -> dict[str, Any]:
    keys = draws[0]["figures"]
    return {
        "limit": size,
        "n_labelled": draws[0]["n_labelled"],
        "n_draws": len(draws),
        "fit_cpu_seconds": float(np.mean([draw["fit_cpu_seconds"] for draw in draws])),
        **{key: _mean([draw["figures"][key] for draw in draws]) for key in keys},
    }


def _mean(figures: list[dict[str, float]]) -> dict[str, float | None]:
    ends = {end: float(np.mean([f[end] for f in figures])) for end in ("value", "low", "high")}
    values = [f["value"] for f in figures]
    sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {**ends, "sd": sd}
