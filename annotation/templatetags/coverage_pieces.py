"""What the coverage page draws: shares with their intervals, hours, and the words on the map."""

from math import ceil, isinf

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from annotation.reports.coverage import BAND_WORDS

register = template.Library()

LINE, LETTER, EDGE = 13.0, 6.6, 5.0  # of the map's texts, in the unit of its boxes
# Letters that are not as wide as most: as in DejaVu Sans, which stands in where a machine has no
# narrower font. No text may run into the next box.
UNLIKE = {**dict.fromkeys(" .,'’:;|/()-ijlItfr", 4.1), **dict.fromkeys("mwMW…", 10.5)}
UNLIKE |= dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ", 7.9)
BOLD = 1.12  # times as wide
SPACE = "\N{NO-BREAK SPACE}"
LEAST_HOURS = 0.1


@register.simple_tag(takes_context=True)
def board(context, **changed) -> str:
    """The page's address with some of it changed, wherever it is shown: a refused form is, too."""
    return reverse("coverage") + context["asked"].address(**changed)


@register.inclusion_tag("coverage/_share.html")
def share_cell(share, is_counted=True) -> dict:
    """A share in per cent with its interval, or how many it still lacks to be one.

    ``is_counted``: whether it has been counted at all; nought of what nobody counted says nothing.
    """
    values = (share.value, share.low, share.high)
    per_cent = [f"{100 * value:.0f}" for value in values]
    return {"share": share, "per_cent": per_cent, "is_counted": is_counted}


@register.filter
def band_words(band: int) -> str:
    return BAND_WORDS[band]


@register.filter
def hours_words(hours) -> str:
    """About 12 h (9–18); over 30 h where the least is all that is known; reached."""
    if hours.value == 0:
        return "Reached"
    if hours.is_too_few:
        return f"Over {_hours(hours.low)}{SPACE}h"
    high = "?" if isinf(hours.high) else _hours(hours.high)
    return f"{_hours(hours.value)}{SPACE}h ({_hours(hours.low)}–{high})"


@register.filter
def whole_words(cost) -> str:
    """12 (9–18): grants with their interval, which are whole ones."""
    high = "?" if isinf(cost.high) else intcomma(ceil(cost.high))
    return f"{intcomma(ceil(cost.value))}{SPACE}({intcomma(ceil(cost.low))}–{high})"


@register.filter
def cost_words(cost) -> str:
    """1.2 (0.9–1.8): hours with their interval; no cost is told as nought."""
    if cost.high < LEAST_HOURS:
        return f"Under {LEAST_HOURS}"
    high = "?" if isinf(cost.high) else _hours(cost.high)
    return f"{_hours(cost.value)}{SPACE}({_hours(cost.low)}–{high})"


def _hours(value: float) -> str:
    return f"{value:.1f}" if value < 10 else intcomma(round(value))


@register.filter
def tile_words(tile) -> str:
    """What a box says to those who do not see it."""
    examples = f"{intcomma(tile.examples)} {'example' if tile.examples == 1 else 'examples'}"
    if tile.is_leaf:
        return f"{tile.label}: {examples}, band {BAND_WORDS[tile.band]}"
    of = f"{tile.n_thin:,} of {tile.n_below:,} categories thin"
    return f"{tile.label} and below: {of}, middle band {BAND_WORDS[tile.band]}"


@register.filter
def tile_lines(tile) -> list[tuple[float, float, str]]:
    """The box's texts with where each begins; as many as there is room for, the figure first."""
    box, width = tile.box, tile.box.width - 2 * EDGE
    n_lines = int((box.height - EDGE) / LINE)
    thin = f"{tile.n_thin:,} of {tile.n_below:,} thin"
    figure = f"{tile.examples:,}" if tile.is_leaf else thin
    if width < _wide(figure):
        figure = figure.removesuffix(" thin")
    if n_lines < 1 or width < _wide(figure):
        return []
    words = _wrapped(tile.label, width, n_lines - 1)
    return [(box.x + EDGE, box.y + LINE * (n + 1), text) for n, text in enumerate([*words, figure])]


@register.filter
def place(box) -> str:
    """Where a box stands, as attributes: hundreds of them, for which filters would take long."""
    return format_html(
        'x="{}" y="{}" width="{}" height="{}"',
        f"{box.x:.1f}", f"{box.y:.1f}", f"{box.width:.1f}", f"{box.height:.1f}",
    )  # fmt: skip


@register.filter
def tile_texts(tile) -> str:
    lines = ((f"{x:.1f}", f"{y:.1f}", text) for x, y, text in tile_lines(tile))
    return format_html_join("", '<text x="{}" y="{}">{}</text>', lines)


@register.filter
def head_words(group) -> str:
    """The group's name with how many of it are thin, as far as there is room."""
    thin = f" · {group.n_thin:,} of {group.n_below:,} thin"
    width = (group.box.width - EDGE) / BOLD
    if _wide(group.label + thin) <= width:
        return group.label + thin
    return _cut(group.label, width)


@register.filter
def plus(value: float, more: int) -> float:
    return value + more


@register.filter
def change(n: int) -> str:
    """+1,204, −3, 0: a difference of counts."""
    sign = "+" if n > 0 else "\N{MINUS SIGN}" if n < 0 else ""
    return f"{sign}{abs(n):,}"


def _wide(text: str) -> float:
    return sum(UNLIKE.get(letter, LETTER) for letter in text)


def _wrapped(label: str, width: float, n_lines: int) -> list[str]:
    """The label in lines, cut where they end; nothing where a line holds no word of use."""
    if width < 5 * LETTER:
        return []
    lines: list[str] = []
    for word in label.split():
        if lines and _wide(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    shown = [_cut(line, width) for line in lines[:n_lines]]
    if len(lines) > n_lines and shown:
        shown[-1] = _cut(f"{shown[-1]}…", width)
    return shown


def _cut(text: str, width: float) -> str:
    if _wide(text) <= width:
        return text
    while text and _wide(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip('… ')}…"
