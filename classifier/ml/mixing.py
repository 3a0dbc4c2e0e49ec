"""One order for all that waits: several streams taking turns, each by its share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.ml.sampling import log_odds

Rows = NDArray[np.int64]
NEAR = 1.0  # log-odds


def mix(ranked: Mapping[str, Rows], shares: Mapping[str, float]) -> tuple[Rows, list[str]]:
    """An order of all grants that any stream ranks: every beginning of it keeps the shares.

    At each place stands the stream that is furthest behind its share, so after any number of
    places no stream is off by more than a few grants. One that has run out leaves its places to
    the others, which share them as they share the rest. A grant that two streams rank comes
    once, from the one that takes it first.

    Which grants are the random part must be settled before any model sees them, and stay so:
    drawn anew each night from a pool that has lost its hardest grants, it would drift to the easy
    ones. Rank those in the random stream alone.

    Parameters
    ----------
    ranked : mapping of str to ndarray of int64
        For each stream its row numbers, the first to be annotated first.
    shares : mapping of str to float
        What each stream gets of the places, in any unit. 0 comes when all others have run out.

    Returns
    -------
    order : ndarray of shape (n_grants,), int64
    streams : list of str, length n_grants
        Where the grant at each place comes from.
    """
    left = {name: iter(rows.tolist()) for name, rows in ranked.items() if len(rows)}
    behind = dict.fromkeys(left, 0.0)
    due = _parts(shares, left)
    taken: set[int] = set()
    order: list[int] = []
    streams: list[str] = []
    while left:
        name = max(
            left, key=lambda stream: (due[stream] > 0, behind[stream] + due[stream], due[stream])
        )
        row = next((row for row in left[name] if row not in taken), None)
        if row is None:
            del left[name]
            due = _parts(shares, left)
            continue
        for stream, part in due.items():
            behind[stream] += part
        behind[name] -= 1
        taken.add(row)
        order.append(row)
        streams.append(name)
    return np.array(order, dtype=np.int64), streams


def _parts(shares: Mapping[str, float], left: Iterable[str]) -> dict[str, float]:
    """What each stream that is left gets of a place; together 1, or 0 where none has a share."""
    of_left = {name: shares[name] for name in left}
    total = sum(of_left.values()) or 1.0
    return {name: share / total for name, share in of_left.items()}


def priorities(order: Rows) -> NDArray[np.float64]:
    """Priority of each grant by row number, over 0 to 1; higher is sooner.

    Parameters
    ----------
    order : ndarray of shape (n_grants,), int
        All row numbers, the first to be annotated first.
    """
    priority = np.empty(len(order))
    priority[order] = 1 - np.arange(len(order)) / max(1, len(order))
    return priority


def most_uncertain_between(
    proba_row: NDArray[np.floating[Any]], thresholds: float | NDArray[np.float64] = 0.5
) -> list[int]:
    """The one or two categories that are nearest to being ticked or not, nearest first.

    Nearness is measured in log-odds; the second is named only when it is within 1 of its
    threshold. None is named when no category has any probability.

    Parameters
    ----------
    proba_row : ndarray of shape (n_categories,), 0 to 1
    thresholds : float or ndarray of shape (n_categories,), 0 to 1

    Returns
    -------
    list of int, at most two columns
    """
    distance = np.abs(log_odds(proba_row) - log_odds(thresholds))
    distance[np.asarray(proba_row) <= 0] = np.inf
    nearest = [int(column) for column in np.argsort(distance, kind="stable")[:2]]
    reach = (np.inf, NEAR)
    return [
        column for column, limit in zip(nearest, reach, strict=False) if distance[column] < limit
    ]
