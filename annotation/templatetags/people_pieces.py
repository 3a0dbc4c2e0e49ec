"""By how much a person differs from the others, in words that do not judge."""

from django import template

from annotation.reports.people_figures import Difference

register = template.Library()


@register.filter
def times_as_long(apart: Difference) -> str:
    """1.6 times as long over a usual grant (1.2 to 2.1)"""
    return (
        f"{apart.value:.2f} times as long over a usual grant ({apart.low:.2f} to {apart.high:.2f})"
    )


@register.filter
def points_more(apart: Difference) -> str:
    """12 points less (4 to 20)"""
    # The interval from the nearer end to the farther; it never holds 0.
    ends = sorted(abs(end) * 100 for end in (apart.low, apart.high))
    near, far = (f"{end:.0f}" if end >= 1 else f"{end:.1f}" for end in ends)
    word = "more" if apart.value > 0 else "less"
    return f"{abs(apart.value) * 100:.0f} points {word} ({near} to {far})"
