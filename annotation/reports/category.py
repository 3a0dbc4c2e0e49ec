"""One category: where it stands in the taxonomy, and grants that were given it."""

from dataclasses import dataclass

from django.db.models import Q

from annotation.models import Annotation, Category, Decision, Grant, Label, QueueItem
from annotation.reports.known_answers import POSITIVE

EXAMPLES = 5


@dataclass(frozen=True)
class CategoryFacts:
    """``n_examples`` counts as the coverage page does; ``examples`` are some of them."""

    ancestors: list[Category]
    narrower: list[Category]
    n_examples: int
    examples: list[Grant]


def category_facts(category: Category) -> CategoryFacts:
    """Four queries. Grants of the audit stream are counted and not shown."""
    decided = Decision.objects.filter(
        category=category, verdict__in=POSITIVE, annotation__in=Annotation.objects.current()
    )
    came = Label.objects.filter(category=category)
    grants = Grant.objects.filter(
        Q(pk__in=decided.values("annotation__grant_id")) | Q(pk__in=came.values("grant_id"))
    )
    blind = QueueItem.objects.filter(is_blind=True, is_open=True)
    shown = grants.filter(stream=Grant.Stream.POOL).exclude(pk__in=blind.values("grant_id"))
    siblings = Category.objects.filter(taxonomy=category.taxonomy_id)
    return CategoryFacts(
        ancestors=list(siblings.filter(code__in=category.ancestor_codes).order_by("level")),
        narrower=list(siblings.filter(broader=category, retired_at=None)),
        n_examples=grants.count(),
        examples=list(shown.order_by("-pk")[:EXAMPLES]),
    )
