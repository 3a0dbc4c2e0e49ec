"""What follows for the figures when categories have been moved, merged or parted."""

from annotation.models import Category, Decision, Label, SprintGrant, Suggestion, Taxonomy
from annotation.services.rollups import follow_tree

# category -> its path, and what decides for which grants it counts: its facet, its merging
Places = dict[int, tuple[str, tuple[int, int | None]]]


def places(taxonomy: Taxonomy) -> Places:
    rows = Category.objects.filter(taxonomy=taxonomy).order_by()
    found = rows.values_list("pk", "path", "facet", "merged_into")
    return {pk: (path, (facet, into)) for pk, path, facet, into in found}


def follow_moves(taxonomy: Taxonomy, before: Places) -> None:
    """Count by where the categories stand now, at the very end of the transaction that did it."""
    now = places(taxonomy)
    moved = [pk for pk, place in before.items() if now[pk] != place]
    if not moved:
        return
    elsewhere = [pk for pk in moved if now[pk][1] != before[pk][1]]
    # Who answered a facet has answered for its categories: of another facet, others have. And what
    # was said of a merged category counts for another one.
    decided = Decision.objects.filter(category__in=elsewhere).values_list("annotation__grant")
    came = Label.objects.filter(category__in=elsewhere).values_list("grant")
    asked = SprintGrant.objects.filter(sprint__category__in=elsewhere).order_by()
    ticked = Suggestion.objects.filter(category__in=elsewhere, is_ticked=True).order_by()
    said = (came, asked.values_list("grant"), ticked.values_list("grant"))
    concerned = decided.union(*said) if elsewhere else ()
    follow_tree([grant for (grant,) in concerned])
