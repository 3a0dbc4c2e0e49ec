"""What is true of the past, in numbers: as it was set, and as many more such people would show.

Agreement and the like follow from the settings by no short formula, so they are measured on a past
many times as long, drawn anew from the same settings, by the slow ways of
:mod:`bench.history.by_hand`.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench.history import by_hand
from bench.history.grants import (
    DRIFT_BRANCH,
    NEW,
    PROGRAMMES,
    MadeGrant,
    make_grants,
    weights,
)
from bench.history.people import PEOPLE, Answer, Person, answers, seconds_of
from bench.history.taxonomy import DISPUTED, FACETS, Term, closure
from bench.history.work import Past, draw_people

MANY = 4_000  # grants that two decide; each person decides 3 of 8 of them alone
Pair = tuple[bool, list[dict[str, Answer]]]  # whether they were blind, and what the two said


def truth(
    past: Past,
    terms: dict[str, Term],
    n_grants: int,
    blind_pairs: float,
    seed: int,
    many: int = MANY,
) -> dict[str, Any]:
    """Fit for JSON; ``people`` and ``agreement`` hold expectations, the rest is as it was set.

    Args:
        n_grants: of the whole past, decided or not.
        blind_pairs: share of the grants which two decided that were decided blind.
        many: grants of the longer past; the fewer, the less exact.
    """
    draw = random.Random(f"truth {seed}")
    done = len(past.done) / n_grants  # of a past of any length, so that as much has drifted
    grants = make_grants(math.ceil(many / done), terms, draw)[:many]
    pairs = [_pair(grant, draw.random() < blind_pairs, terms, draw) for grant in grants]
    kinds = {
        "all": pairs,
        "blind": [_pair(grant, True, terms, draw) for grant in grants],
        "assisted": [_pair(grant, False, terms, draw) for grant in grants],
    }
    sample = draw.sample(grants, many * 3 // 8)
    return {
        "start": past.deeds[0].at.isoformat(),
        "drift_at": past.drift_at.isoformat(),
        "drift_branch": DRIFT_BRANCH,
        "drift_words": NEW,
        "mix_before": _mix(terms, has_drifted=False),
        "mix_after": _mix(terms, has_drifted=True),
        "disputed": list(DISPUTED),
        "recall_by_programme": {name: ticked for name, (_, ticked) in PROGRAMMES.items()},
        "people": {person.name: _expected_of(person, sample, terms, draw) for person in PEOPLE},
        "agreement": {kind: _agreement(found, terms) for kind, found in kinds.items()},
        "true": {
            grant.reference: {facet: sorted(codes) for facet, codes in grant.true.items()}
            for grant in past.done
        },
    }


def value(answer: Answer, level: int | None = None) -> frozenset[str] | None:
    """An answer as a set with all above it, or what of it is on one level; None: silent."""
    if not answer.outcome:
        return None
    if answer.outcome in ("labelled", "none_fits"):
        return frozenset(c for c in closure(answer.chosen) if level in (None, len(c) - 1))
    return frozenset({answer.outcome}) if level in (None, 1) else frozenset()


def _pair(grant: MadeGrant, is_blind: bool, terms: dict[str, Term], draw: random.Random) -> Pair:
    two = draw_people(2, draw)
    return is_blind, [answers(person, grant, is_blind, terms, draw) for person in two]


def _agreement(pairs: Sequence[Pair], terms: dict[str, Term]) -> dict[str, Any]:
    """Alpha by facet, by facet and level ("Subject 2"), and by category."""
    found: dict[str, Any] = {"facets": {}, "levels": {}, "categories": {}}
    for facet in FACETS.values():
        units = _units(pairs, facet)
        found["facets"][facet] = by_hand.alpha(units)
        depth = max(len(code) - 1 for code in terms if terms[code].facet == facet)
        for level in range(1, depth + 1):
            at = [unit for unit in _units(pairs, facet, level) if level == 1 or any(unit)]
            found["levels"][f"{facet} {level}"] = by_hand.alpha(at)
        for code in (code for code in terms if terms[code].facet == facet):
            said = [[code in chosen for chosen in unit] for unit in units]
            found["categories"][code] = by_hand.alpha(said, by_hand.nominal)
    return found


def _units(pairs: Sequence[Pair], facet: str, level: int | None = None) -> list[list[frozenset]]:
    said = [[value(given[facet], level) for given in two] for _, two in pairs]
    return [[chosen for chosen in unit if chosen is not None] for unit in said]


def _expected_of(
    person: Person, grants: Sequence[MadeGrant], terms: dict[str, Term], draw: random.Random
) -> dict[str, Any]:
    """Their settings, and what follows: accuracy is of answered facets, given exactly as true."""
    found: dict[str, Any] = asdict(person)
    for kind, is_blind in (("blind", True), ("assisted", False)):
        given = [(grant, answers(person, grant, is_blind, terms, draw)) for grant in grants]
        right = [
            answer.chosen == grant.true[facet]
            for grant, all_facets in given
            for facet, answer in all_facets.items()
            if answer.outcome
        ]
        seconds = [seconds_of(person, is_blind, draw) for _ in grants]
        found[f"{kind}_accuracy"] = sum(right) / len(right)
        found[f"{kind}_grants_an_hour"] = 3600 * len(seconds) / sum(seconds)
        if not is_blind:
            found |= _taken_over(given)
    return found


def _taken_over(given: Sequence[tuple[MadeGrant, dict[str, Answer]]]) -> dict[str, float]:
    """Of suggestions that were ticked: how many wrong ones were accepted, how many were not."""
    accepted: dict[bool, list[bool]] = {True: [], False: []}  # by whether it was right
    for grant, all_facets in given:
        for facet, answer in all_facets.items():
            for code in grant.ticked(facet):  # who leaves a facet unanswered has unticked it, too
                is_right = code in grant.true[facet]
                accepted[is_right].append(answer.verdicts[code] == "accepted")
    both = accepted[True] + accepted[False]
    return {
        "wrong_accepted": sum(accepted[False]) / len(accepted[False]),
        "overridden": 1 - sum(both) / len(both),
    }


def _mix(terms: dict[str, Term], *, has_drifted: bool) -> dict[str, float]:
    """By category: its share of what is drawn as true, of its facet."""
    found: dict[str, float] = {}
    for facet in FACETS.values():
        own = [term for term in terms.values() if term.facet == facet]
        often = weights(own, has_drifted=has_drifted)
        found |= {t.code: w / sum(often) for t, w in zip(own, often, strict=True)}
    return found
