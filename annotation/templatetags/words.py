"""Figures, money and times in the words of the pages."""

import json
from datetime import timedelta
from decimal import Decimal
from math import ceil, floor

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.formats import date_format

register = template.Library()

SPACE = "\N{NO-BREAK SPACE}"
PLURALS = {"category": "categories", "refresh": "refreshes", "person": "people"}


@register.filter
def money(grant) -> str:
    """$18,450 for Australian dollars, GBP 2,266 for others; cents only where there are some."""
    amount: Decimal | None = grant.amount_awarded
    if amount is None:
        return ""
    is_whole = amount == amount.to_integral_value()
    figure = f"{abs(amount):,.0f}" if is_whole else f"{abs(amount):,.2f}"
    unit = "$" if grant.currency == "AUD" else f"{grant.currency}{SPACE}"
    return f"{'−' if amount < 0 else ''}{unit}{figure}"


@register.filter
def day(value) -> str:
    """14 March 2025"""
    return date_format(_local(value), f"j{SPACE}F{SPACE}Y") if value else ""


@register.filter
def period_words(name: str) -> str:
    """March 2025 for 2025-03; a year stays as it is."""
    year, _, month = name.partition("-")
    return f"{MONTHS[int(month)]}{SPACE}{year}" if month else name


@register.filter
def clock(value) -> str:
    """2.31 pm"""
    return date_format(_local(value), "g.i") + SPACE + _local(value).strftime("%p").lower()


@register.filter
def moment(value) -> str:
    """14 March 2025, 2.31 pm"""
    return f"{day(value)}, {clock(value)}" if value else ""


def _local(value):
    return timezone.localtime(value) if hasattr(value, "tzinfo") and value.tzinfo else value


@register.filter
def per_cent(share: float) -> str:
    """A probability in whole per cent that never claims to be certain."""
    if share >= 0.995:
        return f">99{SPACE}%"
    return f"<1{SPACE}%" if share < 0.005 else f"{share * 100:.0f}{SPACE}%"


@register.filter
def bounds(share) -> str:
    """7–48: the ends of a share's interval, behind the share in per cent.

    Outwards to whole per cents, so that no doubt vanishes: 0.1 to 0.42 per cent is 0–1.
    """
    # What a float adds to a whole per cent, such as 0.07 * 100, is no reason to go further.
    low, high = floor(round(100 * share.low, 6)), ceil(round(100 * share.high, 6))
    return f"{low}–{high}"


@register.filter
def counted_share(part: float) -> str:
    """A share that was counted, not judged: none of it is 0 % and all of it 100 %."""
    return f"{part:.0%}".replace("%", f"{SPACE}%") if part in (0, 1) else per_cent(part)


@register.filter
def figure(value: float, most: float | None = None) -> str:
    """Two decimals; three for the small ones.

    ``most``: the upper end of the figure's interval, so that all three are as exact as each other.
    """
    return f"{value:.3f}" if abs(value if most is None else most) < 0.1 else f"{value:.2f}"


@register.filter
def alpha(value: float) -> str:
    """Two decimals with a minus sign: an agreement, or a difference of two."""
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "\N{MINUS SIGN}")


@register.filter
def signed(value: float) -> str:
    """+0.011, −0.230: a difference."""
    return f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")


@register.filter
def duration(seconds: float) -> str:
    """3 min 10 s; 1 h 10 min: as exactly as one can know it."""
    rest = timedelta(seconds=round(seconds))
    hours, minutes = divmod(int(rest.total_seconds()) // 60, 60)
    if hours:
        return f"{hours}{SPACE}h {minutes}{SPACE}min"
    if minutes >= 10:
        return f"{minutes}{SPACE}min"
    left = int(rest.total_seconds()) % 60 // 10 * 10 if minutes else rest.seconds
    return f"{minutes}{SPACE}min {left}{SPACE}s" if minutes else f"{left}{SPACE}s"


@register.filter
def time_left(seconds: float) -> str:
    """about 3 min 10 s left; never none of what is not over"""
    return "nearly done" if seconds < 1 else f"about {duration(seconds)} left"


@register.filter
def to_go(today) -> str:
    """17 an hour, about 1 h 10 min to go"""
    if today.per_hour is None:
        return ""
    pace = f"{today.per_hour} an hour"
    left = today.goal - today.n_done
    if left <= 0 or not today.per_hour:
        return pace
    minutes = max(5, round(left / today.per_hour * 12) * 5)
    return f"{pace}, about {duration(minutes * 60)} to go"


@register.filter
def counted(number: int, noun: str) -> str:
    """1 grant, 1,204 grants"""
    if number == 1:
        return f"1 {noun.removesuffix('s') if noun not in PLURALS.values() else 'category'}"
    plural = PLURALS.get(noun, noun if noun.endswith("s") else f"{noun}s")
    return f"{intcomma(number)} {plural}"


@register.filter
def path(labels: list[str]) -> str:
    return " › ".join(labels)


@register.filter
def look_up(words: dict, key) -> str:
    return words.get(key, key)


@register.filter
def with_verdict(annotation, verdict: str) -> list:
    """The annotation's decisions of one verdict, as shown from the top."""
    found = [d for d in annotation.decisions.all() if d.verdict == verdict]
    return sorted(found, key=lambda d: (d.category.facet.position, d.rank or 99, d.category.code))


@register.filter
def at(things: list, place: int):
    return things[place]


@register.filter
def annotator(voice) -> str:
    return voice.annotation.annotator.username


@register.filter
def of_kind(notes: list, kind: str) -> list:
    return [note for note in notes if note.kind == kind]


@register.filter
def as_json(value) -> str:
    """For a data attribute; the template escapes it."""
    return json.dumps(value)
