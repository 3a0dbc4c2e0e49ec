"""What sprints have said of grants and categories, as far as it stands."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from annotation.models import Category, Outcome, SprintDecision
from annotation.reports.merged import counted, counts_for
from annotation.reports.of_keys import OfKeys

ASKED = "sprint_grant__sprint__category"
COLUMNS = ("pk", "sprint_grant__grant_id", f"{ASKED}_id", "now", "verdict")
Pair = tuple[int, int]


@dataclass(frozen=True)
class SprintAnswer:
    """One yes or no that stands, with the keys of its decision, its grant and what it counts for.

    A yes follows a merged category; a no was said of the old one alone.
    """

    decision: int
    grant: int
    category: int
    fits: bool


def sprint_pairs(category: Category | None = None) -> dict[Pair, bool]:
    """(grant, category) -> whether it fits, as ``sprint_answers``.

    Where two categories became one a yes to either is a yes: a no was said of the other alone.
    """
    found: dict[Pair, bool] = {}
    for said in sprint_answers(category):
        pair = said.grant, said.category
        found[pair] = found.get(pair, False) or said.fits
    return found


def sprint_examples(category: Category | None = None) -> set[Pair]:
    """(grant, category) of each pair that fits."""
    return {pair for pair, fits in sprint_pairs(category).items() if fits}


def sprint_examples_of(grants: Collection[int]) -> dict[Pair, list[Any]]:
    """The same of some grants, by their keys; of each every instant at which it was said.

    Whoever said yes after the last no stands behind it, as in ``yes_that_stand``. Instants are as
    the database gives them.
    """
    said: dict[Pair, tuple[Pair, list[Any]]] = {}
    for _, grant, own, now, verdict, at in OF_GRANTS.rows(grants):
        if verdict == SprintDecision.Verdict.YES:
            said.setdefault((grant, own), ((grant, now), []))[1].append(at)
        else:
            said.pop((grant, own), None)
    found: dict[Pair, list[Any]] = {}
    for pair, times in said.values():
        found.setdefault(pair, []).extend(times)
    return found


def sprint_answers(
    category: Category | None = None, within: tuple[int, int] | None = None
) -> Iterator[SprintAnswer]:
    """The newest yes or no that stands of each grant and category that was asked for.

    Whoever annotates the whole facet has seen more than a sprint shows, so that counts instead.

    Args:
        category: only what counts for this one; of a merged one what names it. Without it, all of
            the taxonomy in use.
        within: of the grants between these keys alone, themselves among them.
    """
    found = _standing()
    if within:
        first, last = within
        found = found.filter(sprint_grant__grant__gte=first, sprint_grant__grant__lte=last)
    if category:
        found = found.filter(counts_for(category, ASKED))
    for said in _newest(found.values_list(*COLUMNS).iterator(), category):
        if category is None or said.category == category.pk:
            yield said


def yes_that_stand() -> QuerySet[SprintDecision]:
    """The decisions of ``sprint_answers`` that fit, as rows: for filters and days."""
    overturned = SprintDecision.objects.current().filter(
        verdict=SprintDecision.Verdict.NO,
        sprint_grant__grant=OuterRef("sprint_grant__grant"),
        sprint_grant__sprint__category=OuterRef(ASKED),
        pk__gt=OuterRef("pk"),
    )
    return _standing().filter(~Exists(overturned), verdict=SprintDecision.Verdict.YES)


def _standing() -> QuerySet[SprintDecision]:
    answered = Outcome.objects.filter(
        annotation__grant=OuterRef("sprint_grant__grant"),
        annotation__superseded_by=None,
        annotation__is_withdrawal=False,
        facet=OuterRef("facet"),
    )
    return (
        SprintDecision.objects.current()
        .exclude(verdict=SprintDecision.Verdict.UNSURE)
        .annotate(facet=F(f"{ASKED}__facet"), now=counted(ASKED))
        .filter(~Exists(answered), **{f"{ASKED}__taxonomy__is_current": True})
        .order_by("pk")
    )


def _newest(
    rows: Iterable[tuple[Any, ...]], category: Category | None = None
) -> Iterator[SprintAnswer]:
    # What is overturned is overturned before a merging is thought of: by the words that were said.
    newest = {(grant, own): (pk, now, verdict) for pk, grant, own, now, verdict in rows}
    for (grant, own), (pk, now, verdict) in newest.items():
        fits = verdict == SprintDecision.Verdict.YES
        counts = now if fits and not (category and own == category.pk) else own
        yield SprintAnswer(pk, grant, counts, fits)


def _of_grants(grants: RawSQL) -> QuerySet[Any, Any]:
    some = _standing().filter(sprint_grant__grant__in=grants)
    return some.values_list(*COLUMNS, "decided_at")


OF_GRANTS = OfKeys(_of_grants)
