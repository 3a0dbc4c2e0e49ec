"""What merging one category into another would change."""

from dataclasses import dataclass

from annotation.models import Category, Suggestion
from annotation.reports.coverage import example_grants


@dataclass(frozen=True)
class Merging:
    """Counts are grants. ``n_moved`` were given the one, ``n_both`` of them the other as well."""

    n_moved: int
    n_both: int
    n_before: int  # that were given the other one
    n_suggested: int  # that wait with the one suggested
    earlier: list[Category]  # merged into the one before; they go along

    @property
    def n_after(self) -> int:
        return self.n_before + self.n_moved - self.n_both


def merging(category: Category, into: Category) -> Merging:
    """A few queries."""
    moved, there = example_grants(category), example_grants(into)
    waiting = Suggestion.objects.of_last_readers().filter(
        category=category, is_ticked=True, grant__queue_item__is_open=True
    )
    return Merging(
        n_moved=len(moved),
        n_both=len(moved & there),
        n_before=len(there),
        n_suggested=waiting.count(),
        earlier=list(category.merged_from.order_by("code")),
    )
