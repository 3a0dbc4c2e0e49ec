"""What the rollups must say, read from what they are counted from."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from django.db.models import Count, DateTimeField, Max, QuerySet, Value
from django.db.models.expressions import RawSQL

from annotation.models import (
    Annotation,
    Category,
    Decision,
    GrantRollup,
    Ruling,
    SprintDecision,
    Suggestion,
)
from annotation.reports.merged import counted
from annotation.reports.of_keys import OfKeys
from annotation.reports.sprint_pairs import sprint_examples_of
from annotation.reports.what_stands import decisions_that_stand, labels_that_stand

VERDICTS = tuple(Decision.Verdict.values)
# What is counted grant by grant, and verdict by verdict.
FIGURES = ("examples", "of_pool", "with_below", "pending", "pending_of_pool", *VERDICTS)
Categories = dict[int, set[int]]  # grant -> categories
Figures = Counter[str]
UNKNOWN = (None, None)
Span = tuple[datetime, datetime] | tuple[None, None]  # the first and the last instant


@dataclass
class Totals:
    """All figures of all categories, by key; those without any are left out."""

    figures: dict[int, Figures] = field(default_factory=lambda: defaultdict(Counter))
    reviewed_at: dict[int, datetime] = field(default_factory=dict)


@dataclass
class OfGrants:
    """What some grants count for, by grant; ``given`` names no grant that nothing stands for."""

    examples: Categories = field(default_factory=lambda: defaultdict(set))
    above: Categories = field(default_factory=lambda: defaultdict(set))
    pending: Categories = field(default_factory=lambda: defaultdict(set))
    given: dict[int, Span] = field(default_factory=dict)

    def of(self, grant: int) -> list[Any]:
        """The facts of a grant, as :data:`FACTS` names them in its row."""
        stands, above = sorted(self.examples[grant]), sorted(self.above[grant])
        span = self.given.get(grant, UNKNOWN)
        return [stands, above, sorted(self.pending[grant]), bool(stands), *span]


FACTS = ("examples", "above", "pending", "is_labelled", "given_first_at", "given_last_at")


def counted_of_grants(grants: Collection[int]) -> OfGrants:
    """The categories that stand for each of the grants, and those it waits with. Three queries.

    A grant waits with what is ticked for it and offered, by whoever read it last, while its place
    in the queue is open.
    """
    found = OfGrants()
    times: dict[int, set[Any]] = defaultdict(set)
    for grant, category, stands, at in COUNTED.rows(grants):
        (found.examples if stands else found.pending)[grant].add(category)
        if stands:
            times[grant].add(at)
    for (grant, category), said_at in sprint_examples_of(grants).items():
        found.examples[grant].add(category)
        times[grant].update(said_at)
    for grant, given_at in times.items():
        instants = [*map(_instant, given_at)]
        found.given[grant] = min(instants), max(instants)
    lines = lines_of({category for named in found.examples.values() for category in named})
    for grant, named in found.examples.items():
        found.above[grant] = closure(named, lines) - named
    return found


def _instant(value: datetime | str) -> datetime:
    """From what the database gives: SQLite has texts, or bare instants, of Greenwich."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _counted(grants: RawSQL) -> QuerySet[Any, Any]:
    decided = decisions_that_stand().filter(annotation__grant__in=grants)
    came = labels_that_stand().filter(grant__in=grants)
    ticked = Suggestion.objects.of_last_readers().filter(
        is_ticked=True,
        grant__in=grants,
        grant__queue_item__is_open=True,
        category__taxonomy__is_current=True,
        category__retired_at=None,
    )
    stands, waits = Value(value=True), Value(value=False)
    no_day = Value(None, output_field=DateTimeField())
    pairs = decided.order_by().values_list(
        "annotation__grant_id", counted(), stands, "annotation__submitted_at"
    )
    return pairs.union(
        came.order_by().values_list("grant_id", counted(), stands, "created_at"),
        ticked.order_by().values_list("grant_id", "category_id", waits, no_day),
    )


COUNTED = OfKeys(_counted)
BROADER = ["__".join(["broader"] * n) + "_id" for n in range(1, 5)]
LINES = OfKeys(
    lambda keys: Category.objects.order_by().filter(pk__in=keys).values_list("pk", *BROADER)
)


def lines_of(categories: Collection[int]) -> dict[int, list[int]]:
    """Each category with all that stands above it, by their keys. A query for five levels."""
    above: dict[int, int | None] = {}
    wanted = set(categories)
    while wanted:
        for line in LINES.rows(wanted):
            above.update((pk, over) for pk, over in pairwise(line) if pk is not None)
        wanted = {pk for pk in above.values() if pk is not None and pk not in above}
    return {pk: list(_line(pk, above)) for pk in categories if pk in above}


def _line(category: int, above: dict[int, int | None]) -> Iterator[int]:
    at: int | None = category
    while at is not None:
        yield at
        at = above[at]


def stand_ins(categories: Collection[int]) -> dict[int, int]:
    """Of the categories that have been merged, the one that counts. One query."""
    merged = Category.objects.filter(pk__in=categories).exclude(merged_into=None)
    return {pk: into for pk, into in merged.values_list("pk", "merged_into") if into}


def closure(examples: Iterable[int], lines: dict[int, list[int]]) -> set[int]:
    """The categories and all above them."""
    return {above for category in examples for above in lines.get(category, [category])}


def verdicts_that_count() -> QuerySet[Decision]:
    """Verdicts of those who saw suggestions, as they gave them by themselves."""
    of_them = Annotation.objects.current().exclude(model_version=None)
    return Decision.objects.filter(annotation__in=of_them)


def totals() -> Totals:
    """Of all categories, given that the rows of the grants are right. Five queries.

    What stands above is taken from the rows, wherever categories stand by now: whoever counts a
    grant anew takes out of the figures what its row says.

    Read it in a snapshot, or those who annotate meanwhile are seen in one table and not in another.
    """
    found = Totals()
    rows = GrantRollup.objects.values_list("examples", "above", "pending", "grant__stream")
    for examples, above, pending, stream in rows.iterator():
        for category in pending:
            found.figures[category]["pending"] += 1
            found.figures[category]["pending_of_pool"] += stream == "pool"
        for category in examples:
            found.figures[category]["examples"] += 1
            found.figures[category]["of_pool"] += stream == "pool"
            found.figures[category]["with_below"] += 1
        for category in above:
            found.figures[category]["with_below"] += 1
    said = verdicts_that_count().order_by().values_list("category", "verdict")
    for category, verdict, n in said.annotate(n=Count("pk")):
        found.figures[category][verdict] = n
    for rows_of in (_decided(), _sprinted(), _ruled()):
        for category, at in rows_of:
            found.reviewed_at[category] = max(found.reviewed_at.get(category, at), at)
    return found


def _decided() -> Iterable[tuple[int, datetime]]:
    chosen = Decision.objects.exclude(verdict=Decision.Verdict.LEFT).order_by()
    return chosen.values_list("category").annotate(at=Max("annotation__submitted_at"))


def _sprinted() -> Iterable[tuple[int, datetime]]:
    said = SprintDecision.objects.filter(is_withdrawal=False).order_by()
    of_category = said.values_list("sprint_grant__sprint__category")
    return of_category.annotate(at=Max("decided_at"))


def _ruled() -> Iterable[tuple[int, datetime]]:
    ruled = Ruling.objects.order_by().values_list("category")
    return ruled.annotate(at=Max("adjudication__adjudicated_at"))
