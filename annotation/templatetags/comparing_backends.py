"""Figures of kinds of model in words."""

from django import template

from annotation.templatetags.words import signed

register = template.Library()


@register.filter
def interval_words(figure: dict) -> str:
    """ "0.431 (0.402 to 0.460)"; a dash where nothing could be measured."""
    if figure["value"] is None:
        return "–"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


@register.filter
def difference_words(figure: dict) -> str:
    """ "−0.010 (−0.030 to +0.010)"."""
    value, low, high = (signed(figure[name]) for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"
