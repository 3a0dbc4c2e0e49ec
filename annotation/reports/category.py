"""One category: where it stands in the taxonomy, and grants that were given it."""

from dataclasses import dataclass

from annotation.models import Category, Grant, QueueItem
from annotation.reports.coverage import example_grants

EXAMPLES = 5


@dataclass(frozen=True)
class CategoryFacts:
    """``n_examples`` counts as the coverage page does; ``examples`` are some of them.

    ``n_of_pool``: those that count towards a target, none of the audit stream.
    """

    ancestors: list[Category]
    narrower: list[Category]
    n_examples: int
    n_of_pool: int
    examples: list[Grant]


def category_facts(category: Category) -> CategoryFacts:
    """A few queries. Grants of the audit stream are counted and not shown."""
    given = example_grants(category)
    grants = Grant.objects.filter(pk__in=given)
    secret = QueueItem.objects.secret().values("grant_id")
    of_pool = grants.filter(stream=Grant.Stream.POOL)
    shown = of_pool.exclude(pk__in=secret)
    siblings = Category.objects.filter(taxonomy=category.taxonomy_id)
    return CategoryFacts(
        ancestors=list(siblings.filter(code__in=category.ancestor_codes).order_by("level")),
        narrower=list(siblings.filter(broader=category, retired_at=None)),
        n_examples=len(given),
        n_of_pool=of_pool.count(),
        examples=list(shown.order_by("-pk")[:EXAMPLES]),
    )
