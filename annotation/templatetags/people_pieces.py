"""By how much a person differs from the others, in words that do not judge."""

from django import template

from annotation.reports.people_figures import Difference

register = template.Library()


@register.filter
def seconds_more(apart: Difference) -> str:
    """40 s a grant more (20 to 60)"""
    return _more(apart, "s a grant", 1)


@register.filter
def points_more(apart: Difference) -> str:
    """12 points less (4 to 20)"""
    return _more(apart, "points", 100)


def _more(apart: Difference, unit: str, times: int) -> str:
    """The interval from the nearer end to the farther; it never holds 0."""
    ends = sorted(abs(end) * times for end in (apart.low, apart.high))
    near, far = (f"{end:.0f}" if end >= 1 else f"{end:.1f}" for end in ends)
    word = "more" if apart.value > 0 else "less"
    return f"{abs(apart.value) * times:.0f} {unit} {word} ({near} to {far})"
