"""The gate: whether a candidate may take the place of the active model version."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.ml import metrics
from classifier.ml.figures import N_BOOT, Figure, bootstrap_weights, difference_of
from classifier.ml.text import CategoryText

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class WatchedChange:
    """How the F1 of a watched category changes, candidate less active."""

    code: str
    label: str
    difference: Figure


@dataclass(frozen=True)
class Gate:
    """The verdict, with its reason as a sentence and the figures behind it."""

    promote: bool
    reason: str
    n_grants: int
    candidate: float
    incumbent: float
    difference: Figure
    watched: tuple[WatchedChange, ...]


def compare(
    y: NDArray[np.int64],
    known: NDArray[np.bool_],
    candidate_decided: NDArray[np.bool_],
    incumbent_decided: NDArray[np.bool_],
    categories: Sequence[CategoryText],
    watched: Collection[str] = (),
    n_boot: int = N_BOOT,
    margin: float = 0.01,
    seed: int = 0,
    kind: str = "audit",
    against: str = "the active version",
) -> Gate:
    """Compare two model versions on the same grants by a paired bootstrap.

    The candidate is promoted when its micro-F1 is lower by no more than ``margin`` (higher, for
    a margin of 0) and no watched category falls by more than chance (its whole 95 % interval
    under 0).

    Parameters
    ----------
    y : ndarray of shape (n_texts, n_categories), 0 or 1
    known : ndarray of shape (n_texts, n_categories), bool
        Other pairs count for nothing.
    candidate_decided, incumbent_decided : ndarray of shape (n_texts, n_categories), bool
        What each ticks.
    categories : sequence of CategoryText, length n_categories
    watched : collection of str
        Codes of the categories that must not fall.
    n_boot : int
        Bootstrap samples of texts; both versions are measured on the same ones. As many as for
        other figures of theirs, which stand beside: the same difference has one interval.
    margin : float
        In units of F1, 0 to 1.
    seed : int
    kind, against : str
        What the sentence calls the grants, and what it is compared with.
    """
    rows = known.any(axis=1)
    known = known[rows]
    right = known & (y[rows] == 1)
    candidate, incumbent = known & candidate_decided[rows], known & incumbent_decided[rows]
    weights = bootstrap_weights(len(known), n_boot, seed)
    new, old = (metrics.micro_f1(weights, right, ticked) for ticked in (candidate, incumbent))
    change = metrics.category_f1(weights, right, candidate) - metrics.category_f1(
        weights, right, incumbent
    )
    place = f"on {_grants(len(known), kind)} against {against}"
    followed = _watched(change, right.sum(axis=0), categories, watched)
    return _verdict(len(known), new, old, followed, margin, place)


def without_grants(takes_over: bool, reason: str) -> Gate:
    """The verdict on a candidate where nothing is labelled that it could be compared on."""
    return Gate(takes_over, reason, 0, 0.0, 0.0, Figure(0.0, 0.0, 0.0), ())


def _watched(
    change: NDArray[np.float64],
    support: NDArray[np.int64],
    categories: Sequence[CategoryText],
    watched: Collection[str],
) -> tuple[WatchedChange, ...]:
    return tuple(
        WatchedChange(
            category.code,
            category.label,
            difference_of(change[:, column], int(support[column])),
        )
        for column, category in enumerate(categories)
        if category.code in watched
    )


def _verdict(
    n_grants: int,
    new: NDArray[np.float64],
    old: NDArray[np.float64],
    watched: tuple[WatchedChange, ...],
    margin: float,
    place: str,
) -> Gate:
    difference = difference_of(new - old, n_grants)
    objections = _objections(n_grants, difference, watched, margin)
    reason = f"F1 {new[0]:.2f}, {_interval(difference)} {place}"
    return Gate(
        promote=not objections,
        reason=f"{reason}{''.join(objections)}.",
        n_grants=n_grants,
        candidate=float(new[0]),
        incumbent=float(old[0]),
        difference=difference,
        watched=watched,
    )


def _objections(
    n_grants: int, difference: Figure, watched: tuple[WatchedChange, ...], margin: float
) -> list[str]:
    if n_grants == 0:
        return ["; without grants to compare on nothing is promoted"]
    found = []
    if margin == 0 and difference.value <= 0:
        found.append("; it must be better")
    elif difference.value < -margin:
        found.append(f"; it may be worse by at most {margin:.3f}")
    falls = [change for change in watched if change.difference.high < 0]
    found += [f"; {change.label} changes by {_interval(change.difference)}" for change in falls]
    return found


def _grants(n: int, kind: str) -> str:
    return f"1 {kind} grant" if n == 1 else f"{n:,} {kind} grants"


def _interval(change: Figure) -> str:
    return f"{_signed(change.value)} ({_signed(change.low)} to {_signed(change.high)})"


def _signed(number: float) -> str:
    return f"{number:+.3f}".replace("-", MINUS)
