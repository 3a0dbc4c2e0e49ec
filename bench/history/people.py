"""The simulated people: how they answer by themselves, and with suggestions before them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from bench.history.grants import MadeGrant
from bench.history.taxonomy import DISPUTED, FACETS, Term, siblings

CONFUSES = 0.45  # takes the first of the disputed pair for the second, whoever it is
CORRECTED = 0.7  # of somebody's mistakes where all that is true is ticked before them
SILENT = 0.04  # of facets stay unanswered
CROSSED_OUT = 0.5  # of ticked suggestions that are not taken; the others are left
BLIND_TAKES = 1.5  # times as long
JUDGED = 0.7  # of the grants whose annotators differ


@dataclass(frozen=True)
class Person:
    """``accuracy``: chance that a facet is answered rightly, alone, a disputed one left out.

    ``over_acceptance``: chance that a wrong suggestion, ticked beforehand, is taken over.
    """

    name: str
    accuracy: float
    over_acceptance: float
    seconds: float  # median of a grant with suggestions
    share: float  # of the work, in proportion to the others
    accuracy_later: float | None = None  # from the drift on, where it changes

    def accuracy_at(self, grant: MadeGrant) -> float:
        if not grant.has_drifted or self.accuracy_later is None:
            return self.accuracy
        return self.accuracy_later


PEOPLE = (
    Person("amber", 0.95, 0.05, 60, 1.4),
    Person("bruno", 0.90, 0.10, 75, 1.2),
    Person("chiara", 0.90, 0.05, 110, 1.0),
    Person("dev", 0.85, 0.15, 70, 1.0),
    Person("elif", 0.85, 0.10, 90, 1.0),
    Person("farid", 0.80, 0.55, 35, 1.3),  # careless: takes what is ticked
    Person("grace", 0.75, 0.20, 80, 0.8),
    Person("hoang", 0.92, 0.08, 65, 0.8, accuracy_later=0.60),  # tires
)


@dataclass(frozen=True)
class Answer:
    """What somebody says of one facet: an outcome and verdicts by code; outcome "": silent."""

    outcome: str
    verdicts: dict[str, str]

    @property
    def chosen(self) -> frozenset[str]:
        return frozenset(c for c, v in self.verdicts.items() if v in ("accepted", "added"))


def answers(
    person: Person, grant: MadeGrant, is_blind: bool, terms: dict[str, Term], draw: random.Random
) -> dict[str, Answer]:
    """By facet, as the page would send it."""
    return {
        facet: _answer(person, grant, facet, is_blind, terms, draw) for facet in FACETS.values()
    }


def differ(said: Sequence[dict[str, Answer]]) -> bool:
    """Whether any two who answered a facet differ there."""
    for facet in FACETS.values():
        answered = [of[facet] for of in said if of[facet].outcome]
        if len({(answer.outcome, answer.chosen) for answer in answered}) > 1:
            return True
    return False


def seconds_of(person: Person, is_blind: bool, draw: random.Random) -> int:
    usual = person.seconds * (BLIND_TAKES if is_blind else 1.0)
    return max(5, round(draw.lognormvariate(0, 0.4) * usual))


def right_answer(grant: MadeGrant, facet: str, is_blind: bool) -> Answer:
    """What somebody says who makes no mistake."""
    return _as_given(grant, facet, grant.true[facet], is_blind, random.Random(0))


def _answer(
    person: Person,
    grant: MadeGrant,
    facet: str,
    is_blind: bool,
    terms: dict[str, Term],
    draw: random.Random,
) -> Answer:
    if draw.random() < SILENT:
        return _silent(grant, facet, is_blind)
    true = grant.true[facet]
    chosen = _alone(person.accuracy_at(grant), true, facet, terms, draw)
    if not is_blind:
        ticked = grant.ticked(facet)
        if chosen != true and true and true <= ticked and draw.random() < CORRECTED:
            chosen = true
        wrong = sorted(ticked - true - chosen)
        chosen |= {code for code in wrong if draw.random() < person.over_acceptance}
    return _as_given(grant, facet, chosen, is_blind, draw)


def _alone(
    accuracy: float, true: frozenset[str], facet: str, terms: dict[str, Term], draw: random.Random
) -> frozenset[str]:
    first, second = DISPUTED
    if first in true and draw.random() < CONFUSES:
        return true - {first} | {second}
    if draw.random() < accuracy:
        return true
    own = [code for code, term in terms.items() if term.facet == facet and term.weight]
    if not true:
        return frozenset({draw.choice(own)})
    code, kind = draw.choice(sorted(true)), draw.random()
    others = [other for other in siblings(code, terms) if other not in true]
    if kind < 0.6:
        return true - {code} | {draw.choice(others or own)}
    if kind < 0.8 or not others:
        return true - {code}
    return true | {draw.choice(others)}


def _as_given(
    grant: MadeGrant, facet: str, chosen: frozenset[str], is_blind: bool, draw: random.Random
) -> Answer:
    verdicts = {}
    for hint in [] if is_blind else grant.hints[facet]:
        is_out = draw.random() < (CROSSED_OUT if hint.is_ticked else 0.15)
        verdicts[hint.code] = (
            "accepted" if hint.code in chosen else "rejected" if is_out else "left"
        )
    verdicts |= {code: "added" for code in sorted(chosen) if code not in verdicts}
    is_public = facet == "Population" and not grant.true[facet]
    empty = "general_public" if is_public else "none_fits"
    return Answer("labelled" if chosen else empty, verdicts)


def _silent(grant: MadeGrant, facet: str, is_blind: bool) -> Answer:
    shown = [] if is_blind else grant.hints[facet]
    return Answer("", {hint.code: "left" for hint in shown})
