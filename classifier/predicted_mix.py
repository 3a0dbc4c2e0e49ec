"""What the last readers of some grants would tick, by the branches of a facet."""

from collections.abc import Sequence

from scipy import sparse

from annotation.models import Category, Facet, Suggestion
from classifier.ml.counting import count_matrix

NOTHING = "Nothing ticked"
ASKED_AT_ONCE = 500


def branches_of(facet: Facet) -> list[Category]:
    """The top categories of a facet that are offered, in their order."""
    return list(Category.objects.active().filter(facet=facet, level=1))


def predicted(facet: Facet, branches: Sequence[Category], keys: Sequence[int]) -> sparse.csr_array:
    """How often each grant has a tick in each branch, shape (n_grants, n_branches + 1).

    The last column is 1 where it has none at all. What was not read by any version is not told
    from what has no tick, so this is for grants that were read.
    """
    columns = {branch.code: column for column, branch in enumerate(branches)}
    columns[NOTHING] = len(columns)
    rows = Suggestion.objects.of_last_readers().filter(is_ticked=True, category__facet=facet)
    found: dict[int, list[str]] = {pk: [] for pk in keys}
    for start in range(0, len(keys), ASKED_AT_ONCE):
        part = rows.filter(grant__in=keys[start : start + ASKED_AT_ONCE]).order_by()
        for grant, path in part.values_list("grant_id", "category__path"):
            found[grant].append(path.split("/")[0])
    return count_matrix((found[pk] or [NOTHING] for pk in keys), columns)
