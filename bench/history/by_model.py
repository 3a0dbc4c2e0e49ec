"""A model's answers on made-up grants, scored the slow way: what the pages are held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from annotation.models import Grant
from classifier import registry
from classifier.dataset import corpus_of

FIRST = 10
Stands = Mapping[str, Sequence[str]]  # facet -> codes; a facet that nobody answered is left out


@dataclass(frozen=True)
class Says:
    """Of one grant: how likely each category is, by code, and which are ticked."""

    likely: dict[str, float]
    ticked: frozenset[str]
    facet_of: dict[str, str]


@dataclass(frozen=True)
class Score:
    """Of all grants together, 0 to 1. ``recall_at_10``: mean over the grants with any category."""

    precision: float
    recall: float
    micro_f1: float
    recall_at_10: float
    precision_at_1: float


def says(truth: Mapping[str, Any]) -> dict[str, Says]:
    """What the active version says of every decided grant now, by reference."""
    serving = registry.load_active()
    assert serving, "A history comes with a version."
    model = serving[1]
    grants = list(Grant.objects.filter(reference__in=truth["true"]).order_by("pk"))
    proba = model.predict_proba(corpus_of(grants))
    decided = model.decide(proba)
    codes = [category.code for category in model.categories]
    facets = {category.code: category.facet for category in model.categories}
    return {
        grant.reference: Says(
            dict(zip(codes, map(float, proba[row]), strict=True)),
            frozenset(code for code, yes in zip(codes, decided[row], strict=True) if yes),
            facets,
        )
        for row, grant in enumerate(grants)
    }


def scored(
    said: Mapping[str, Says], stands: Sequence[tuple[str, Stands]], facet: str | None = None
) -> Score:
    """What was said held against what stands, in the facets that somebody answered.

    Args:
        stands: grants by reference, some of them several times over.
        facet: this one alone.
    """
    hits = n_right = n_ticked = 0
    in_ten: list[float] = []
    at_one: list[bool] = []
    ties = np.random.default_rng(0)
    for reference, by_facet in stands:
        own = said[reference]
        asked = {code for code, of in own.facet_of.items() if of in by_facet}
        if facet:
            asked = {code for code in asked if own.facet_of[code] == facet}
        right = {code for codes in by_facet.values() for code in codes} & asked
        ticked = own.ticked & asked
        hits, n_right = hits + len(right & ticked), n_right + len(right)
        n_ticked += len(ticked)
        if right:
            listed = sorted(code for code in asked if own.likely[code] > 0)
            lots = dict(zip(listed, ties.random(len(listed)), strict=True))
            first = sorted(listed, key=lambda c: (-own.likely[c], lots[c]))[:FIRST]
            in_ten.append(len(right.intersection(first)) / len(right))
            at_one.append(first[:1] != [] and first[0] in right)
    return Score(
        precision=hits / max(n_ticked, 1),
        recall=hits / max(n_right, 1),
        micro_f1=2 * hits / max(n_right + n_ticked, 1),
        recall_at_10=float(np.mean(in_ten)),
        precision_at_1=float(np.mean(at_one)),
    )
