"""How many grants there are with an answer to learn from, without reading the answers."""

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Model, Q, QuerySet

from annotation.models import (
    Annotation,
    Decision,
    FacetRuling,
    Grant,
    GrantRollup,
    Label,
    Outcome,
    SprintDecision,
    Taxonomy,
)
from annotation.reports.grant_choices import lists_of_flags
from annotation.reports.known_answers import ANSWERED, POSITIVE, SOURCES

SAID = (*POSITIVE, Decision.Verdict.REJECTED)


def n_with_answers(most: int, stream: str = Grant.Stream.POOL) -> int:
    """Grants of a stream that anybody answered, at most so many; of the pool those that may teach.

    The rows that the learning takes, but for what one answer takes back of another (a text that
    somebody found too short, say): a few too many, never too few. The audit stream measures on
    short texts, too. Each source is read off an index of grants and no further than ``most``, and
    decisions, of which there are most by far, only where all others are too few. Three queries at
    most for the pool, two for the audit stream.
    """
    # SQLite refuses a limit on a part of a union, but not within what it chooses from.
    *few, many = (
        Grant.objects.order_by().filter(pk__in=keys[:most]).values_list("pk", flat=True)
        for keys in _answered(stream)
    )
    found = set(few[0].union(*few[1:]))
    if len(found) < most:
        found.update(many)
    return min(most, len(found))


def n_labelled() -> int:
    """All grants that a category stands for, of pool and audit stream, as the rollups have them.

    Not all that were answered: a grant that no category fits teaches too, and is not among them.
    One query.
    """
    return GrantRollup.objects.filter(is_labelled=True).count()


def _answered(stream: str) -> Iterator[QuerySet[Model, int]]:
    """Keys of grants, by whoever answered them; decisions come last."""
    offered = Q(category__retired_at=None) | Q(
        category__merged_into__isnull=False, category__merged_into__retired_at=None
    )
    here = Q(category__taxonomy__is_current=True) & offered
    untaught = set(settings.CLASSIE_UNTAUGHT_FLAGS)
    unfit = []
    if stream == Grant.Stream.POOL:
        unfit = [flags for flags in lists_of_flags() if not untaught.isdisjoint(flags)]
    said = {"annotation__in": Annotation.objects.current()}
    sprinted = SprintDecision.objects.current().filter(
        sprint_grant__sprint__category__taxonomy__is_current=True
    )
    ruled = FacetRuling.objects.filter(
        adjudication__superseded_by=None, facet__taxonomy__is_current=True, value__in=ANSWERED
    )
    for rows, grant in (
        (Label.objects.filter(here, source__in=SOURCES), "grant"),
        (
            Outcome.objects.filter(facet__taxonomy__is_current=True, value__in=ANSWERED, **said),
            "annotation__grant",
        ),
        (sprinted.exclude(verdict=SprintDecision.Verdict.UNSURE), "sprint_grant__grant"),
        (ruled, "adjudication__grant"),
        (Decision.objects.filter(here, verdict__in=SAID, **said), "annotation__grant"),
    ):
        fit = rows.filter(**{f"{grant}__stream": stream})
        fit = fit.exclude(**{f"{grant}__title": "", f"{grant}__description": ""})
        if unfit:
            fit = fit.exclude(**{f"{grant}__quality_flags__in": unfit})
        key = f"{grant}_id"
        yield fit.order_by(key).values_list(key, flat=True).distinct()


def first_deed() -> str:
    """What is to be done where labels are too few: "taxonomy", "grants", "labels". Two queries."""
    if Taxonomy.objects.current() is None:
        return "taxonomy"
    return "labels" if Grant.objects.exists() else "grants"
