"""The figures of categories as they would be if there were no grants but some.

What stands for a grant is kept in its rollup, with when the first and the last of it was given. Of
some days that hold both the row is all there is to read; pair by pair only those grants are looked
at to which something was given within the days and something before or after. Where people annotate
what no file had labelled these are few; an end between an import and the annotating of what it
brought parts them all.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Aggregate, BinaryField, Count, Exists, OuterRef, Q, QuerySet

from annotation.models import Grant, GrantRollup, QueueItem
from annotation.models.keys_field import unpacked
from annotation.reports.given import ALWAYS, Days, pairs_given

# All keys of all rows after each other: one by one, reading rows would cost more than counting.
# SQLite would end a text at the first byte that is zero.
JOINED = {"postgresql": "STRING_AGG({0}, ''::bytea)", "sqlite": "GROUP_CONCAT(HEX({0}), '')"}
# Grants whose rollup says it all, and the others pair by pair: of one moment, so that no grant is
# in both or in neither. Of the site's own words: no value of a request stands in it.
OF_DAYS = {
    "postgresql": """
        WITH whole(stream, examples, above) AS ({whole}),
        pair(grant_id, category_id, stream) AS ({pairs}),
        part(stream, categories) AS (
            SELECT stream, JSONB_AGG(category_id) FROM pair GROUP BY grant_id, stream)
        SELECT stream, COUNT(*), STRING_AGG(examples, ''::bytea), STRING_AGG(above, ''::bytea), NULL
        FROM whole GROUP BY stream
        UNION ALL
        SELECT stream, COUNT(*), NULL, NULL, JSONB_AGG(categories) FROM part GROUP BY stream""",
    "sqlite": """
        WITH whole(stream, examples, above) AS ({whole}),
        pair(grant_id, category_id, stream) AS ({pairs}),
        part(stream, categories) AS (
            SELECT stream, JSON_GROUP_ARRAY(category_id) FROM pair GROUP BY grant_id, stream)
        SELECT stream, COUNT(*), GROUP_CONCAT(HEX(examples), ''), GROUP_CONCAT(HEX(above), ''), NULL
        FROM whole GROUP BY stream
        UNION ALL
        SELECT stream, COUNT(*), NULL, NULL, JSON_GROUP_ARRAY(JSON(categories))
        FROM part GROUP BY stream""",
}


class Joined(Aggregate):
    """The keys of all rows as one value, for ``_keys``."""

    output_field = BinaryField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = JOINED[connection.vendor].format("%(expressions)s")
        return self.as_sql(compiler, connection, template=template, **extra)

    as_sqlite = as_postgresql


def _keys(joined: bytes | memoryview | str | None) -> Sequence[int]:
    return unpacked(bytes.fromhex(joined) if isinstance(joined, str) else joined or b"")


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

    def add(self, stream: str, n: int, examples: Collection[int], above: Iterable[int]) -> None:
        """Labelled grants of a stream, each with its examples and with all above these."""
        self.n_labelled += n
        self.examples.update(examples)
        if stream == Grant.Stream.POOL:
            self.of_pool.update(examples)
        self.with_below.update(examples)
        self.with_below.update(above)


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
    rollups = GrantRollup.objects.order_by()
    if found is not None:
        rollups = rollups.filter(grant__in=found.order_by().values("pk"))
        figures.pending = Counter()
    if days == ALWAYS:
        _add_all(figures, rollups)
        figures.n_grants = figures.n_labelled if found is None else found.count()
        return figures
    if figures.pending is not None:
        waiting = rollups.aggregate(keys=Joined("pending"))["keys"]
        figures.pending.update(_keys(waiting))
    _add_of_days(figures, days, found, _told(rollups), _lines(paths))
    figures.n_grants = figures.n_labelled
    return figures


def _add_all(figures: SomeFigures, rollups: QuerySet[GrantRollup]) -> None:
    n_labelled = Count("pk", filter=Q(is_labelled=True))
    joined = {f"all_{name}": Joined(name) for name in ("examples", "above", "pending")}
    of_streams = rollups.values_list("grant__stream").annotate(n=n_labelled, **joined)
    for stream, n, examples, above, pending in of_streams:
        figures.add(stream, n, _keys(examples), _keys(above))
        if figures.pending is not None:
            figures.pending.update(_keys(pending))


def _told(rollups: QuerySet[GrantRollup]) -> QuerySet[GrantRollup]:
    """Without those that somebody still decides by themselves."""
    secret = QueueItem.objects.secret().filter(grant=OuterRef("grant"))
    return rollups.filter(~Exists(secret))


def _add_of_days(
    figures: SomeFigures,
    days: Days,
    found: QuerySet[Grant] | None,
    told: QuerySet[GrantRollup],
    lines: "Lines",
) -> None:
    some = Grant.objects.all() if found is None else found
    some = some.filter(pk__in=GrantRollup.objects.filter(days.hold_some()).values("pk"))
    whole = told.filter(days.hold_all()).values_list("grant__stream", "examples", "above")
    try:
        pairs, of_pairs = pairs_given(days, some).query.sql_with_params()
        rows, of_rows = whole.query.sql_with_params()
    except EmptyResultSet:  # a filter that no grant can pass, such as the year abc
        return
    with connection.cursor() as cursor:
        sql = OF_DAYS[connection.vendor].format(pairs=pairs, whole=rows)
        cursor.execute(sql, (*of_rows, *of_pairs))
        for stream, n, examples, above, lists in cursor.fetchall():
            figures.add(stream, n if lists is None else 0, _keys(examples), _keys(above))
            for part in json.loads(lists or "[]"):
                figures.add(stream, 1, part, lines.above(part))


class Lines(dict[int, tuple[int, ...]]):
    """Each category with all that stands above it; one that is not known stands by itself."""

    def __missing__(self, category: int) -> tuple[int, ...]:
        return (category,)

    def above(self, categories: Iterable[int]) -> set[int]:
        """All that stands above any of them and is none of them."""
        return set().union(*map(self.__getitem__, categories)).difference(categories)


def _lines(paths: dict[int, str]) -> Lines:
    by_path = {path: pk for pk, path in paths.items()}
    found = Lines()
    for pk, path in paths.items():
        codes = path.split("/")[:-1]
        over = (by_path.get("/".join(codes[:n]) + "/") for n in range(1, len(codes)))
        found[pk] = (pk, *(key for key in over if key is not None))
    return found
