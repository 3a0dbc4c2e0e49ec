"""Made-up grants: what is true of each, and what the model version suggests."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from bench.history.taxonomy import FACETS, Term, siblings
from bench.made_up import SYLLABLES

# Programme -> how often it comes, and how often a true category is suggested and ticked there:
# where its text names it, so that any model is worse where texts name less.
PROGRAMMES = {"Open round": (0.5, 0.90), "Regional round": (0.3, 0.60), "Youth round": (0.2, 0.85)}
PLACES = ("Perth", "Hobart", "Darwin", "Cairns")
WRONG = 2  # wrong suggestions a facet
WRONG_TICKED = 0.20
HALF_SEEN = 0.5  # of the true ones that are not ticked: suggested all the same
EMPTY = 0.08  # no category of the facet is true
TWO = 0.3  # two categories of the facet are true
SHORT = 0.15  # of all texts
# From here on, of all grants, one branch comes more often, with words nobody has read before.
DRIFT_AT = 0.65
DRIFT_BRANCH, DRIFT_TIMES = "S3", 5.0
NEW_WORDS = 0.4  # share of the filling words


@dataclass(frozen=True)
class Hint:
    """One suggestion as it would be shown; ranks come from the order."""

    code: str
    score: float
    is_ticked: bool


@dataclass(frozen=True)
class MadeGrant:
    """``true``: by facet, the codes that a careful coder would give."""

    reference: str
    title: str
    description: str
    programme: str
    place: str
    amount: int
    has_drifted: bool
    true: dict[str, frozenset[str]]
    hints: dict[str, list[Hint]]

    def ticked(self, facet: str) -> frozenset[str]:
        return frozenset(hint.code for hint in self.hints[facet] if hint.is_ticked)


def words(n: int, seed: str) -> list[str]:
    draw = random.Random(seed)
    return ["".join(draw.choices(SYLLABLES, k=2)) for _ in range(n)]


OLD, NEW = words(300, "old"), [f"{word}ish" for word in words(60, "new")]


def make_grants(n: int, terms: dict[str, Term], draw: random.Random) -> list[MadeGrant]:
    """In the order in which they come."""
    return [_grant(i, terms, draw, has_drifted=i >= n * DRIFT_AT) for i in range(n)]


def weights(terms: Sequence[Term], *, has_drifted: bool) -> list[float]:
    """How often each is true, in proportion, before or after the drift."""
    return [
        term.weight * (DRIFT_TIMES if has_drifted and term.code.startswith(DRIFT_BRANCH) else 1.0)
        for term in terms
    ]


def _grant(i: int, terms: dict[str, Term], draw: random.Random, has_drifted: bool) -> MadeGrant:
    programme = draw.choices(list(PROGRAMMES), [often for often, _ in PROGRAMMES.values()])[0]
    true = {facet: _true(facet, terms, draw, has_drifted) for facet in FACETS.values()}
    n_filling = 4 if draw.random() < SHORT else draw.randint(15, 60)
    filling = [
        draw.choice(NEW if has_drifted and draw.random() < NEW_WORDS else OLD)
        for _ in range(n_filling)
    ]
    place, amount = draw.choice(PLACES), round(draw.lognormvariate(9.5, 1.0))
    hints = {f: _hints(f, codes, programme, terms, draw) for f, codes in true.items()}
    said = [
        terms[hint.code].label
        for facet, codes in true.items()
        for hint in sorted(hints[facet], key=lambda hint: hint.code)
        if hint.is_ticked and hint.code in codes
    ]
    return MadeGrant(
        reference=f"H-{i:06}",
        title=" ".join(filling[:4]).capitalize(),
        description=" ".join([*filling, *said]),
        programme=programme,
        place=place,
        amount=amount,
        has_drifted=has_drifted,
        true=true,
        hints=hints,
    )


def _true(
    facet: str, terms: dict[str, Term], draw: random.Random, has_drifted: bool
) -> frozenset[str]:
    if draw.random() < EMPTY:
        return frozenset()
    own = [term for term in terms.values() if term.facet == facet]
    n = 2 if draw.random() < TWO else 1
    drawn = draw.choices([term.code for term in own], weights(own, has_drifted=has_drifted), k=n)
    # A list never holds a category and one above it.
    return frozenset(c for c in drawn if not any(o != c and o.startswith(c) for o in drawn))


def _hints(
    facet: str, true: frozenset[str], programme: str, terms: dict[str, Term], draw: random.Random
) -> list[Hint]:
    own = [code for code, term in terms.items() if term.facet == facet]
    is_ticked = {c: True for c in sorted(true) if draw.random() < PROGRAMMES[programme][1]}
    missed = [code for code in sorted(true) if code not in is_ticked]
    is_ticked |= {code: False for code in missed if draw.random() < HALF_SEEN}
    for _ in range(WRONG):
        near = [c for code in sorted(true) for c in siblings(code, terms)]
        code = draw.choice(near if near and draw.random() < 0.6 else own)
        # Nor does the list hold what stands above or below another of its categories.
        if not any(code.startswith(o) or o.startswith(code) for o in {*is_ticked, *true}):
            is_ticked[code] = draw.random() < WRONG_TICKED
    hints = [
        Hint(code, round(draw.uniform(0.5, 0.98) if ticked else draw.uniform(0.03, 0.5), 4), ticked)
        for code, ticked in is_ticked.items()
    ]
    return sorted(hints, key=lambda hint: -hint.score)
