"""Stored figures held against the truth: which intervals hold it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Recovered:
    """One figure of a page, and what is true."""

    name: str
    truth: float
    value: float
    low: float
    high: float

    @property
    def is_held(self) -> bool:
        return self.low <= self.truth <= self.high


def of_agreement(body: Mapping[str, Any], truth: Mapping[str, Any]) -> list[Recovered]:
    """Every figure of the question "agreement" whose truth is known, those of too few left out."""
    found = [*_alphas(body, truth["agreement"]), *_of_people(body, truth["people"])]
    return [
        Recovered(name, expected, figure["value"], figure["low"], figure["high"])
        for name, figure, expected in found
        if "value" in figure and expected is not None
    ]


def told(name: str, truth: bool, said: bool) -> Recovered:
    """What is so or is not, as 1 or 0: it is held where it was told rightly."""
    return Recovered(name, float(truth), float(said), float(said), float(said))


def print_recovery(question: str, found: Sequence[Recovered]) -> None:
    """A line for each that misses, and how many hold: about 19 of 20, if all is well."""
    for row in found:
        if not row.is_held:
            print(f"  {row.name}: {row.value:.3f} ({row.low:.3f} to {row.high:.3f}), "
                  f"in truth {row.truth:.3f}")  # fmt: skip
    held = sum(row.is_held for row in found)
    print(f"{question}: {held} of {len(found)} intervals hold the truth")


Found = Iterator[tuple[str, Mapping[str, float], float | None]]


def _alphas(body: Mapping[str, Any], agreement: Mapping[str, Any]) -> Found:
    from annotation.models import Category, Facet

    facets = dict(Facet.objects.values_list("pk", "code"))
    codes = dict(Category.objects.values_list("pk", "code"))
    expected = agreement["all"]
    for row in body["facets"]:
        name = facets[row["facet"]]
        yield f"agreement on {name}", row, expected["facets"][name]
        for level in row["levels"]:
            key = f"{name} {level['level']}"
            yield f"agreement on {key}", level, expected["levels"][key]
    for row in body["categories"]:
        code = codes[row["category"]]
        yield f"agreement on {code}", row, expected["categories"][code]


def _of_people(body: Mapping[str, Any], people: Mapping[str, Any]) -> Found:
    from annotation.models import User

    names = dict(User.objects.values_list("pk", "username"))
    for person, work in body["work"]["periods"]["all"].items():
        name = names[int(person)]
        for kind in ("blind", "assisted"):
            expected = people[name][f"{kind}_grants_an_hour"]
            yield f"{name}, grants an hour, {kind}", work[f"an_hour_{kind}"], expected
        yield f"{name}, ticks not taken", work["overridden"], people[name]["overridden"]
    for person, judged in body["work"]["judged"].items():
        name = names[int(person)]
        yield f"{name}, choices upheld", judged["upheld"], people[name]["upheld"]
