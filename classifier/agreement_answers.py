"""What two or more people said of the same grants, as the arrays that agreement is measured on."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from scipy import sparse

from annotation.models import (
    Annotation,
    Category,
    Decision,
    Facet,
    LabelCheck,
    Outcome,
    QueueItem,
)
from classifier.ml.agreement import Answers, Ints

POSITIVE = (Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED)
# Answers of their own, as different from one another as two categories at the top.
SAID_OF_ALL = (Outcome.Value.GENERAL_PUBLIC, Outcome.Value.NOT_ENOUGH_TEXT)


@dataclass(frozen=True)
class FacetAnswers:
    """One facet's answers, one row for each person who answered it of a grant.

    ``categories``: of the first columns of the sets; the last two stand for ``SAID_OF_ALL``.
    ``levels``: of all columns. ``annotators`` and ``is_blind``: of each answer.
    """

    facet: Facet
    categories: list[Category]
    levels: Ints
    answers: Answers
    annotators: Ints
    is_blind: np.ndarray

    def at_level(self, level: int) -> Answers:
        """What the sets hold on one level of the tree.

        Below the top, grants that nobody went so deep for are left out: that nobody did is no
        agreement about anything there.
        """
        sets = sparse.csr_array(self.answers.sets[:, np.flatnonzero(self.levels == level)])
        answers = Answers(sets, self.answers.grants)
        if level == 1:
            return answers
        is_reached = np.zeros(int(self.answers.grants.max(initial=0)) + 1, dtype=bool)
        is_reached[answers.grants[np.diff(sets.indptr) > 0]] = True
        return answers.of(is_reached[answers.grants])


@dataclass(frozen=True)
class Twice:
    """All grants that two or more people decided; their order is that of bootstrap weights."""

    grants: list[int]
    facets: list[FacetAnswers]


def decided_twice() -> Twice:
    """Read what people said by themselves and still say; a merged category counts as the other.

    Checks of labels in doubt are left out: such grants are chosen because they look wrong.
    """
    checked = LabelCheck.objects.standing().filter(
        grant=OuterRef("grant"), asked_at__lt=OuterRef("submitted_at")
    )
    current = Annotation.objects.current().filter(taxonomy_release__taxonomy__is_current=True)
    current = current.exclude(Exists(checked), stream=QueueItem.Stream.RECHECK)
    counts = current.order_by().values("grant").annotate(n=Count("pk")).filter(n__gte=2)
    annotations = current.filter(grant__in=counts.values("grant"))
    rows = list(annotations.order_by("pk").values_list("pk", "grant", "annotator", "is_blind"))
    grants = sorted({grant for _, grant, _, _ in rows})
    column = {grant: i for i, grant in enumerate(grants)}
    facts = {pk: (column[grant], annotator, blind) for pk, grant, annotator, blind in rows}
    of_facets = _categories()
    outcomes = _outcomes(annotations)
    chosen = _chosen(annotations)
    facets = [
        _facet_answers(facet, of_facets.get(facet.pk, []), outcomes.get(facet.pk), chosen, facts)
        for facet in Facet.objects.current()
    ]
    return Twice(grants, facets)


def _categories() -> dict[int, list[Category]]:
    """By facet; also retired ones, which older annotations name."""
    found: dict[int, list[Category]] = {}
    for category in Category.objects.current().order_by("position", "code"):
        found.setdefault(category.facet_id, []).append(category)
    return found


def _outcomes(annotations: QuerySet[Annotation]) -> dict[int, dict[int, str]]:
    """By facet and annotation; no row, no answer."""
    found: dict[int, dict[int, str]] = {}
    rows = Outcome.objects.filter(annotation__in=annotations).order_by("annotation")
    for facet, annotation, value in rows.values_list("facet", "annotation", "value"):
        found.setdefault(facet, {})[annotation] = value
    return found


def _chosen(annotations: QuerySet[Annotation]) -> dict[int, list[int]]:
    """The categories of an annotation that count, of all facets."""
    found: dict[int, list[int]] = {}
    rows = Decision.objects.filter(annotation__in=annotations, verdict__in=POSITIVE)
    counts = Coalesce(F("category__merged_into"), F("category"))
    for annotation, category in rows.values_list("annotation", counts):
        found.setdefault(annotation, []).append(category)
    return found


def _facet_answers(
    facet: Facet,
    categories: list[Category],
    outcomes: dict[int, str] | None,
    chosen: dict[int, list[int]],
    facts: dict[int, tuple[int, int, bool]],
) -> FacetAnswers:
    columns = {category.code: i for i, category in enumerate(categories)}
    lines = {c.pk: [columns[code] for code in _line(c) if code in columns] for c in categories}
    n = len(categories)
    sets = []
    outcomes = outcomes or {}
    for annotation, value in outcomes.items():
        said = {column for pk in chosen.get(annotation, ()) for column in lines.get(pk, ())}
        if value in SAID_OF_ALL:
            said.add(n + SAID_OF_ALL.index(Outcome.Value(value)))
        sets.append(sorted(said))
    levels = [category.level for category in categories] + [1] * len(SAID_OF_ALL)
    answered = [facts[annotation] for annotation in outcomes]
    return FacetAnswers(
        facet=facet,
        categories=categories,
        levels=np.array(levels, dtype=np.int64),
        answers=Answers(_rows(sets, n + len(SAID_OF_ALL)), _ints(a for a, _, _ in answered)),
        annotators=_ints(annotator for _, annotator, _ in answered),
        is_blind=np.array([blind for _, _, blind in answered], dtype=bool),
    )


def _line(category: Category) -> list[str]:
    return [*category.ancestor_codes, category.code]


def _rows(sets: list[list[int]], n_columns: int) -> sparse.csr_array:
    indices = np.array([column for row in sets for column in row], dtype=np.int64)
    starts = np.cumsum([0, *map(len, sets)])
    data = np.ones(len(indices), dtype=bool)
    return sparse.csr_array((data, indices, starts), shape=(len(sets), n_columns))


def _ints(values: Iterable[int]) -> Ints:
    return np.array(list(values), dtype=np.int64)
