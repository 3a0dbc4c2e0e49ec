"""What other such people would have said of the same grants: expectations, drawn anew."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from bench.history.grants import MadeGrant
from bench.history.people import JUDGED, answers, differ
from bench.history.taxonomy import FACETS, Term, closure
from bench.history.work import Deed, Past, Place, draw_people

Stands = dict[str, list[str]]  # facet -> codes; a facet that nobody answered is left out


def stands_again(
    grants: Sequence[MadeGrant],
    places: Mapping[str, Place],
    terms: dict[str, Term],
    draw: random.Random,
    times: int = 3,
) -> dict[str, list[tuple[str, Stands]]]:
    """What would stand for each grant, some times over, as models are measured by it.

    Returns, by the kind of grants that the pages measure on: ``audit``, as if each were of the
    audit stream, and ``labelled``, those of the pool; by reference.
    """
    audit = [place for place in places.values() if place.is_audit]
    pool = [grant for grant in grants if not places[grant.reference].is_audit]
    return {
        "audit": [
            (grant.reference, _stands(grant, draw.choice(audit), terms, draw))
            for grant in grants
            for _ in range(times)
        ],
        "labelled": [
            (grant.reference, _stands(grant, places[grant.reference], terms, draw))
            for grant in pool
            for _ in range(times)
        ],
    }


def _stands(grant: MadeGrant, place: Place, terms: dict[str, Term], draw: random.Random) -> Stands:
    people = draw_people(place.n_required, draw)
    said = [answers(person, grant, place.is_blind, terms, draw) for person in people]
    if differ(said) and draw.random() < JUDGED:
        return {facet: sorted(codes) for facet, codes in grant.true.items()}
    votes = {
        facet: [of[facet].chosen for of in said if of[facet].outcome] for facet in FACETS.values()
    }
    return {facet: sorted(_agreed(cast)) for facet, cast in votes.items() if cast}


def _agreed(votes: Sequence[frozenset[str]]) -> frozenset[str]:
    """Yes where at least half of those who answered the facet said yes."""
    n = Counter(code for vote in votes for code in vote)
    return frozenset(code for code, yes in n.items() if 2 * yes >= len(votes))


def upheld(
    grants: Sequence[MadeGrant], blind_pairs: float, terms: dict[str, Term], draw: random.Random
) -> dict[str, float]:
    """Of the choices of each person on grants whose two annotators differ: the share that is true.

    Everybody chooses worse there than elsewhere: where all choose rightly, nobody differs.
    """
    right: dict[str, list[bool]] = defaultdict(list)
    for grant in grants:
        is_blind, two = draw.random() < blind_pairs, draw_people(2, draw)
        said = [answers(person, grant, is_blind, terms, draw) for person in two]
        if differ(said):
            for person, own in zip(two, said, strict=True):
                right[person.name] += [c in grant.true[f] for f, a in own.items() for c in a.chosen]
    return {name: sum(found) / len(found) for name, found in right.items()}


def overridden_by_programme(
    grants: Sequence[MadeGrant], terms: dict[str, Term], draw: random.Random
) -> dict[str, float]:
    """Share of the suggestions ticked beforehand that are not taken, by whoever comes."""
    kept: dict[str, list[bool]] = defaultdict(list)
    for grant in grants:
        said = answers(draw_people(1, draw)[0], grant, False, terms, draw)
        for facet, own in said.items():
            kept[grant.programme] += [
                own.verdicts[code] == "accepted" for code in grant.ticked(facet)
            ]
    return {name: 1 - sum(found) / len(found) for name, found in kept.items()}


def examples(
    past: Past, judged: Sequence[MadeGrant], places: Mapping[str, Place]
) -> dict[str, dict[str, int]]:
    """By category, counted from what was done: grants that it stands for, how many of them are of
    the pool, and grants that it or anything below it stands for."""
    revised: dict[Deed | None, Deed] = {d.after: d for d in past.later if d.kind == "revision"}
    settled = {grant.reference: grant for grant in judged}
    chosen: dict[str, set[str]] = defaultdict(set)
    for deed in past.standing():
        if deed.grant.reference not in settled:
            as_shown = revised.get(deed, deed)
            chosen[deed.grant.reference] |= {c for a in as_shown.answers.values() for c in a.chosen}
    for reference, grant in settled.items():
        chosen[reference] = {code for codes in grant.true.values() for code in codes}
    found: dict[str, Counter[str]] = {n: Counter() for n in ("examples", "of_pool", "with_below")}
    for reference, codes in chosen.items():
        found["examples"].update(codes)
        found["with_below"].update(closure(frozenset(codes)))
        if not places[reference].is_audit:
            found["of_pool"].update(codes)
    return {name: dict(n) for name, n in found.items()}


def facts(past: Past) -> dict[str, dict[str, Any]]:
    """What the pages cut grants by, by reference."""
    return {g.reference: {"programme": g.programme, "place": g.place} for g in past.done}
