"""How good a model version is on parts of the grants, and which parts are worse than the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifier.ml import metrics
from classifier.ml.figures import Figure, bootstrap_weights, figure, ratio

LEAST = 10  # grants; a figure of fewer says more about chance than about them
LEVEL = 0.05
N_BOOT = 500
N_SHUFFLES = 4_999
ROUNDING = 1e-12  # two ways of adding the same numbers up may differ by so much


@dataclass(frozen=True)
class Slice:
    """One part of the grants. Figures are None under ten grants with a known answer.

    ``p``: chance that as many grants drawn at random do as badly or worse; ``adjusted``: the same
    once all comparisons are counted (Holm 1979).
    """

    name: str
    support: int
    micro_f1: Figure | None
    recall_at_10: Figure | None
    p: float | None = None
    adjusted: float | None = None

    @property
    def is_worse(self) -> bool:
        return self.adjusted is not None and self.adjusted < LEVEL


@dataclass(frozen=True)
class Sliced:
    """The whole, and the parts of each way of cutting it, in the order they were named."""

    whole: Slice
    cuts: tuple[tuple[Slice, ...], ...]
    n_comparisons: int


def sliced(
    y: NDArray[np.int64],
    known: NDArray[np.bool_],
    proba: NDArray[np.float32],
    decided: NDArray[np.bool_],
    cuts: Sequence[tuple[Sequence[str], Sequence[str]]],
    seed: int = 0,
) -> Sliced:
    """Measure each part of the texts by itself, and hold it against random parts of its size.

    Parameters
    ----------
    y : ndarray of shape (n_texts, n_categories), 0 or 1
    known, decided : ndarray of shape (n_texts, n_categories), bool
        Pairs that are not known count for nothing, nor do texts without a known pair.
    proba : ndarray of shape (n_texts, n_categories), 0 to 1
    cuts : sequence of (names, of_texts)
        The names of a way of cutting, in their order, and the name of each text (length n_texts).
    seed : int
    """
    rows = known.any(axis=1)
    known, proba = known[rows], proba[rows]
    right, ticked = known & (y[rows] == 1), known & decided[rows]
    ranks = metrics.ranks_of(proba, known, np.random.default_rng(seed))
    everything = np.ones(len(known), dtype=bool)
    whole = _part("", everything, right, ticked, ranks, seed)
    found = []
    for names, of_texts in cuts:
        own = np.asarray(of_texts, dtype=object)[rows]
        masks = [own == name for name in names]
        parts = [
            _part(name, mask, right, ticked, ranks, seed)
            for name, mask in zip(names, masks, strict=True)
        ]
        chances = chance_of_worse(right, ticked, masks, seed)
        found.append([
            replace(part, p=p if part.support >= LEAST and part.support < len(known) else None)
            for part, p in zip(parts, chances, strict=True)
        ])  # fmt: skip
    compared = [part for parts in found for part in parts if part.p is not None]
    adjusted = iter(holm([part.p for part in compared if part.p is not None]))
    cuts_ = tuple(
        tuple(part if part.p is None else replace(part, adjusted=next(adjusted)) for part in parts)
        for parts in found
    )
    return Sliced(whole, cuts_, len(compared))


def _part(
    name: str,
    mask: NDArray[np.bool_],
    right: metrics.Pairs,
    ticked: metrics.Pairs,
    ranks: NDArray[np.int64],
    seed: int,
) -> Slice:
    n = int(mask.sum())
    if n < LEAST:
        return Slice(name, n, None, None)
    weights = bootstrap_weights(n, N_BOOT, seed)
    return Slice(
        name,
        n,
        figure(metrics.micro_f1(weights, right[mask], ticked[mask])),
        figure(metrics.recall_at_10(weights, right[mask], ranks[mask])),
    )


def chance_of_worse(
    right: metrics.Pairs,
    ticked: metrics.Pairs,
    masks: Sequence[NDArray[np.bool_]],
    seed: int,
    n_shuffles: int = N_SHUFFLES,
) -> list[float]:
    """For each part, how often a random part of its size has a micro-F1 as low (Fisher 1935).

    The parts of one way of cutting share the shuffles. At least 1 / (n_shuffles + 1), since the
    part itself is one of the draws.

    Parameters
    ----------
    right, ticked : ndarray of shape (n_texts, n_categories), bool
    masks : sequence of ndarray of shape (n_texts,), bool
        The texts of each part; no text is of two.
    """
    hits, both = (right & ticked).sum(axis=1), right.sum(axis=1) + ticked.sum(axis=1)
    sizes = np.array([int(mask.sum()) for mask in masks])
    ends = np.cumsum(sizes)
    own = np.array([_f1(hits[mask].sum(), both[mask].sum()) for mask in masks])
    as_low = np.ones(len(masks))
    rng = np.random.default_rng(seed)
    for _ in range(n_shuffles):
        drawn = rng.permutation(len(hits))
        sums = []
        for counts in (hits, both):
            up_to = np.concatenate(([0], np.cumsum(counts[drawn])))
            sums.append(up_to[ends] - up_to[ends - sizes])
        as_low += ratio(2 * sums[0], sums[1]) <= own + ROUNDING
    return [float(p) for p in as_low / (n_shuffles + 1)]


def _f1(hits: int, both: int) -> float:
    return 2 * hits / both if both else 0.0


def holm(chances: Sequence[float]) -> list[float]:
    """Chances of single comparisons, raised so that all may be believed together (Holm 1979).

    Where nothing is worse, the chance that any falls under .05 is .05 for all of them together.
    """
    order = np.argsort(chances, kind="stable")
    adjusted = np.zeros(len(chances))
    least = 0.0
    for place, i in enumerate(order):
        least = max(least, min(1.0, (len(chances) - place) * chances[i]))
        adjusted[i] = least
    return [float(p) for p in adjusted]
