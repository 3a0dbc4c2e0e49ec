"""What sprints have said of grants and categories, as far as it stands."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef

from annotation.models import Category, Outcome, SprintDecision

Pair = tuple[int, int]


@dataclass(frozen=True)
class SprintAnswer:
    """One yes or no that stands, with the keys of its decision, grant and category."""

    decision: int
    grant: int
    category: int
    fits: bool


def sprint_pairs(
    category: Category | None = None, grants: Collection[int] | None = None
) -> dict[Pair, bool]:
    """(grant, category) -> whether it fits, by the newest yes or no that stands."""
    return {(said.grant, said.category): said.fits for said in sprint_answers(category, grants)}


def sprint_answers(
    category: Category | None = None, grants: Collection[int] | None = None
) -> Iterator[SprintAnswer]:
    """Every yes or no that stands, oldest first.

    Whoever annotates the whole facet has seen more than a sprint shows, so that counts instead.

    Args:
        category: only this one; without it, all of the taxonomy in use.
        grants: keys; only of these.
    """
    answered = Outcome.objects.filter(
        annotation__grant=OuterRef("sprint_grant__grant"),
        annotation__superseded_by=None,
        annotation__is_withdrawal=False,
        facet=OuterRef("facet"),
    )
    found = (
        SprintDecision.objects.current()
        .exclude(verdict=SprintDecision.Verdict.UNSURE)
        .annotate(facet=F("sprint_grant__sprint__category__facet"))
        .filter(~Exists(answered), sprint_grant__sprint__category__taxonomy__is_current=True)
    )
    if category:
        found = found.filter(sprint_grant__sprint__category=category)
    if grants is not None:
        found = found.filter(sprint_grant__grant__in=grants)
    rows = found.order_by("pk").values_list(
        "pk", "sprint_grant__grant_id", "sprint_grant__sprint__category_id", "verdict"
    )
    for pk, grant, of_category, verdict in rows.iterator():
        yield SprintAnswer(pk, grant, of_category, verdict == SprintDecision.Verdict.YES)
