"""How good a model version is on parts of the grants, and which parts are worse than the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from classifier.ml import metrics
from classifier.ml.figures import N_BOOT, Figure, bootstrap_weights, ratio, share_of

LEAST = 10  # grants; a figure of fewer says more about chance than about them
LEVEL = 0.05
N_SHUFFLES = 4_999
Sums = NDArray[np.float64]  # what each text adds to a side of a figure, shape (n_texts,)
ROUNDING = 1e-9  # two ways of adding the same numbers up may differ by so much


@dataclass(frozen=True)
class Slice:
    """One part of the grants. Figures are None under ten grants with a known answer.

    So is micro-F1 where nothing is right and nothing ticked, and recall under ten grants that have
    a right category (``n_answered``): only these have a share to be found.

    ``chances``: for each figure that was compared, by name, the chance that as many grants drawn
    at random do as badly or worse, with all comparisons counted (Holm 1979).
    """

    name: str
    support: int
    n_answered: int
    micro_f1: Figure | None
    recall_at_10: Figure | None
    chances: dict[str, float] = field(default_factory=dict)

    @property
    def worse(self) -> list[str]:
        """In which figures it is worse than the whole beyond chance."""
        return [name for name, chance in self.chances.items() if chance < LEVEL]


@dataclass(frozen=True)
class Sliced:
    """The whole, and the parts of each way of cutting it, in the order they were named."""

    whole: Slice
    cuts: tuple[tuple[Slice, ...], ...]
    n_comparisons: int
    others: tuple[float, ...] = ()


def sliced(
    y: NDArray[np.int64],
    known: NDArray[np.bool_],
    proba: NDArray[np.float32],
    decided: NDArray[np.bool_],
    cuts: Sequence[tuple[Sequence[str], Sequence[str]]],
    seed: int = 0,
    others: Sequence[float] = (),
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
    others : sequence of float
        Chances of comparisons that are made beside these: all are adjusted together.
    """
    rows = np.asarray(known.any(axis=1))
    texts = Texts.of(y, known, proba, decided, rows, seed)
    everything = np.ones(len(texts.right), dtype=bool)
    whole = _part("", everything, texts, seed)
    shares = texts.shares()
    found: list[list[Slice]] = []
    compared: list[tuple[Slice, str, float]] = []
    for names, of_texts in cuts:
        own = np.asarray(of_texts, dtype=object)[rows]
        masks = [own == name for name in names]
        parts = [_part(name, mask, texts, seed) for name, mask in zip(names, masks, strict=True)]
        found.append(parts)
        if not any(LEAST <= part.support < len(everything) for part in parts):
            continue  # thousands of shuffles for nothing
        for metric, (above, below) in shares.items():
            chances = chance_of_worse(above, below, masks, seed)
            compared += [
                (part, metric, chance)
                for part, chance in zip(parts, chances, strict=True)
                if getattr(part, metric) is not None and part.support < len(everything)
            ]
    n = len(compared)
    adjusted = holm([*(chance for *_, chance in compared), *others])
    for (part, metric, _), chance in zip(compared, adjusted[:n], strict=True):
        part.chances[metric] = chance
    return Sliced(whole, tuple(map(tuple, found)), len(adjusted), tuple(adjusted[n:]))


@dataclass(frozen=True)
class Texts:
    """Of each text the number of its pairs; float32 of shape (n_texts,).

    All figures are made of these: the pairs themselves, of thousands of texts and categories, are
    looked at once.
    """

    right: metrics.Counts
    ticked: metrics.Counts
    hits: metrics.Counts  # of both
    in_ten: metrics.Counts  # right ones among the first ten

    @classmethod
    def of(
        cls,
        y: NDArray[np.int64],
        known: NDArray[np.bool_],
        proba: NDArray[np.float32],
        decided: NDArray[np.bool_],
        rows: NDArray[np.bool_],
        seed: int,
    ) -> Texts:
        """Of those of ``rows``; arguments as in :func:`sliced`."""
        if not rows.all():
            y, known, proba, decided = y[rows], known[rows], proba[rows], decided[rows]
        right, ticked = known & (y == 1), known & decided
        first = metrics.among_first(proba, known, np.random.default_rng(seed))
        pairs = right, ticked, right & ticked, right & first
        return cls(*map(metrics.counts_of, pairs))

    def shares(self) -> dict[str, tuple[Sums, Sums]]:
        """What each text adds above and below the line of micro-F1 and of recall at ten."""
        right, ticked, hits, in_ten = (
            counts.astype(np.float64)
            for counts in (self.right, self.ticked, self.hits, self.in_ten)
        )
        return {
            "micro_f1": (2.0 * hits, right + ticked),
            "recall_at_10": (ratio(in_ten, right), (right > 0).astype(np.float64)),
        }


def _part(name: str, mask: NDArray[np.bool_], texts: Texts, seed: int) -> Slice:
    right, ticked = texts.right[mask], texts.ticked[mask]
    n, n_answered = len(right), int((right > 0).sum())
    if n < LEAST:
        return Slice(name, n, n_answered, None, None)
    weights = bootstrap_weights(n, N_BOOT, seed)
    f1 = recall = None
    if right.any() or ticked.any():
        f1 = share_of(metrics.f1_of_counts(weights, texts.hits[mask], right, ticked), n)
    if n_answered >= LEAST:
        found = metrics.recall_of_counts(weights, texts.in_ten[mask], right)
        recall = share_of(found, n_answered)
    return Slice(name, n, n_answered, f1, recall)


def chance_of_worse(
    above: Sums,
    below: Sums,
    masks: Sequence[NDArray[np.bool_]],
    seed: int,
    n_shuffles: int = N_SHUFFLES,
) -> list[float]:
    """For each part, how often a random part of its size has a figure as low (Fisher 1935).

    The parts of one way of cutting share the shuffles. At least 1 / (n_shuffles + 1), since the
    part itself is one of the draws.

    Parameters
    ----------
    above, below : ndarray of shape (n_texts,)
        What each text adds to the two sides of the figure, which is a quotient of sums.
    masks : sequence of ndarray of shape (n_texts,), bool
        The texts of each part; no text is of two.
    """
    sizes = np.array([int(mask.sum()) for mask in masks])
    ends = np.cumsum(sizes)
    own = np.array([_quotient(above[mask].sum(), below[mask].sum()) for mask in masks])
    as_low = np.ones(len(masks))
    rng = np.random.default_rng(seed)
    for _ in range(n_shuffles):
        drawn = rng.permutation(len(above))
        sums = []
        for counts in (above, below):
            up_to = np.concatenate(([0.0], np.cumsum(counts[drawn])))
            sums.append(up_to[ends] - up_to[ends - sizes])
        as_low += ratio(sums[0], sums[1]) <= own + ROUNDING
    return [float(p) for p in as_low / (n_shuffles + 1)]


def _quotient(above: float, below: float) -> float:
    return above / below if below else 0.0


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
