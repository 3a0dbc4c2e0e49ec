"""A figure with its 95 % interval, and the ways to get one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z = 1.959964  # two-sided 95 % of the normal distribution
# Bootstrap samples of whatever is told of a version. With one number and one seed the same figure
# has the same interval wherever it stands. Curves, of many points each, draw fewer (``growth``,
# ``curve``), and a sheet of figures for a file more (``sheet``).
N_BOOT = 500


@dataclass(frozen=True)
class Figure:
    """A value with the ends of its 95 % interval, in the unit of the value."""

    value: float
    low: float
    high: float

    def as_json(self) -> dict[str, float]:
        """The three numbers by name."""
        return {"value": self.value, "low": self.low, "high": self.high}


def bootstrap_weights(n: int, n_boot: int, seed: int) -> NDArray[np.float32]:
    """How often each text is drawn, float32 of shape (1 + n_boot, n) (Efron 1979).

    Row 0 is the sample itself (all ones), so that one product gives the value and its
    replicates together.
    """
    weights = np.ones((1 + n_boot, n), dtype=np.float32)
    if n:
        rng = np.random.default_rng(seed)
        weights[1:] = rng.multinomial(n, np.full(n, 1 / n), size=n_boot)
    return weights


def figure(replicates: NDArray[np.floating]) -> Figure:
    """The value (first) and the middle 95 % of its bootstrap replicates (the others).

    A percentile interval of a skewed figure may miss the value itself; it is then stretched to
    hold it.
    """
    value = float(replicates[0])
    if len(replicates) == 1:
        return Figure(value, value, value)
    low, high = (float(end) for end in np.percentile(replicates[1:], [2.5, 97.5]))
    return Figure(value, min(low, value), max(high, value))


def share_of(replicates: NDArray[np.floating], n: int) -> Figure:
    """A share from 0 to 1 of ``n`` with its interval, which is never without width.

    Where all texts of a sample say 0 or 1, drawing them again shows no doubt; Wilson's does.
    """
    found = figure(replicates)
    if found.low < found.high:
        return found
    doubt = wilson(round(found.value * n), n)
    return Figure(found.value, min(found.value, doubt.low), max(found.value, doubt.high))


def difference_of(replicates: NDArray[np.floating], n: int) -> Figure:
    """A paired difference of shares over ``n`` grants; its interval is never without width.

    Where both are the same on every grant, drawing grants again shows no doubt, but others may
    differ: Wilson's bound on how many of them, at a whole unit each, is how far it may reach.
    """
    found = figure(replicates)
    if found.low < found.high:
        return found
    reach = wilson(0, n).high
    return Figure(found.value, max(-1.0, found.value - reach), min(1.0, found.value + reach))


def difference_of_two(one: Figure, other: Figure) -> Figure:
    """One less the other, of samples that share nothing, from the interval of each (Newcombe 1998).

    Whichever of them is at an end of its scale keeps the width that it has there.
    """
    value = one.value - other.value
    below = float(np.hypot(one.value - one.low, other.high - other.value))
    above = float(np.hypot(one.high - one.value, other.value - other.low))
    return Figure(value, value - below, value + above)


def wilson(right: int, n: int) -> Figure:
    """A share with its 95 % interval (Wilson 1927); 0 from 0 to 1 where ``n`` is 0."""
    if n == 0:
        return Figure(0.0, 0.0, 1.0)
    share = right / n
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    reach = Z / (1 + Z**2 / n) * float(np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2)))
    return Figure(share, min(share, max(0.0, middle - reach)), max(share, min(1.0, middle + reach)))


def ratio(
    numerator: NDArray[np.floating], denominator: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Element by element, float64; 0 where the denominator is 0."""
    over = np.asarray(numerator, dtype=np.float64)
    under = np.broadcast_to(np.asarray(denominator, dtype=np.float64), over.shape)
    return np.divide(over, under, out=np.zeros_like(over), where=under > 0)
