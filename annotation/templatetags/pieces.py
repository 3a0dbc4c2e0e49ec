"""Small pieces of the pages that are drawn: icons, bars, bands, whiskers."""

from django import template
from django.utils.html import format_html

register = template.Library()

ICONS = {
    "alert": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v6M12 16.5v.01",
    "cross": "M6 6l12 12M18 6 6 18",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "theme": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 3v18M12 7h5M12 11h7M12 15h6",
    "tick": "M4 12.5 9.5 18 20 6.5",
}


@register.simple_tag
def icon(name: str, extra: str = "") -> str:
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>',
        extra,
        ICONS[name],
    )


@register.simple_tag
def bar(share: float, extra: str = "") -> str:
    """A bar filled to a share of 0 to 1; the figure stands beside it."""
    return format_html(
        '<svg class="bar {}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="6"/></svg>',
        extra,
        f"{100 * min(1, max(0, share)):.1f}",
    )


@register.inclusion_tag("pieces/_bars.html")
def bars(band: int) -> dict:
    """One to four filled bars: the band without its colour."""
    return {
        "bars": [
            {"x": f"{4.5 * n:.1f}", "y": 9 - 3 * n, "height": 3 + 3 * n, "is_on": n < band}
            for n in range(4)
        ]
    }


@register.inclusion_tag("pieces/_whisker.html")
def whisker(metric) -> dict:
    """A figure between 0 and 1 with its interval on a line of 0 to 1."""
    ends = [4 + 152 * min(1, max(0, v)) for v in (metric.low, metric.value, metric.high)]
    return {
        "is_drawn": metric.high <= 1,
        "low": f"{ends[0]:.1f}",
        "value": f"{ends[1]:.1f}",
        "high": f"{ends[2]:.1f}",
    }


@register.inclusion_tag("pieces/_field.html")
def field(bound, kind: str = "text", autocomplete: str = "off", autofocus: bool = False) -> dict:
    """A labelled field that keeps what was typed and says below what is wrong."""
    return {
        "field": bound,
        "kind": kind,
        "autocomplete": autocomplete,
        "autofocus": autofocus,
        "value": "" if kind == "password" else bound.value() or "",
    }


@register.simple_tag(takes_context=True)
def here(context, *names: str) -> str:
    """``aria-current`` for the page one is on."""
    match = context["request"].resolver_match
    return format_html(' aria-current="{}"', "page") if match and match.url_name in names else ""
