"""The filters of grants as people read them: their names, their values, and how to take one off."""

from dataclasses import dataclass
from urllib.parse import urlencode

from annotation.models import Category, Facet
from annotation.models.quality import Flag
from annotation.reports.grant_choices import (
    MOST_PROGRAMMES,
    annotators,
    facet_outcomes,
    flags,
    programmes,
    years,
)
from annotation.templatetags.names import OUTCOMES

STATES = {
    "labelled": "Labelled",
    "suggested": "Suggested, not labelled",
    "waiting": "Waiting in the queue",
    "skipped": "Skipped by somebody",
}
STREAMS = {"pool": "Pool", "audit": "Audit stream"}
ORDERS = {"lowest": "Lowest score first", "highest": "Highest score first"}
NAMES = {
    "q": "Words",
    "category": "Category",
    "itself": "Category itself",
    "given_from": "Labelled from",
    "given_to": "Labelled to",
    "suggested": "Waits with a suggestion of",
    "outcome": "Outcome",
    "state": "State",
    "stream": "Stream",
    "annotator": "Annotator",
    "score_from": "Score from",
    "score_to": "Score to",
    "programme": "Program",
    "place": "Place",
    "year": "Year",
    "amount_from": "Amount from",
    "amount_to": "Amount to",
    "flag": "Quality",
    "order": "Order",
}
ALWAYS_SHOWN = {"q", "category", "state"}


@dataclass(frozen=True)
class Chip:
    """One filter that is set. ``without``: the address of the list without it."""

    name: str
    label: str
    words: str
    without: str


def chips(query: dict[str, str]) -> list[Chip]:
    return [
        Chip(
            name=name,
            label=NAMES[name],
            words=_words(name, value),
            without="?" + urlencode({n: v for n, v in query.items() if n != name}),
        )
        for name, value in query.items()
    ]


def choices() -> dict:
    """What the form of the filters offers. Five queries, none over all grants."""
    names = programmes()
    return {
        "states": STATES,
        "streams": STREAMS,
        "orders": ORDERS,
        "programmes": names[:MOST_PROGRAMMES],
        "has_more_programmes": len(names) > MOST_PROGRAMMES,
        "years": years(),
        "annotators": annotators(),
        "flags": [(flag, flag_label(flag)) for flag in flags()],
        "outcomes": [
            (label, [(value, OUTCOMES[outcome]) for value, outcome in of_facet])
            for label, of_facet in facet_outcomes()
        ],
    }


def flag_label(flag: str) -> str:
    return dict(Flag.choices).get(flag, flag)


def _words(name: str, value: str) -> str:
    if name in ("category", "itself", "suggested"):
        category = Category.objects.current().filter(code=value).first()
        label = category.label if category else value
        return f"{label} and below" if name == "category" else label
    if name == "outcome":
        code, _, outcome = value.rpartition(":")
        facet = Facet.objects.current().filter(code=code).first()
        return f"{facet.label if facet else code}: {OUTCOMES[outcome].lower()}"
    if name == "flag":
        return flag_label(value)
    words = {"state": STATES, "stream": STREAMS, "order": ORDERS}.get(name, {})
    return words.get(value, value)
