"""The figures of the question "agreement": how alike people decide, and how much each has done."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.reports.workload import adjudications, waiting_by_person, workloads
from classifier.agreement_answers import FacetAnswers, Twice, decided_twice
from classifier.ml.agreement import (
    Disagreement,
    category_disagreement,
    interval,
    set_disagreement,
    summed,
)
from classifier.ml.figures import Figure, bootstrap_weights, difference_of_two, wilson
from classifier.workload_figures import of_workloads

LEAST = 10  # grants; of fewer no figure is stored, only how many there are
MOST_BOOT, LEAST_BOOT = 400, 100
NUMBERS = 20_000_000  # of all weights together
SEED = 7

Weights = NDArray[np.floating]
Json = dict[str, Any]
Tell = Callable[[float, str], None]


def agreement_report(tell: Tell) -> Json:
    """All that the pages on agreement and people show, fit for JSON. People and categories by key.

    A figure is ``{"n": grants, "value", "low", "high"}``; without a value there are too few of
    them, or nothing varies.
    """
    tell(0.0, "Reading what two people decided")
    twice = decided_twice()
    n_boot = int(np.clip(NUMBERS // max(len(twice.grants), 1), LEAST_BOOT, MOST_BOOT))
    weights = bootstrap_weights(len(twice.grants), n_boot, SEED).astype(np.float64)
    tell(0.2, "Agreement by facet and level")
    parts = [_sets(facet, weights) for facet in twice.facets]
    body: Json = {
        "n_grants": len(twice.grants),
        "least": LEAST,
        "overall": _told(summed(parts, len(weights)), _n_grants(twice)),
        "facets": [_facet(f, part, weights) for f, part in zip(twice.facets, parts, strict=True)],
    }
    tell(0.4, "Agreement by category")
    body["categories"] = [row for facet in twice.facets for row in _categories(facet, weights)]
    tell(0.6, "Agreement of people")
    body |= _blind_against_assisted(twice, weights)
    body["persons"] = _persons(twice, weights)
    body["pairs"] = list(_pairs(twice, weights))
    tell(0.8, "What each person has done")
    body["work"] = of_workloads(workloads(), adjudications(), waiting_by_person(), LEAST)
    return body


def _sets(facet: FacetAnswers, weights: Weights) -> Disagreement:
    return set_disagreement(facet.answers, weights)


def _facet(facet: FacetAnswers, whole: Disagreement, weights: Weights) -> Json:
    levels = sorted({category.level for category in facet.categories})
    found = [(level, set_disagreement(facet.at_level(level), weights)) for level in levels]
    return {
        "facet": facet.facet.pk,
        **_told(whole, whole.n),
        "levels": [{"level": level, **_told(part, part.n)} for level, part in found if part.n],
    }


def _categories(facet: FacetAnswers, weights: Weights) -> Iterator[Json]:
    """Those that anybody said; ``n`` counts the grants of which somebody said it."""
    found, n_said = category_disagreement(facet.answers, weights)
    alphas = found.alphas()
    for i, category in enumerate(facet.categories):
        if n_said[i]:
            n = int(n_said[i])
            yield {"category": category.pk, "n": n, **_figure(alphas[:, i], n)}


def _persons(twice: Twice, weights: Weights) -> dict[str, Json]:
    """Each with whoever decided the same grants."""
    found = {}
    for person in _people(twice):
        of_person = [_with(facet, [person], weights) for facet in twice.facets]
        n = len(_grants_of(twice, [person]))
        found[str(person)] = _told(summed(of_person, len(weights)), n)
    return found


def _pairs(twice: Twice, weights: Weights) -> Iterator[Json]:
    for two in combinations(_people(twice), 2):
        n = len(_grants_of(twice, two))
        if n:
            parts = [_with(facet, two, weights) for facet in twice.facets] if n >= LEAST else []
            yield {"people": list(two), **_told(summed(parts, len(weights)), n)}


def _with(facet: FacetAnswers, people: Iterable[int], weights: Weights) -> Disagreement:
    """Of the grants that all of these people answered: of two their own answers, of one all."""
    people = list(people)
    grants = set.intersection(
        *({*facet.answers.grants[facet.annotators == person].tolist()} for person in people)
    )
    rows = np.isin(facet.answers.grants, list(grants))
    if len(people) > 1:
        rows &= np.isin(facet.annotators, people)
    return set_disagreement(facet.answers.of(rows), weights)


def _blind_against_assisted(twice: Twice, weights: Weights) -> Json:
    """Grants that all decided without suggestions, against those that all decided with them."""
    found, replicates = {}, {}
    for name, blind in (("blind", True), ("assisted", False)):
        parts, grants = [], set()
        for facet in twice.facets:
            others = np.unique(facet.answers.grants[facet.is_blind != blind])
            of = facet.answers.of(~np.isin(facet.answers.grants, others)).pairable()
            parts.append(set_disagreement(of, weights))
            grants |= {*of.grants.tolist()}
        total = summed(parts, len(weights))
        found[name] = _told(total, len(grants))
        replicates[name] = total.alphas()
    return {**found, "more_assisted": _more_assisted(found, replicates)}


def _more_assisted(found: Json, replicates: Mapping[str, NDArray[np.float64]]) -> Json:
    """The difference; drawing grants again is told where both vary in the draws."""
    n = min(found["blind"]["n"], found["assisted"]["n"])
    both = [found[name] for name in ("assisted", "blind")]
    if n < LEAST or not all("value" in told for told in both):
        return {"n": n}
    if any(told["value"] == 1 for told in both):
        # All agree there: what doubt is left stands in the figure's own interval.
        one, other = (Figure(told["value"], told["low"], told["high"]) for told in both)
        return {"n": n, **_json(difference_of_two(one, other))}
    return {"n": n, **_figure(replicates["assisted"] - replicates["blind"], n)}


def _people(twice: Twice) -> list[int]:
    return sorted({p for facet in twice.facets for p in facet.annotators.tolist()})


def _grants_of(twice: Twice, people: Iterable[int]) -> set[int]:
    """Grants of which these people, and of one person somebody else, answered the same facet."""
    found: set[int] = set()
    people = list(people)
    for facet in twice.facets:
        answers = facet.answers.pairable() if len(facet.answers) else facet.answers
        shared = {*answers.grants.tolist()}
        for person in people:
            shared &= {*facet.answers.grants[facet.annotators == person].tolist()}
        found |= shared
    return found


def _n_grants(twice: Twice) -> int:
    pairable = (f.answers.pairable().grants.tolist() for f in twice.facets if len(f.answers))
    return len({grant for grants in pairable for grant in grants})


def _told(part: Disagreement, n: int) -> Json:
    return {"n": n, **_figure(part.alphas(), n)}


def _figure(replicates: NDArray[np.float64], n: int) -> dict[str, float]:
    found: Figure | None = interval(replicates) if n >= LEAST else None
    if found and found.value == found.low == 1:
        # Where all agree, grants drawn again show no doubt; Wilson's interval does.
        found = Figure(1.0, wilson(n, n).low, 1.0)
    return {} if found is None else _json(found)


def _json(found: Figure) -> dict[str, float]:
    return {name: round(end, 4) for name, end in found.as_json().items()}
