"""Deciding where annotators differ; what they said stays as it is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db import transaction

from annotation.errors import AdjudicationRefused, NotAllowed
from annotation.models import (
    Adjudication,
    Annotation,
    Category,
    Decision,
    Facet,
    FacetRuling,
    Grant,
    Label,
    Outcome,
    Ruling,
    User,
)
from annotation.services.audit import record
from annotation.services.retrying import tried_again
from annotation.services.rollups import recount

POSITIVE = [Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED]
Value = Outcome.Value
EMPTY = (Value.NONE_FITS, Value.GENERAL_PUBLIC, Value.NOT_ENOUGH_TEXT)


@dataclass(frozen=True)
class Judgement:
    """What is decided: codes in and out, or that the annotations may all stand.

    ``outcomes``: by code of facet, for facets in which nothing is in.
    """

    taken: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    outcomes: Mapping[str, str] = field(default_factory=dict)
    both_may_stand: bool = False
    note: str = ""


@tried_again
@transaction.atomic
def adjudicate(
    by: User, grant: Grant, judgement: Judgement, *, seen: Collection[int]
) -> Adjudication:
    """Decide a grant over its annotations. Each category that somebody chose is in or out.

    The categories that are in become the grant's adjudicated labels and stand before everybody's.
    A facet with nothing in has the outcome that is decided, else the one that all annotators gave
    who chose nothing there, and "none fits" where nobody did. An earlier adjudication is
    superseded, not changed.

    Args:
        seen: keys of the annotations that were on the screen.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        AdjudicationRefused: there are not two annotations, they have changed, or a category or
            an outcome is left undecided; nothing is stored.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators may adjudicate.")
    # One adjudicator at a time: what is read below must be what is superseded.
    Grant.objects.select_for_update(no_key=True).get(pk=grant.pk)
    annotations = list(
        Annotation.objects.current()
        .filter(grant=grant, taxonomy_release__taxonomy__is_current=True)
        .prefetch_related("outcomes__facet", "decisions__category")
    )
    _check_seen(grant, annotations, seen)
    chosen = _chosen(annotations)
    categories = {} if judgement.both_may_stand else _decided(judgement, chosen)
    release = annotations[-1].taxonomy_release
    adjudication = Adjudication.objects.create(
        grant=grant,
        adjudicator=by,
        taxonomy_release=release.taxonomy.release or release,
        supersedes=Adjudication.objects.current().filter(grant=grant).first(),
        both_may_stand=judgement.both_may_stand,
        note=judgement.note,
    )
    adjudication.annotations.set(annotations)
    taken = [c for c in categories.values() if c.code in judgement.taken]
    Ruling.objects.bulk_create(
        Ruling(adjudication=adjudication, category=category, is_in=category in taken)
        for category in categories.values()
    )
    if not judgement.both_may_stand:
        found = _facet_rulings(adjudication, annotations, taken, judgement.outcomes)
        FacetRuling.objects.bulk_create(found)
    old = Label.objects.of_current_taxonomy().filter(grant=grant, source=Label.Source.ADJUDICATED)
    old.delete()
    Label.objects.bulk_create(
        Label(grant=grant, category=category, source=Label.Source.ADJUDICATED) for category in taken
    )
    record(by, "grant adjudicated", grant, adjudication=adjudication.pk)
    ruled = dict.fromkeys((c.pk for c in categories.values()), adjudication.adjudicated_at)
    recount([grant.pk], reviewed=ruled)
    return adjudication


def _check_seen(grant: Grant, annotations: list[Annotation], seen: Collection[int]) -> None:
    if len(annotations) < 2:
        raise AdjudicationRefused(
            f"{grant} has {len(annotations)} standing annotations, so nobody differs. Go on to "
            "the next grant."
        )
    if {a.pk for a in annotations} != set(seen):
        raise AdjudicationRefused(
            f"The annotations of {grant} have changed since you opened it. Look at them again; "
            "nothing has been saved."
        )


def _chosen(annotations: list[Annotation]) -> dict[str, Category]:
    return {
        decision.category.code: decision.category
        for annotation in annotations
        for decision in annotation.decisions.all()
        if decision.verdict in POSITIVE
    }


def _decided(judgement: Judgement, chosen: dict[str, Category]) -> dict[str, Category]:
    """Every category that is decided, by code."""
    if twice := sorted(judgement.taken & judgement.refused):
        raise AdjudicationRefused(f"{twice[0]} is both in and out. Decide for one.")
    decided = judgement.taken | judgement.refused
    if missing := sorted(chosen.keys() - decided):
        raise AdjudicationRefused(
            f"{chosen[missing[0]]} is not decided yet. Say whether it is in or out."
        )
    others = Category.objects.active().filter(code__in=decided - chosen.keys())
    found = chosen | {category.code: category for category in others}
    if unknown := sorted(decided - found.keys()):
        raise AdjudicationRefused(f"There is no category {unknown[0]!r} to choose.")
    if retired := [c for c in found.values() if c.retired_at and c.code in judgement.taken]:
        raise AdjudicationRefused(
            f"{retired[0]} is retired, so it cannot be in. Say that it is out."
        )
    return found


def _facet_rulings(
    adjudication: Adjudication,
    annotations: list[Annotation],
    taken: list[Category],
    decided: Mapping[str, str],
) -> list[FacetRuling]:
    facets = {category.facet for category in taken}
    said: dict[Facet, set[str]] = {facet: set() for facet in facets}
    for annotation in annotations:
        for outcome in annotation.outcomes.all():
            said.setdefault(outcome.facet, set()).add(outcome.value)
    return [
        FacetRuling(
            adjudication=adjudication,
            facet=facet,
            value=Value.LABELLED if facet in facets else _outcome(facet, values, decided),
        )
        for facet, values in said.items()
    ]


def _outcome(facet: Facet, said: set[str], decided: Mapping[str, str]) -> str:
    """What a facet holds in which nothing is in."""
    value = decided.get(facet.code)
    if value in EMPTY:
        return value
    if value:
        raise AdjudicationRefused(f"{value!r} is no outcome of a facet that holds nothing.")
    empty = said & set(EMPTY)
    if len(empty) > 1:
        raise AdjudicationRefused(
            f"Nothing is in for {facet}, and the annotators give different reasons. Say which."
        )
    return next(iter(empty), Value.NONE_FITS)
