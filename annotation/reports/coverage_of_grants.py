"""The figures of categories as they would be if there were no grants but some."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.db.models import Aggregate, JSONField, QuerySet

from annotation.models import Grant, GrantRollup


class Lists(Aggregate):
    """The lists of all rows as one value: one by one, reading would cost more than counting."""

    function = "JSONB_AGG"
    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "JSON_GROUP_ARRAY(JSON(%(expressions)s))"
        return self.as_sql(compiler, connection, template=template, **extra)


@dataclass(frozen=True)
class SomeFigures:
    """Each figure by the key of its category."""

    n_grants: int
    n_labelled: int
    examples: Counter[int] = field(default_factory=Counter)
    of_pool: Counter[int] = field(default_factory=Counter)
    with_below: Counter[int] = field(default_factory=Counter)
    pending: Counter[int] = field(default_factory=Counter)

    def of(self, category: int) -> dict[str, int]:
        """As a row of the board has them."""
        return {
            f"rollup__{name}": getattr(self, name)[category]
            for name in ("examples", "of_pool", "with_below", "pending")
        }


def figures_of(found: QuerySet[Grant], paths: dict[int, str]) -> SomeFigures:
    """Count some grants. Two queries.

    Args:
        found: the grants.
        paths: of each category of the taxonomy in use, retired ones with them.
    """
    rows = GrantRollup.objects.filter(grant__in=found.order_by().values("pk")).order_by()
    of_streams = rows.values_list("grant__stream").annotate(
        all_examples=Lists("examples"), all_pending=Lists("pending")
    )
    lines = _lines(paths)
    figures = SomeFigures(found.count(), 0)
    n_labelled = 0
    for stream, all_examples, all_pending in of_streams:
        labelled = [examples for examples in all_examples if examples]
        n_labelled += len(labelled)
        direct = Counter(chain.from_iterable(labelled))
        figures.examples.update(direct)
        if stream == Grant.Stream.POOL:
            figures.of_pool.update(direct)
        figures.pending.update(chain.from_iterable(all_pending))
        figures.with_below.update(chain.from_iterable(_closures(labelled, lines)))
    return SomeFigures(
        figures.n_grants, n_labelled, figures.examples, figures.of_pool, figures.with_below,
        figures.pending,
    )  # fmt: skip


def _lines(paths: dict[int, str]) -> dict[int, tuple[int, ...]]:
    """Each category with all that stands above it."""
    by_path = {path: pk for pk, path in paths.items()}
    found = {}
    for pk, path in paths.items():
        codes = path.split("/")[:-1]
        over = (by_path.get("/".join(codes[:n]) + "/") for n in range(1, len(codes)))
        found[pk] = (pk, *(key for key in over if key is not None))
    return found


def _closures(
    labelled: Iterable[list[int]], lines: dict[int, tuple[int, ...]]
) -> Iterable[Iterable[int]]:
    for examples in labelled:
        if len(examples) == 1:
            yield lines.get(examples[0], examples)
        else:
            yield {above for category in examples for above in lines.get(category, (category,))}
