"""What sprints have said of grants and categories, as far as it stands."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q

from annotation.models import Category, Outcome, SprintDecision
from annotation.reports.merged import counted, counts_for

ASKED_FOR = "sprint_grant__sprint__category"
EVERY = Q()
Pair = tuple[int, int]


@dataclass(frozen=True)
class SprintAnswer:
    """One yes or no that stands, with the keys of its decision, grant and category."""

    decision: int
    grant: int
    category: int
    fits: bool
    counted: int  # the category for which a yes counts, once that one has been merged


def sprint_pairs(
    category: Category | None = None, grants: Collection[int] | None = None
) -> dict[Pair, bool]:
    """(grant, category) -> whether it fits, by the newest yes or no that stands."""
    of = Q(**{ASKED_FOR: category}) if category else EVERY
    return {(said.grant, said.category): said.fits for said in sprint_answers(of, grants)}


def sprint_examples(
    category: Category | None = None, grants: Collection[int] | None = None
) -> set[Pair]:
    """(grant, category that counts) of each yes that stands: a no is of its own category alone."""
    of = counts_for(category, ASKED_FOR) if category else EVERY
    newest = {(said.grant, said.category): said for said in sprint_answers(of, grants)}
    return {(said.grant, said.counted) for said in newest.values() if said.fits}


def sprint_answers(of: Q = EVERY, grants: Collection[int] | None = None) -> Iterator[SprintAnswer]:
    """Every yes or no that stands, oldest first.

    Whoever annotates the whole facet has seen more than a sprint shows, so that counts instead.

    Args:
        of: about which categories of the taxonomy in use.
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
        .annotate(facet=F(f"{ASKED_FOR}__facet"), counted=counted(ASKED_FOR))
        .filter(of, ~Exists(answered), **{f"{ASKED_FOR}__taxonomy__is_current": True})
    )
    if grants is not None:
        found = found.filter(sprint_grant__grant__in=grants)
    rows = found.order_by("pk").values_list(
        "pk", "sprint_grant__grant_id", f"{ASKED_FOR}_id", "counted", "verdict"
    )
    for pk, grant, of_category, counts, verdict in rows.iterator():
        fits = verdict == SprintDecision.Verdict.YES
        yield SprintAnswer(pk, grant, of_category, fits, counts)
