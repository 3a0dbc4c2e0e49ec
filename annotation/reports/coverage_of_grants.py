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
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import (
    Aggregate,
    BinaryField,
    Case,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from annotation.models import Grant, GrantRollup, QueueItem
from annotation.models.keys_field import unpacked
from annotation.reports.given import ALWAYS, Days, pairs_given

# Grants whose rollup says it all, and the others pair by pair: of one moment, so that no grant is
# in both or in neither. Of the site's own words: no value of a request stands in it.
OF_DAYS = """
    WITH pair(grant_id, category_id, stream) AS ({pairs}),
    part(stream, categories) AS (
        SELECT stream, {list}(category_id) FROM pair GROUP BY grant_id, stream)
    SELECT whole.*, NULL FROM ({whole}) whole
    UNION ALL
    SELECT stream, COUNT(*), NULL, NULL, NULL, {list}({lists}) FROM part GROUP BY stream"""
LISTS = {
    "postgresql": {"list": "JSONB_AGG", "lists": "categories"},
    "sqlite": {"list": "JSON_GROUP_ARRAY", "lists": "JSON(categories)"},
}
# Of a rollup, by the few grants of the audit stream: reading it from its grant takes longer than
# all else.
STREAM = Case(
    When(
        grant__in=Grant.objects.filter(stream=Grant.Stream.AUDIT).values("pk"), then=Value("audit")
    ),
    default=Value("pool"),
)


class Joined(Aggregate):
    """The keys of all rows as one value, for ``_keys``: one by one, reading rows would cost more
    than counting.
    """

    template = "STRING_AGG(%(expressions)s, ''::bytea)"
    output_field = BinaryField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """It would end a text at the first byte that is zero."""
        joined = self.copy()
        joined.template = "GROUP_CONCAT(HEX(%(expressions)s), '')"
        return joined.as_sql(compiler, connection, **extra)


Keys = bytes | memoryview | str | None  # as each database gives them; of no row at all, None


def _keys(joined: Keys) -> Iterable[int]:
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

    def add(self, stream: str, n: int, examples: Iterable[int], above: Iterable[int]) -> None:
        """Labelled grants of a stream, each with its examples and with all above these."""
        direct = Counter(examples)  # once: it is most of the work
        self.n_labelled += n
        self.examples.update(direct)
        if stream == Grant.Stream.POOL:
            self.of_pool.update(direct)
        self.with_below.update(direct)
        self.with_below.update(Counter(above))

    def add_joined(self, stream: str, n: int, *joined: Keys) -> None:
        """The same of what :class:`Joined` gives, and what waits."""
        examples, above, pending = map(_keys, joined)
        self.add(stream, n, examples, above)
        if self.pending is not None:
            self.pending.update(pending)


def figures_of(
    found: QuerySet[Grant] | None, paths: dict[int, str], days: Days = ALWAYS
) -> SomeFigures:
    """Count some grants, or the examples that were given within some days. One query.

    Args:
        found: the grants, none of which somebody still decides by themselves; None: all of them.
        paths: of each category of the taxonomy in use, retired ones with them.
        days: of these days the grants are those that were given an example within them. What waits
            has no day.
    """
    figures = SomeFigures()
    if found is not None:
        figures.pending = Counter()
    grants = None if found is None else found.order_by()
    if days == ALWAYS:
        _add_all(figures, Grant.objects.all() if grants is None else grants)
    else:
        _add_of_days(figures, days, grants, _lines(paths))
    return figures


def _add_all(figures: SomeFigures, grants: QuerySet[Grant]) -> None:
    sums = _sums(Q(rollup__is_labelled=True))
    of_streams = grants.values_list("stream").annotate(n=Count("pk"), **sums)
    for stream, n, n_labelled, *joined in of_streams:
        figures.n_grants += n
        figures.add_joined(stream, n_labelled, *joined)


def _sums(counts: Q) -> dict[str, Aggregate]:
    """How many grants count, their keys, and what waits whether they count or not."""
    return {
        "n_labelled": Count("pk", filter=counts),
        "examples": Joined("rollup__examples", filter=counts),
        "above": Joined("rollup__above", filter=counts),
        "pending": Joined("rollup__pending"),
    }


def _add_of_days(
    figures: SomeFigures, days: Days, found: QuerySet[Grant] | None, lines: "Lines"
) -> None:
    rollups = GrantRollup.objects.order_by()
    grants = Grant.objects.all() if found is None else found
    some = grants.filter(pk__in=rollups.filter(days.hold_some()).values("pk"))
    whole: QuerySet[Any, Any]
    if found is None:
        of_some = rollups.filter(days.hold_all(), ~_is_secret("grant")).values_list(STREAM)
        whole = of_some.annotate(
            n=Count("pk"), all_examples=Joined("examples"), all_above=Joined("above"),
            waits=Value(None, output_field=BinaryField()),
        )  # fmt: skip
    else:
        whole = found.filter(~_is_secret("pk")).values_list("stream")
        whole = whole.annotate(**_sums(days.hold_all("rollup__")))
    try:
        pairs, of_pairs = pairs_given(days, some).query.sql_with_params()
        rows, of_rows = whole.query.sql_with_params()
    except EmptyResultSet:  # a filter that no grant can pass, such as the year abc
        return
    with connection.cursor() as cursor:
        sql = OF_DAYS.format(pairs=pairs, whole=rows, **LISTS[connection.vendor])
        cursor.execute(sql, (*of_pairs, *of_rows))
        for stream, n, *joined, lists in cursor.fetchall():
            if lists is None:
                figures.add_joined(stream, n, *joined)
            for part in json.loads(lists or "[]"):
                figures.add(stream, 1, part, lines.above(part))
    figures.n_grants = figures.n_labelled


def _is_secret(grant: str) -> Exists:
    """Whether somebody still decides it by themselves."""
    return Exists(QueueItem.objects.secret().filter(grant=OuterRef(grant)))


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
