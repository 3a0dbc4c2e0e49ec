"""What follows for the figures when an import of the taxonomy has moved categories."""

from annotation.models import Category, Decision, Label, SprintGrant, Taxonomy
from annotation.services.rollups import follow_tree

Places = dict[int, tuple[int, str]]  # category -> its facet, its path


def places(taxonomy: Taxonomy) -> Places:
    rows = Category.objects.filter(taxonomy=taxonomy).values_list("pk", "facet", "path")
    return {pk: (facet, path) for pk, facet, path in rows}


def follow_moves(taxonomy: Taxonomy, before: Places) -> None:
    """Count by where the categories stand now, at the very end of the import's transaction."""
    now = places(taxonomy)
    moved = [pk for pk, place in before.items() if now[pk] != place]
    if not moved:
        return
    elsewhere = [pk for pk in moved if now[pk][0] != before[pk][0]]
    # Who answered a facet has answered for its categories: of another facet, others have.
    decided = Decision.objects.filter(category__in=elsewhere).values_list("annotation__grant")
    came = Label.objects.filter(category__in=elsewhere).values_list("grant")
    asked = SprintGrant.objects.filter(sprint__category__in=elsewhere).order_by()
    concerned = decided.union(came, asked.values_list("grant")) if elsewhere else ()
    follow_tree([grant for (grant,) in concerned])
