"""Whether a person's figure differs from that of all others together, beyond chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from math import hypot, sqrt

from scipy.stats import t as student

from classifier.ml.figures import Figure, Z, wilson

LEVEL = 0.05
LEAST = 30  # annotations of either side: of fewer, skewed sums mislead Student's t


@dataclass(frozen=True)
class Ratio:
    """A quotient of two sums over ``n`` annotations, with the sums of squares that its error needs.

    Such as the ticks not taken by the ticks there were, or seconds by grants: what one annotation
    adds to either sum belongs together, so annotations are what was drawn, and not ticks.
    """

    n: int = 0
    above: float = 0.0
    below: float = 0.0
    above_squared: float = 0.0
    both: float = 0.0  # products of the two
    below_squared: float = 0.0

    @property
    def value(self) -> float:
        return self.above / self.below

    @property
    def variance(self) -> float:
        """Of the quotient, by its linear part (Cochran 1977, 6.4); two annotations or more."""
        value = self.value
        squares = self.above_squared - 2 * value * self.both + value**2 * self.below_squared
        return max(0.0, squares) * self.n / (self.n - 1) / self.below**2

    def without(self, other: Ratio) -> Ratio:
        return Ratio(*(a - b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def and_(self, other: Ratio) -> Ratio:
        return Ratio(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


def apart_from_others(
    figures: Mapping[str, Sequence[Ratio]], shares: frozenset[str] = frozenset()
) -> list[dict[str, Figure]]:
    """For each person the figures in which they differ from all others, with the difference.

    The intervals hold together: where nobody differs, at most one table of twenty says that
    anybody does (Bonferroni; Student's t with the degrees of the side that has fewer annotations).
    Somebody is only named who differs as well whichever one of the others is left out.

    Parameters
    ----------
    figures : mapping of name to sequence of Ratio
        Of each person, in the same order everywhere.
    shares : frozenset of str
        Names of those that are shares of 0 to 1, whose doubt never vanishes (Wilson 1927).
    """
    n_compared = sum(
        _is_compared(ratios, i) for ratios in figures.values() for i in range(len(ratios))
    )
    n_persons = len(next(iter(figures.values()), ()))
    found: list[dict[str, Figure]] = [{} for _ in range(n_persons)]
    for name, ratios in figures.items():
        total = _sum(ratios)
        for person, own in enumerate(ratios):
            others = total.without(own)
            if not _can_be_compared(own, others):
                continue
            is_share, level = name in shares, LEVEL / n_compared
            whole = _difference(own, others, level, is_share=is_share)
            # Beside one person who is far off everybody differs from the others together.
            parts = [others.without(one) for i, one in enumerate(ratios) if i != person and one.n]
            told = [part for part in parts if _can_be_compared(own, part)]
            each = [_difference(own, part, level, is_share=is_share) for part in told]
            if _is_above(whole, each) or _is_below(whole, each):
                found[person][name] = whole
    return found


def _can_be_compared(own: Ratio, others: Ratio) -> bool:
    return min(own.n, others.n) >= LEAST and own.below > 0 and others.below > 0


def _is_compared(ratios: Sequence[Ratio], person: int) -> bool:
    return _can_be_compared(ratios[person], _sum(ratios).without(ratios[person]))


def _sum(ratios: Sequence[Ratio]) -> Ratio:
    total = Ratio()
    for ratio in ratios:
        total = total.and_(ratio)
    return total


def _difference(own: Ratio, others: Ratio, level: float, *, is_share: bool) -> Figure:
    value = own.value - others.value
    reach = float(student.ppf(1 - level / 2, min(own.n, others.n) - 1))
    error = reach * hypot(_error(own, is_share), _error(others, is_share))
    return Figure(value, value - error, value + error)


def _is_above(whole: Figure, each: Sequence[Figure]) -> bool:
    return whole.low < whole.high and all(one.low > 0 for one in (whole, *each))


def _is_below(whole: Figure, each: Sequence[Figure]) -> bool:
    return whole.low < whole.high and all(one.high < 0 for one in (whole, *each))


def _error(ratio: Ratio, is_share: bool) -> float:
    error = sqrt(ratio.variance)
    if not is_share:
        return error
    doubt = wilson(round(ratio.above), round(ratio.below))
    return max(error, (doubt.high - doubt.low) / (2 * Z))
