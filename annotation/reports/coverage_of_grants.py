"""The figures of categories as they would be if there were no grants but some.

What stands for a grant is kept in its rollup, with when the first and the last of it was given. Of
some days that hold both the row is all there is to read; pair by pair only those grants are looked
at to which something was given within the days and something before or after. Where people annotate
what no file had labelled these are few; an end between an import and the annotating of what it
brought parts them all.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Aggregate, Exists, JSONField, OuterRef, QuerySet

from annotation.models import Grant, GrantRollup, QueueItem
from annotation.reports.given import ALWAYS, Days, pairs_given

# Grants whose rollup says it all, and pairs of grants and categories gathered as the rollups have
# them: of one moment, so that no grant is in both or in neither. Of the site's own words: no value
# of a request stands in it.
OF_DAYS = {
    "postgresql": """
        WITH pair(grant_id, category_id, stream) AS ({pairs}),
        of_grant(stream, categories) AS (
            SELECT stream, JSONB_AGG(category_id) FROM pair GROUP BY grant_id, stream
            UNION ALL {whole})
        SELECT stream, JSONB_AGG(categories) FROM of_grant GROUP BY stream""",
    "sqlite": """
        WITH pair(grant_id, category_id, stream) AS ({pairs}),
        of_grant(stream, categories) AS (
            SELECT stream, JSON_GROUP_ARRAY(category_id) FROM pair GROUP BY grant_id, stream
            UNION ALL {whole})
        SELECT stream, JSON_GROUP_ARRAY(JSON(categories)) FROM of_grant GROUP BY stream""",
}


class Lists(Aggregate):
    """The lists of all rows as one value: one by one, reading would cost more than counting."""

    function = "JSONB_AGG"
    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "JSON_GROUP_ARRAY(JSON(%(expressions)s))"
        return self.as_sql(compiler, connection, template=template, **extra)


@dataclass
class SomeFigures:
    """Each figure by the key of its category.

    ``pending``: None where nothing narrows the grants that wait, so that what is stored holds.
    """

    n_grants: int = 0
    n_labelled: int = 0
    examples: Counter[int] = field(default_factory=Counter)
    of_pool: Counter[int] = field(default_factory=Counter)
    with_below: Counter[int] = field(default_factory=Counter)
    pending: Counter[int] | None = None

    def of(self, category: int) -> dict[str, int]:
        """As a row of the board has them."""
        found = {
            "rollup__examples": self.examples[category],
            "rollup__of_pool": self.of_pool[category],
            "rollup__with_below": self.with_below[category],
        }
        if self.pending is not None:
            found["rollup__pending"] = self.pending[category]
        return found


def figures_of(
    found: QuerySet[Grant] | None, paths: dict[int, str], days: Days = ALWAYS
) -> SomeFigures:
    """Count some grants, or the examples that were given within some days. Two queries.

    Args:
        found: the grants; None: all of them.
        paths: of each category of the taxonomy in use, retired ones with them.
        days: of these days the grants are those that were given an example within them. What waits
            has no day.
    """
    figures = SomeFigures()
    if days == ALWAYS:
        rows = _rollups(found).values_list("grant__stream")
        of_streams = [*rows.annotate(lists=Lists("examples"), waiting=Lists("pending"))]
        waits = [waiting for _, _, waiting in of_streams]
        examples = [(stream, lists) for stream, lists, _ in of_streams]
    else:
        examples = _of_days(days, found)
        waits = (
            [*_rollups(found).aggregate(waiting=Lists("pending")).values()]
            if found is not None
            else []
        )
    if found is not None:
        figures.pending = _counted(of_stream or [] for of_stream in waits)
    lines = _lines(paths)
    for stream, lists in examples:
        direct, above, n_labelled = _with_all_above(lists, lines)
        figures.n_labelled += n_labelled
        figures.examples.update(direct)
        if stream == Grant.Stream.POOL:
            figures.of_pool.update(direct)
        figures.with_below.update(above)
    figures.n_grants = figures.n_labelled
    if found is not None and days == ALWAYS:
        figures.n_grants = found.count()
    return figures


def _rollups(found: QuerySet[Grant] | None) -> QuerySet[GrantRollup]:
    rollups = GrantRollup.objects.order_by()
    return rollups if found is None else rollups.filter(grant__in=found.order_by().values("pk"))


def _counted(parts: Iterable[list[list[int]]]) -> Counter[int]:
    return Counter(chain.from_iterable(chain.from_iterable(parts)))


def _told(rollups: QuerySet[GrantRollup]) -> QuerySet[GrantRollup]:
    """Without those that somebody still decides by themselves."""
    secret = QueueItem.objects.secret().filter(grant=OuterRef("grant"))
    return rollups.filter(~Exists(secret))


def _of_days(days: Days, found: QuerySet[Grant] | None) -> list[tuple[str, list[list[int]]]]:
    """Of each stream the categories of each of its grants."""
    some = Grant.objects.all() if found is None else found
    some = some.filter(pk__in=GrantRollup.objects.filter(days.hold_some()).values("pk"))
    whole = _told(_rollups(found).filter(days.hold_all()))
    try:
        pairs, of_pairs = pairs_given(days, some).query.sql_with_params()
        rows, of_rows = whole.values_list("grant__stream", "examples").query.sql_with_params()
    except EmptyResultSet:  # a filter that no grant can pass, such as the year abc
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            OF_DAYS[connection.vendor].format(pairs=pairs, whole=rows), (*of_pairs, *of_rows)
        )
        return [(stream, json.loads(lists)) for stream, lists in cursor.fetchall()]


class Lines(dict[int, tuple[int, ...]]):
    """Each category with all that stands above it; one that is not known stands by itself."""

    def __missing__(self, category: int) -> tuple[int, ...]:
        return (category,)


def _lines(paths: dict[int, str]) -> Lines:
    by_path = {path: pk for pk, path in paths.items()}
    found = Lines()
    for pk, path in paths.items():
        codes = path.split("/")[:-1]
        over = (by_path.get("/".join(codes[:n]) + "/") for n in range(1, len(codes)))
        found[pk] = (pk, *(key for key in over if key is not None))
    return found


def _with_all_above(
    lists: Iterable[list[int]], lines: Lines
) -> tuple[Counter[int], Counter[int], int]:
    """Grants of each category, of each with all below it, and those that have any.

    Many grants have the same categories, and what stands above these is looked up once. Those
    whose categories no other has are counted in one sweep each: a step of Python for each of a
    million pairs would be most of the work.
    """
    kinds = Counter(map(tuple, lists))
    del kinds[()]
    lone = [kind for kind, n in kinds.items() if n == 1]
    direct = Counter(chain.from_iterable(lone))
    above = Counter(chain.from_iterable(_all_above(kind, lines) for kind in lone))
    for kind, n in kinds.items():
        if n > 1:
            direct.update(dict.fromkeys(kind, n))
            above.update(dict.fromkeys(_all_above(kind, lines), n))
    return direct, above, kinds.total()


def _all_above(kind: tuple[int, ...], lines: Lines) -> set[int]:
    """The categories and all that stands above any of them."""
    return set().union(*map(lines.__getitem__, kind))
