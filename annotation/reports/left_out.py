"""What the list of grants may not tell of what the coverage page counts."""

from collections.abc import Mapping

from django.db.models import Q

from annotation.models import Grant
from annotation.reports.given import ALWAYS, grants_given, waits_with
from annotation.reports.grant_filters import named, secret


def n_left_out(query: Mapping[str, str]) -> int:
    """Grants of a category that its list leaves out, so that it is the coverage page's figure less.

    Said of a whole category alone, as the coverage page says it: of a few of its grants the number
    would tell what somebody said of one. Two queries at most.

    Args:
        query: the filters; of any but a single category there is nothing to say, which is 0.
    """
    if len(query) != 1:
        return 0
    ((name, code),) = query.items()
    category = named(code) if name in ("category", "itself", "suggested") else None
    if category is None:
        return 0
    if name == "suggested":
        hidden = Q(stream=Grant.Stream.AUDIT) | Q(top_score=None) | secret()
        return Grant.objects.filter(hidden, pk__in=waits_with(category)).count()
    grants = grants_given(ALWAYS, category, with_below=name == "category")
    return Grant.objects.filter(secret(), pk__in=grants).count()
