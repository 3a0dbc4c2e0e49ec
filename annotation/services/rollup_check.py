"""Holding the rollups against what they are counted from, and putting right what differs."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from annotation.models import CategoryRollup, Grant, GrantRollup
from annotation.reports.rollup_truth import (
    FACTS,
    FIGURES,
    VERDICTS,
    OfGrants,
    counted_of_grants,
    totals,
)
from annotation.reports.snapshot import snapshot
from annotation.services.category_figures import Differences, add_to_categories
from annotation.services.retrying import tried_again
from annotation.services.rollups import recount, wait_for_those_who_count
from annotation.services.short_turns import rows_at_once, turn

BATCH = 1_000


@dataclass(frozen=True)
class Drift:
    """What was wrong: keys of grants, and category -> what was to be added to its figures."""

    grants: list[int]
    categories: dict[int, dict[str, int]]

    def __len__(self) -> int:
        return len(self.grants) + len(self.categories)

    @property
    def n_whatever_moved(self) -> int:
        """Categories with a wrong number of verdicts: they count where they were said.

        No category that is moved, merged or retired changes that, so something else has.
        """
        return sum(
            any(name in VERDICTS for name in figures) for figures in self.categories.values()
        )

    def __str__(self) -> str:
        """Keys and figures alone, the first of them."""
        return (
            f"{len(self.grants)} grants {self.grants[:20]}, "
            f"{len(self.categories)} categories {list(self.categories.items())[:20]}"
        )


def put_right(go_on: Callable[[], None] = lambda: None) -> Drift:
    """Count everything anew; whatever differed is right afterwards. People go on meanwhile.

    A grant is counted anew under its lock, and the difference carried over to its categories; what
    categories have wrong beyond that is added to them, whatever others have added since. Categories
    that were moved before it began are counted where they stand now.

    Args:
        go_on: called before each part; raises when another worker has taken over, and the rest
            stays as it is.
    """
    wait_for_those_who_count()
    grants: list[int] = []
    for batch in _suspects():
        go_on()
        at_once = rows_at_once(BATCH)
        for start in range(0, len(batch), at_once):
            with turn():
                # Who has annotated since it was read has counted it already.
                grants += _recount(batch[start : start + at_once])
    go_on()
    with snapshot():
        found, late = _differences()
    _add(found, late)
    keys = found.keys() | late.keys()
    return Drift(grants, {pk: dict(found.get(pk, Counter())) for pk in sorted(keys)})


@tried_again
@transaction.atomic
def _recount(grants: list[int]) -> list[int]:
    return recount(grants)


@tried_again
@transaction.atomic
def _add(found: Differences, late: dict[int, datetime]) -> None:
    add_to_categories(found, late)


def _suspects() -> Iterator[list[int]]:
    """Keys of grants whose row is not what it should be, batch by batch."""
    last = 0
    while True:
        with snapshot():
            later = Grant.objects.filter(pk__gt=last).order_by("pk")
            keys = list(later.values_list("pk", flat=True)[:BATCH])
            if not keys:
                return
            last = keys[-1]
            rows = GrantRollup.objects.filter(pk__in=keys)
            stored = {pk: facts for pk, *facts in rows.values_list("pk", *FACTS)}
            truth = counted_of_grants(keys)
        yield [pk for pk in keys if stored.get(pk, NOTHING) != truth.of(pk)]


NOTHING = OfGrants().of(0)  # as of a grant without a row


def _differences() -> tuple[Differences, dict[int, datetime]]:
    truth = totals()
    found: Differences = {}
    late = dict(truth.reviewed_at)
    stored = {row.pk: row for row in CategoryRollup.objects.all()}
    for pk in truth.figures.keys() | stored.keys():
        row = stored.get(pk, CategoryRollup(pk=pk))
        missing = {name: truth.figures[pk][name] - getattr(row, name) for name in FIGURES}
        if any(missing.values()):
            found[pk] = Counter({name: n for name, n in missing.items() if n})
        if row.reviewed_at and late.get(pk) == row.reviewed_at:
            del late[pk]
    return found, late
