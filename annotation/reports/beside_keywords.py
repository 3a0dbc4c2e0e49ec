"""Categories that a version finds worse than the keywords alone do, as its model card has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotation.reports.shares import Share

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class WorseCategory:
    """F1 of the keywords, of the version, and the difference, all on ``support`` right answers."""

    code: str
    label: str
    support: int
    keywords: Share
    model: Share
    difference: Share
    chance: float
    is_beyond_chance: bool


@dataclass(frozen=True)
class BesideKeywords:
    against: str
    n_compared: int
    n_too_few: int
    n_worse: int
    worse: list[WorseCategory]

    @property
    def beyond_chance(self) -> list[WorseCategory]:
        return [row for row in self.worse if row.is_beyond_chance]

    @property
    def by_chance(self) -> float:
        """So many categories of two alike would look worse at 5 % each."""
        return 0.05 * self.n_compared


def beside_keywords(facts: Facts | None) -> BesideKeywords | None:
    """From what the training kept; None where it had nothing to compare."""
    if facts is None:
        return None
    worse = [
        WorseCategory(
            **row
            | {name: known_share(row[name], row["support"]) for name in ("keywords", "model")}
            | {"difference": known_share(row["difference"], row["support"])}
        )
        for row in facts["worse"]
    ]
    return BesideKeywords(**{**facts, "worse": worse})


def known_share(figure: Mapping[str, float] | None, n: int) -> Share:
    """A figure of so many; without one there were under ten, so that none is shown."""
    if figure is None:
        return Share(0.0, 0.0, 1.0, n)
    return Share(figure["value"], figure["low"], figure["high"], n)
