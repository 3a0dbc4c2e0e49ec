"""Figures of simulations in words."""

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma

register = template.Library()

SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@register.filter
def saving_words(saving: dict) -> str:
    """ "12 % (−9 to 33)", or that it was never as good."""
    if saving["saving"] is None:
        return "never as good"
    share = _whole(saving["saving"])
    if saving["low"] is None:
        return f"{share}{SPACE}% (one run)"
    return f"{share}{SPACE}% ({_whole(saving['low'])} to {_whole(saving['high'])})"


@register.filter
def clicks_words(more: dict) -> str:
    """ "5 % more correction clicks (−1 to 11)"."""
    word = "fewer" if more["more"] < 0 else "more"
    said = f"{_whole(abs(more['more']))}{SPACE}% {word} correction clicks"
    if more["low"] is None:
        return said
    ends = sorted([more["low"], more["high"]] if word == "more" else [-more["low"], -more["high"]])
    return f"{said} ({_whole(ends[0])} to {_whole(ends[1])})"


@register.filter
def cell_words(cell, is_count: bool) -> str:
    """ "0.431 ± 0.012", counts without decimals; a dash where there is nothing yet."""
    if cell is None:
        return "–"
    digits = 0 if is_count else 3
    mean = intcomma(f"{cell.mean:.0f}") if is_count else f"{cell.mean:.3f}"
    return mean if cell.sd is None else f"{mean} ± {cell.sd:.{digits}f}"


@register.filter
def unlocalized(number: float) -> str:
    """A coordinate, with a point whatever the language of the page."""
    return f"{number:.1f}"


def _whole(share: float) -> str:
    return f"{share * 100:.0f}".replace("-0", "0").replace("-", MINUS)
