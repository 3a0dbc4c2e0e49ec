"""Which categories stand for grants, as sets of rows: for counts, filters and lists.

Facet by facet an adjudication counts before the annotators, and they before what a file brought.
:mod:`annotation.reports.standing` has the same rule grant by grant, with sources and outcomes.
"""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import Annotation, Decision, FacetRuling, Label, Outcome
from annotation.models.grants import LabelQuerySet

POSITIVE = [Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED]


def decisions_that_stand(shown: Collection[int] | None = None) -> QuerySet[Decision]:
    """What annotators chose and still say, where no adjudication has decided the facet.

    Args:
        shown: keys of annotations that are known to be shown, to look at these alone.
    """
    return Decision.objects.filter(
        ~Exists(_rulings("annotation__grant")),
        verdict__in=POSITIVE,
        annotation__in=Annotation.objects.as_shown() if shown is None else shown,
        category__taxonomy__is_current=True,
    )


def labels_that_stand() -> LabelQuerySet:
    """Adjudicated labels, and what a file's owner gave in facets that nobody has decided."""
    answered = Outcome.objects.filter(
        annotation__grant=OuterRef("grant"),
        annotation__superseded_by=None,
        annotation__is_withdrawal=False,
        facet=OuterRef("category__facet"),
    )
    return (
        Label.objects.of_current_taxonomy()
        .of_staff()
        .filter(
            Q(source=Label.Source.ADJUDICATED) | (~Exists(_rulings("grant")) & ~Exists(answered))
        )
    )


def _rulings(grant: str) -> QuerySet[FacetRuling]:
    return FacetRuling.objects.filter(
        adjudication__grant=OuterRef(grant),
        adjudication__superseded_by=None,
        facet=OuterRef("category__facet"),
    )
