"""Asking a worker to count coverage anew, where counting grant by grant would keep people waiting.

A category that is moved, merged, parted or retired counts for grants that nobody has touched. Who
does that writes a row, and until a worker has counted the page says that it is being counted.
"""

from django.db.models import F
from django.utils import timezone

from annotation.models import Category, CoverageNight, Grant, SiteSettings, Taxonomy
from annotation.services import doorbell

TASK = "classifier.count_coverage"

# category -> what decides for which grants it counts, and which of them wait with it
Places = dict[int, tuple[object, ...]]


def ask_for_count() -> None:
    """Have everything counted once this transaction is stored; where there are no grants, nothing.

    A count that is under way has begun too early, so another one follows it.
    """
    if not Grant.objects.exists():
        return
    today = timezone.now().astimezone(SiteSettings.objects.current().zone).date()
    of_today = CoverageNight.objects.filter(for_date=today)
    if not of_today.update(n_asked=F("n_asked") + 1):
        CoverageNight.objects.bulk_create([CoverageNight(for_date=today)], ignore_conflicts=True)
        of_today.update(n_asked=F("n_asked") + 1)
    doorbell.ring_on_commit(TASK)


def places(taxonomy: Taxonomy) -> Places:
    """Where its categories stand, to be compared by ``follow_moves``. One query."""
    rows = Category.objects.filter(taxonomy=taxonomy).order_by()
    found = rows.values_list("pk", "path", "facet", "merged_into", "retired_at")
    return {pk: tuple(facts) for pk, *facts in found}


def follow_moves(taxonomy: Taxonomy, before: Places) -> None:
    """Ask for a count if any category stands elsewhere by now; new ones have nothing to count."""
    now = places(taxonomy)
    if any(now[pk] != place for pk, place in before.items()):
        ask_for_count()
