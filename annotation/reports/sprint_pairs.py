"""What sprints have said of grants and categories, as far as it stands."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef

from annotation.models import Category, Outcome, SprintDecision
from annotation.reports.merged import counted, counts_for

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


def sprint_pairs(
    category: Category | None = None, grants: Collection[int] | None = None
) -> dict[Pair, bool]:
    """(grant, category) -> whether it fits, as ``sprint_answers``.

    Where two categories became one a yes to either is a yes: a no was said of the other alone.
    """
    found: dict[Pair, bool] = {}
    for said in sprint_answers(category, grants):
        pair = said.grant, said.category
        found[pair] = found.get(pair, False) or said.fits
    return found


def sprint_examples(
    category: Category | None = None, grants: Collection[int] | None = None
) -> set[Pair]:
    """(grant, category) of each pair that fits."""
    return {pair for pair, fits in sprint_pairs(category, grants).items() if fits}


def sprint_answers(
    category: Category | None = None, grants: Collection[int] | None = None
) -> Iterator[SprintAnswer]:
    """The newest yes or no that stands of each grant and category that was asked for.

    Whoever annotates the whole facet has seen more than a sprint shows, so that counts instead.

    Args:
        category: only what counts for this one; of a merged one what names it. Without it, all of
            the taxonomy in use.
        grants: keys; only of these.
    """
    asked = "sprint_grant__sprint__category"
    answered = Outcome.objects.filter(
        annotation__grant=OuterRef("sprint_grant__grant"),
        annotation__superseded_by=None,
        annotation__is_withdrawal=False,
        facet=OuterRef("facet"),
    )
    found = (
        SprintDecision.objects.current()
        .exclude(verdict=SprintDecision.Verdict.UNSURE)
        .annotate(facet=F(f"{asked}__facet"), now=counted(asked))
        .filter(~Exists(answered), **{f"{asked}__taxonomy__is_current": True})
    )
    if category:
        found = found.filter(counts_for(category, asked))
    if grants is not None:
        found = found.filter(sprint_grant__grant__in=grants)
    rows = found.order_by("pk").values_list(
        "pk", "sprint_grant__grant_id", f"{asked}_id", "now", "verdict"
    )
    # What is overturned is overturned before a merging is thought of: by the words that were said.
    newest = {(grant, own): (pk, now, verdict) for pk, grant, own, now, verdict in rows.iterator()}
    for (grant, own), (pk, now, verdict) in newest.items():
        fits = verdict == SprintDecision.Verdict.YES
        counts = now if fits and not (category and own == category.pk) else own
        if category is None or counts == category.pk:
            yield SprintAnswer(pk, grant, counts, fits)
