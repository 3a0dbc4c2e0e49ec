"""Differences drawn: an interval on a line with nothing in its middle."""

from django import template

from annotation.templatetags.words import figure, signed

register = template.Library()
WIDTH, EDGE = 120, 4
LEAST_SCALE = 0.02  # a line no finer than this, so that noise does not look like a change


@register.inclusion_tag("versions/_change.html")
def change(row, scale: float) -> dict:
    """A difference with its interval, from -scale to +scale; the figures stand beside it."""
    half = WIDTH / 2 - EDGE
    found = row.difference
    if _is_count(row):
        scale = _reach([found])
    places = [
        WIDTH / 2 + half * max(-1.0, min(1.0, end / scale))
        for end in (found.low, found.value, found.high)
    ]
    low, value, high = (f"{place:.1f}" for place in places)
    return {"row": row, "low": low, "value": value, "high": high}


@register.filter
def scale_of(rows) -> float:
    """What the lines of a table reach to: the farthest end of any interval among its shares.

    A number of corrections is no share: on one line with it the others would be dots at nought.
    """
    changes = [getattr(row, "change", row) for row in rows]
    return _reach([row.difference for row in changes if not _is_count(row)])


def _is_count(row) -> bool:
    return max(row.before.high, row.after.high) > 1


def _reach(differences) -> float:
    ends = [abs(end) for found in differences for end in (found.low, found.high)]
    return max([LEAST_SCALE, *ends])


@register.filter
def with_interval(end) -> str:
    """0.56 (0.54–0.58)"""
    value, low, high = (figure(one, end.high) for one in (end.value, end.low, end.high))
    return f"{value} ({low}–{high})"


@register.filter
def signed_with_interval(end) -> str:
    """+0.011 (−0.002 to +0.020)"""
    return f"{signed(end.value)} ({signed(end.low)} to {signed(end.high)})"
