"""By how much a person differs from the others, in words that do not judge."""

from django import template

from annotation.reports.people_figures import Difference

register = template.Library()


@register.filter
def times_as_long(apart: Difference) -> str:
    """1.6 times as long over a usual grant (1.2 to 2.1)"""
    value, low, high = _apart_from(1.0, (apart.value, apart.low, apart.high), range(2, 5))
    return f"{value} times as long over a usual grant ({low} to {high})"


@register.filter
def points_more(apart: Difference) -> str:
    """12 points less (4 to 20)"""
    # The interval from the nearer end to the farther; it never holds 0.
    ends = sorted(abs(end) * 100 for end in (apart.low, apart.high))
    value, near, far = _apart_from(0.0, (abs(apart.value) * 100, *ends), range(3))
    word = "more" if apart.value > 0 else "less"
    return f"{value} points {word} ({near} to {far})"


def _apart_from(same: float, numbers: tuple[float, ...], digits: range) -> list[str]:
    """All with as many digits as it takes for none of them to look like no difference.

    Args:
        digits: the fewest to the most; no figure is stored with more.
    """
    telling = (n for n in digits if all(round(number, n) != same for number in numbers))
    n_digits = next(telling, digits[-1])
    return [f"{number:.{n_digits}f}" for number in numbers]
