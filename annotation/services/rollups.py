"""Keeping the figures of categories true, in the transaction that changes what they count.

The rows are locked in one order wherever they are: the tree, grants by key, categories by key. And
they are locked last: a deed that has them waits for nothing else, so no two can wait in a ring.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import F, Model, QuerySet

from annotation.models import Annotation, CategoryRollup, Decision, Grant, GrantRollup
from annotation.reports.rollup_truth import (
    FIGURES,
    Figures,
    closure,
    examples_of_grants,
    lines_of,
    pending_of_grants,
)

# Of PostgreSQL's advisory locks: who counts holds it together, who moves categories alone, or a
# grant would be counted for categories above which it no longer stands.
TREE = (20_727, 1)
Row = TypeVar("Row", GrantRollup, CategoryRollup)
Differences = dict[int, Figures]  # category -> what is to be added to its figures


def follow(annotation: Annotation) -> None:
    """Take a new annotation into the figures; the one that it supersedes goes out of them.

    The last thing that its transaction does: the queue item tells by then whether the grant waits.
    """
    before = annotation.supersedes
    said = Decision.objects.filter(annotation__in=[a.pk for a in (annotation, before) if a])
    verdicts: Differences = defaultdict(Counter)
    reviewed: dict[int, datetime] = {}
    for of, category, verdict in said.values_list("annotation_id", "category_id", "verdict"):
        if of == annotation.pk:
            verdicts[category][verdict] += _counts(annotation)
            if verdict != Decision.Verdict.LEFT:
                reviewed[category] = annotation.submitted_at
        elif before:
            verdicts[category][verdict] -= _counts(before)
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
        grants: keys of grants that are there.
        verdicts: what besides is to be added to the figures of categories.
        reviewed: category -> when somebody gave a verdict on it.
    """
    _hold_the_tree(alone=False)
    keys = sorted(set(grants))
    if not keys:
        return []
    rows = _locked(GrantRollup.objects.annotate(stream=F("grant__stream")), keys)
    examples, pending = examples_of_grants(keys), pending_of_grants(keys)
    differ = [
        row
        for row in rows
        if row.examples != sorted(examples[row.pk])
        or row.pending != sorted(pending[row.pk])
        or row.is_labelled != bool(row.examples)
    ]
    named = {c for row in differ for c in (*row.examples, *examples[row.pk])}
    lines = lines_of(named) if named else {}
    found: Differences = defaultdict(Counter)
    for row in differ:
        is_of_pool = row.stream == Grant.Stream.POOL  # type: ignore[attr-defined]
        _add(found, "pending", set(row.pending), pending[row.pk])
        _add(found, "examples", set(row.examples), examples[row.pk])
        if is_of_pool:
            _add(found, "of_pool", set(row.examples), examples[row.pk])
        above = (closure(c, lines) for c in (row.examples, examples[row.pk]))
        _add(found, "with_below", *above)
        row.examples, row.pending = sorted(examples[row.pk]), sorted(pending[row.pk])
        row.is_labelled = bool(row.examples)
    _store(differ, ("examples", "pending", "is_labelled"))
    for category, figures in (verdicts or {}).items():
        found[category].update(figures)
    add_to_categories(found, reviewed or {})
    return [row.pk for row in differ]


def _add(found: Differences, name: str, before: set[int], after: set[int]) -> None:
    for category in after - before:
        found[category][name] += 1
    for category in before - after:
        found[category][name] -= 1


def take_out(grants: Collection[int]) -> None:
    """Let grants that are about to be deleted count for nothing; what is under them must be gone.

    A step of a deletion, which holds what it deletes: nobody says anything of these grants by now.
    """
    counted = GrantRollup.objects.filter(pk__in=grants)
    recount(counted.values_list("pk", flat=True))
    counted.delete()


def count_nothing() -> None:
    """Forget all figures: the taxonomy that they are about goes."""
    _hold_the_tree(alone=True)
    GrantRollup.objects.all().delete()
    CategoryRollup.objects.all().delete()


def follow_tree(grants: Collection[int]) -> None:
    """Count for the categories above by where they stand now, once some have been moved.

    Args:
        grants: keys of those about which something was said in a facet that it no longer is in.
    """
    _hold_the_tree(alone=True)
    recount(grants)
    rows = list(GrantRollup.objects.filter(is_labelled=True).values_list("examples", flat=True))
    lines = lines_of({category for examples in rows for category in examples})
    below = Counter(above for examples in rows for above in closure(examples, lines))
    stored = dict(CategoryRollup.objects.values_list("pk", "with_below"))
    keys = below.keys() | stored.keys()
    found = {pk: Counter(with_below=below[pk] - stored.get(pk, 0)) for pk in keys}
    add_to_categories(found, {})


def add_to_categories(found: Mapping[int, Figures], reviewed: Mapping[int, datetime]) -> None:
    """Add to the figures of categories, which makes no difference to what others add."""
    keys = {pk for pk, figures in found.items() if any(figures.values())} | reviewed.keys()
    if not keys:
        return
    rows = _locked(CategoryRollup.objects.all(), sorted(keys))
    for row in rows:
        for name in FIGURES:
            if n := found.get(row.pk, Counter())[name]:
                setattr(row, name, getattr(row, name) + n)
        if at := reviewed.get(row.pk):
            row.reviewed_at = max(row.reviewed_at or at, at)
    _store(rows, (*FIGURES, "reviewed_at"))


def _locked(rows: QuerySet[Row], keys: list[int]) -> list[Row]:
    """Those with the keys, made where there were none, in the order of their keys."""
    wanted = rows.filter(pk__in=keys).order_by("pk")
    found = list(wanted.select_for_update(no_key=True, of=("self",)))
    if len(found) == len(keys):
        return found
    here = {row.pk for row in found}
    # In order, and whoever made one a moment ago is waited for.
    missing = [rows.model(pk=pk) for pk in keys if pk not in here]
    rows.model._default_manager.bulk_create(missing, ignore_conflicts=True)
    return list(wanted.select_for_update(no_key=True, of=("self",)))


def _store(rows: list[Any], names: Iterable[str]) -> None:
    """Rows that are there and locked, in one statement of a length that grows with them alone."""
    if rows:
        model: type[Model] = type(rows[0])
        key = model._meta.pk
        assert key, "Every table has a key."
        model._default_manager.bulk_create(
            rows, 500, update_conflicts=True, unique_fields=[key.name], update_fields=list(names)
        )


def _hold_the_tree(*, alone: bool) -> None:
    """Until the transaction ends. SQLite knows one writer at a time anyway."""
    if connection.vendor == "postgresql":
        how = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {how}(%s, %s)", TREE)
