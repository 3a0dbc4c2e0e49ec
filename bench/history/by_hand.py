"""Krippendorff's alpha the slow way, pair by pair: what the site's own is held against.

Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): alpha = 1 - Do / De over the
values of units that two or more people gave. MASI: Passonneau, LREC 2006.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from itertools import combinations

Value = Hashable
Distance = Callable[[frozenset[str], frozenset[str]], float]


def masi(a: frozenset[str], b: frozenset[str]) -> float:
    """1 - Jaccard x monotonicity (1 the same, 2/3 one within the other, 1/3 across, 0 apart)."""
    if a == b:
        return 0.0
    if not a & b:
        return 1.0
    monotonicity = 2 / 3 if a <= b or b <= a else 1 / 3
    return 1 - len(a & b) / len(a | b) * monotonicity


def nominal(a: Value, b: Value) -> float:
    return float(a != b)


def alpha(units: Sequence[Sequence[Value]], distance: Callable = masi) -> float | None:
    """None where nothing varies, or no unit has two values."""
    pairable = [values for values in units if len(values) > 1]
    counts = Counter(value for values in pairable for value in values)
    n = sum(counts.values())
    observed = sum(
        2 * sum(distance(a, b) for a, b in combinations(values, 2))
        / (len(values) - 1)
        for values in pairable
    )  # fmt: skip
    expected = sum(2 * distance(a, b) * counts[a] * counts[b] for a, b in combinations(counts, 2))
    if not expected:
        return None
    return 1 - observed / n / (expected / (n * (n - 1)))
