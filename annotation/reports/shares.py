"""A share with its interval and its support."""

from dataclasses import dataclass
from math import sqrt

TOO_FEW = 10
Z = 1.959964  # of a 95 % interval


@dataclass(frozen=True)
class Share:
    """``value`` 0 to 1 with its 95 % interval, out of ``n``; under ten it is too few to say."""

    value: float
    low: float
    high: float
    n: int

    @property
    def is_too_few(self) -> bool:
        return self.n < TOO_FEW


def share(value: float, n: int) -> Share:
    """A share with Wilson's interval (Wilson 1927), honest at 0 and 1 and for small ``n``."""
    if n == 0:
        return Share(0.0, 0.0, 1.0, 0)
    middle = (value + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * sqrt(value * (1 - value) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return Share(value, max(0.0, middle - half), min(1.0, middle + half), n)
