"""Keeping the figures of categories true, in the transaction that changes what they count.

One order of locks holds for everybody who writes: the run or the taxonomy, queue items, grants,
rollups of grants, figures of categories; of each kind by key. Figures come last: a deed that holds
any of them waits for nothing else, so no two can wait in a ring. The tree is held together by all
who count, and alone by nobody who holds anything else. Who moves categories holds none of this: it
asks for a count, see :mod:`annotation.services.asked_counts`.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max, Min, QuerySet

from annotation.models import Annotation, Decision, Grant, GrantRollup, Label
from annotation.reports.rollup_truth import (
    FACTS,
    Categories,
    Figures,
    closure,
    counted_of_grants,
    lines_of,
    stand_ins,
)
from annotation.services.category_figures import Differences, add_to_categories
from annotation.services.insert_rows import insert_rows
from annotation.services.retrying import tried_again

# Of PostgreSQL's advisory locks: who counts holds it together, by how the categories stand then.
TREE = (20_727, 1)


def follow(annotation: Annotation, decisions: Iterable[Decision] = ()) -> None:
    """Take a new annotation into the figures; the one that it supersedes goes out of them.

    The last thing that its transaction does: the queue item tells by then whether the grant waits.

    Args:
        decisions: all of the annotation's.
    """
    verdicts: Differences = defaultdict(Counter)
    reviewed: dict[int, datetime] = {}
    for decision in decisions:
        verdicts[decision.category_id][decision.verdict] += _counts(annotation)
        if decision.verdict != Decision.Verdict.LEFT:
            reviewed[decision.category_id] = annotation.submitted_at
    before = annotation.supersedes
    if before and _counts(before):
        for category, verdict in before.decisions.values_list("category", "verdict"):
            verdicts[category][verdict] -= 1
    recount([annotation.grant_id], verdicts, reviewed)


def _counts(annotation: Annotation) -> bool:
    """Whether its verdicts are about suggestions that its maker saw."""
    return (
        annotation.model_version_id is not None
        and annotation.revises_id is None
        and not annotation.is_withdrawal
    )


@transaction.atomic(savepoint=False)
def recount(
    grants: Iterable[int],
    verdicts: Mapping[int, Figures] | None = None,
    reviewed: Mapping[int, datetime] | None = None,
) -> list[int]:
    """Count these grants anew; returns those that count for something else than before.

    Right whatever was stored before, so it may be called once too often, and twice at once.

    Args:
        grants: keys; of one that is gone nothing is counted.
        verdicts: what besides is to be added to the figures of categories.
        reviewed: category -> when somebody gave a verdict on it.
    """
    keys = sorted(set(grants))
    if not keys:
        return []
    _hold_the_tree()
    rows = _locked(keys)
    truth = counted_of_grants([row.pk for row in rows])
    differ = [row for row in rows if _facts(row) != truth.of(row.pk)]
    found: Differences = defaultdict(Counter)
    for row in differ:
        before, after = set(row.examples), truth.examples[row.pk]
        waited, waits = set(row.pending), truth.pending[row.pk]
        _add(found, "examples", before, after)
        _add(found, "with_below", before | {*row.above}, after | truth.above[row.pk])
        _add(found, "pending", waited, waits)
        if row.stream == Grant.Stream.POOL:  # type: ignore[attr-defined]  # by _lock
            _add(found, "of_pool", before, after)
            _add(found, "pending_of_pool", waited, waits)
        for name, value in zip(FACTS, truth.of(row.pk), strict=True):
            setattr(row, name, value)
    _store(differ)
    for category, figures in (verdicts or {}).items():
        found[category].update(figures)
    add_to_categories(found, reviewed or {})
    return [row.pk for row in differ]


def _facts(row: GrantRollup) -> list[Any]:
    return [getattr(row, name) for name in FACTS]


def _add(found: Differences, name: str, before: set[int], after: set[int]) -> None:
    for category in after - before:
        found[category][name] += 1
    for category in before - after:
        found[category][name] -= 1


def count_new(labelled: Categories, of_pool: Collection[int]) -> None:
    """Count grants that the caller's transaction has made, by the labels that they came with.

    Nothing else can stand for them yet, and nobody else can see them, so nothing is read of them
    but when the labels came.

    Args:
        labelled: grant -> categories of its file, for grants that have any.
        of_pool: keys of those outside the audit stream.
    """
    if not labelled:
        return
    _hold_the_tree()
    instead = stand_ins({category for found in labelled.values() for category in found})
    examples = {pk: {instead.get(c, c) for c in found} for pk, found in labelled.items()}
    came = Label.objects.of_staff().filter(grant__in=examples)
    span = came.aggregate(first=Min("created_at"), last=Max("created_at"))
    lines = lines_of({category for found in examples.values() for category in found})
    wholes = {pk: closure(found, lines) for pk, found in examples.items()}
    insert_rows(
        GrantRollup(is_labelled=True, given_first_at=span["first"], given_last_at=span["last"]),
        ("grant_id", "examples", "above"),
        ((pk, sorted(found), sorted(wholes[pk] - found)) for pk, found in examples.items()),
    )
    sums: Differences = defaultdict(Counter)
    for pk, found in examples.items():
        _add(sums, "examples", set(), found)
        _add(sums, "with_below", set(), wholes[pk])
        if pk in of_pool:
            _add(sums, "of_pool", set(), found)
    add_to_categories(sums, {})


def take_out(grants: Collection[int]) -> None:
    """Let grants that are about to be deleted count for nothing; what is under them must be gone.

    A step of a deletion, which holds what it deletes: nobody says anything of these grants by now.
    """
    counted = GrantRollup.objects.filter(pk__in=grants)
    recount(counted.values_list("pk", flat=True))
    counted.delete()


@tried_again
@transaction.atomic
def wait_for_those_who_count() -> None:
    """Return when all who began to count before have ended, by however the categories stood then.

    To be called outside of a transaction: who waits here holds nothing that another wants.
    """
    _hold_the_tree(alone=True)


def _locked(keys: list[int]) -> "list[GrantRollup]":
    """The rows with the keys, made where there were none, in the order of their keys."""
    wanted = GrantRollup.objects.filter(pk__in=keys).order_by("pk")
    if len(keys) > 1 and len(here := set(wanted.values_list("pk", flat=True))) < len(keys):
        # Before any row is held: who deletes a grant holds it, and waits for its row then.
        _make([pk for pk in keys if pk not in here])
    found = _lock(wanted)
    if found or len(keys) > 1:
        return found
    _make(keys)
    return _lock(wanted)


def _lock(wanted: "QuerySet[GrantRollup]") -> "list[GrantRollup]":
    of_stream = wanted.annotate(stream=F("grant__stream"))
    return list(of_stream.select_for_update(no_key=True, of=("self",)))


def _make(keys: list[int]) -> None:
    """Rows of grants that are there; whoever made one a moment ago is waited for."""
    grants = Grant.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    missing = [GrantRollup(pk=pk) for pk in grants.values_list("pk", flat=True)]
    GrantRollup.objects.bulk_create(missing, ignore_conflicts=True)


def _store(rows: list[Any]) -> None:
    """Rows that are there and locked, in one statement of a length that grows with them alone."""
    if rows:
        GrantRollup.objects.bulk_create(
            rows, 500, update_conflicts=True, unique_fields=["grant"],
            update_fields=FACTS,
        )  # fmt: skip


def _hold_the_tree(*, alone: bool = False) -> None:
    """Until the transaction ends. SQLite knows one writer at a time anyway."""
    if connection.vendor == "postgresql":
        how = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {how}(%s, %s)", TREE)
