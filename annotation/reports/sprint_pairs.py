"""What sprints have said of grants and categories, as far as it stands."""

from django.db.models import Exists, F, OuterRef

from annotation.models import Category, Outcome, SprintDecision

Pair = tuple[int, int]


def sprint_pairs(category: Category | None = None) -> dict[Pair, bool]:
    """(grant, category) -> whether it fits, by the newest yes or no that stands.

    Whoever annotates the whole facet has seen more than a sprint shows, so that counts instead.

    Args:
        category: only this one; without it, all of the taxonomy in use.
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
    rows = found.order_by("pk").values_list(
        "sprint_grant__grant_id", "sprint_grant__sprint__category_id", "verdict"
    )
    return {
        (grant, pk): verdict == SprintDecision.Verdict.YES for grant, pk, verdict in rows.iterator()
    }
