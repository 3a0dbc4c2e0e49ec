"""The categories of a made-up site: two facets, one with three levels and one with two."""

import random
from dataclasses import dataclass

from bench.made_up import SYLLABLES

FACETS = {"S": "Subject", "P": "Population"}
# Each level's number of categories below one of the level above.
SHAPES = {"S": (4, 3, 2), "P": (3, 3)}
# Everybody takes the first for the second nearly half of the time.
DISPUTED = ("S121", "S122")
HEAVY = frozenset({"S121", "S122"})  # often enough that the dispute can be measured


@dataclass(frozen=True)
class Term:
    """One category; its code begins with the codes of all above it: S1, S12, S121."""

    code: str
    label: str
    weight: float  # how often it is true, in proportion to the others; 0: only from below

    @property
    def facet(self) -> str:
        return FACETS[self.code[0]]

    @property
    def broader(self) -> str:
        return self.code[:-1] if len(self.code) > 2 else ""


def closure(codes: frozenset[str]) -> frozenset[str]:
    """The codes and those of all above them."""
    return frozenset(code[:end] for code in codes for end in range(2, len(code) + 1))


def siblings(code: str, terms: dict[str, Term]) -> list[str]:
    """The others below the same one; at the top, of the same facet."""
    return [
        other
        for other in terms
        if other != code and len(other) == len(code) and other[:-1] == code[:-1]
    ]


def make_terms(draw: random.Random) -> dict[str, Term]:
    """Code -> category, from the top. Those in the middle are rarely true by themselves."""
    found: dict[str, Term] = {}
    for letter, shape in SHAPES.items():
        level = [letter]
        for depth, n in enumerate(shape, start=1):
            level = [f"{above}{i}" for above in level for i in range(1, n + 1)]
            is_lowest = depth == len(shape)
            for rank, code in enumerate(level, start=1):
                weight = 1 / rank**0.8 if is_lowest else 0.02 * (depth > 1)
                label = "".join(draw.choices(SYLLABLES, k=3)).capitalize()
                found[code] = Term(code, f"{label} {code}", 1.0 if code in HEAVY else weight)
    return found
