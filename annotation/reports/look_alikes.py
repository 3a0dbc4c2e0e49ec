"""Grants with the same or nearly the same text, and how they were labelled."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Case, Exists, FloatField, OuterRef, Prefetch, Q, Value, When

from annotation.models import (
    Adjudication,
    Annotation,
    Decision,
    FacetRuling,
    Grant,
    Label,
    Outcome,
    QueueItem,
    TextPair,
)
from annotation.models.decisions import AnnotationQuerySet
from annotation.reports.given_labels import (
    GivenLabel,
    GivenOutcome,
    of_annotation,
    of_labels,
    outcomes_of,
    ruled_empty,
)

MOST = 5


@dataclass(frozen=True)
class LookAlike:
    """Another grant, and what people and files said of it.

    ``similarity``: 1.0 for the same words, else the cosine of the two sets of words.
    ``is_hidden``: somebody still has to decide one of the two blind, so nothing is told.
    """

    grant: Grant
    similarity: float
    labels: list[GivenLabel] = field(default_factory=list)
    outcomes: list[GivenOutcome] = field(default_factory=list)
    is_hidden: bool = False


def look_alikes(grant: Grant) -> list[LookAlike]:
    """The five nearest at most, labelled ones first; nine queries at most."""
    if not grant.text_key:
        return []
    near = dict(
        TextPair.objects.filter(text_key=grant.text_key).values_list("other_key", "similarity")
    )
    others = _nearest(grant, near | {grant.text_key: 1.0})
    hidden = _blind([grant.pk, *(other.pk for other in others)])
    if grant.pk in hidden:
        hidden = {other.pk for other in others}
    shown = [other.pk for other in others if other.pk not in hidden]
    labels, outcomes = _said_of(shown) if shown else ({}, {})
    return [
        LookAlike(
            grant=other,
            similarity=near.get(other.text_key, 1.0),
            labels=labels.get(other.pk, []),
            outcomes=outcomes.get(other.pk, []),
            is_hidden=other.pk in hidden,
        )
        for other in others
    ]


def _nearest(grant: Grant, similarity: dict[str, float]) -> list[Grant]:
    answers = _shown().filter(grant=OuterRef("pk"))
    labels = Label.objects.of_current_taxonomy().of_staff().filter(grant=OuterRef("pk"))
    score = Case(
        *(When(text_key=key, then=Value(value)) for key, value in similarity.items()),
        output_field=FloatField(),
    )
    found = (
        Grant.objects.filter(text_key__in=similarity)
        .exclude(pk=grant.pk)
        .annotate(is_labelled=Q(Exists(answers)) | Q(Exists(labels)), score=score)
        .order_by("-is_labelled", "-score", "pk")
    )
    return list(found[:MOST])


def _blind(grants: Collection[int]) -> set[int]:
    waiting = QueueItem.objects.secret().filter(grant__in=grants)
    return set(waiting.values_list("grant_id", flat=True))


def _shown() -> AnnotationQuerySet:
    return Annotation.objects.as_shown().filter(taxonomy_release__taxonomy__is_current=True)


def _said_of(
    grants: Collection[int],
) -> tuple[dict[int, list[GivenLabel]], dict[int, list[GivenOutcome]]]:
    labels: dict[int, list[GivenLabel]] = defaultdict(list)
    outcomes: dict[int, list[GivenOutcome]] = defaultdict(list)
    answers = (
        _shown()
        .filter(grant__in=grants)
        .select_related("annotator")
        .prefetch_related(
            Prefetch("decisions", Decision.objects.select_related("category__facet")),
            Prefetch("outcomes", Outcome.objects.select_related("facet")),
        )
    )
    for answer in answers.order_by("-pk"):
        labels[answer.grant_id] += of_annotation(answer)
        outcomes[answer.grant_id] += outcomes_of(answer)
    rulings = Prefetch("facet_rulings", FacetRuling.objects.select_related("facet"))
    holds = Adjudication.objects.current().filter(grant__in=grants).select_related("adjudicator")
    adjudications = {a.grant_id: a for a in holds.prefetch_related(rulings)}
    for grant, adjudication in adjudications.items():
        outcomes[grant] += ruled_empty(adjudication)
    came = Label.objects.of_current_taxonomy().filter(grant__in=grants)
    for label in came.select_related("category__facet").order_by("category__position"):
        labels[label.grant_id] += of_labels([label], adjudications)
    return labels, outcomes
