"""Keeping the flag of grants whose text stands in another grant, too."""

from collections import defaultdict
from collections.abc import Collection

from django.db import transaction
from django.db.models import Count

from annotation.models import Grant
from annotation.models.quality import Flag, in_order

BATCH = 500


def flag_duplicates_of_new_grants() -> None:
    """Flag the grants that came or changed since they were last compared, and their doubles.

    Each batch is a transaction of its own, so that nobody waits long. Twice does no harm.
    """
    last, done = 0, set[str]()
    while rows := list(
        Grant.objects.not_compared()
        .filter(pk__gt=last)
        .order_by("pk")
        .values_list("pk", "text_key")[:BATCH]
    ):
        last = rows[-1][0]
        # A text that thousands share is counted once and not with each batch.
        done |= flag_duplicates({key for _, key in rows} - done)


def flag_duplicates(keys: Collection[str]) -> set[str]:
    """Make the flag right on every grant of these texts; returns those that several grants have.

    Args:
        keys: ``Grant.text_key``, any number of them.
    """
    ordered, shared = sorted(keys), set[str]()
    for start in range(0, len(ordered), BATCH):
        shared |= _flag(ordered[start : start + BATCH])
    return shared


def _flag(keys: list[str]) -> set[str]:
    grants = Grant.objects.filter(text_key__in=keys).exclude(text_key="")
    counted = grants.values_list("text_key").annotate(n=Count("pk")).order_by()
    shared = {key for key, n in counted if n > 1}
    wrong = [
        pk
        for pk, key, flags in grants.values_list("pk", "text_key", "quality_flags")
        if (key in shared) != (Flag.DUPLICATE in flags)
    ]
    for start in range(0, len(wrong), BATCH):
        _change(wrong[start : start + BATCH], shared)
    return shared


@transaction.atomic
def _change(keys: list[int], shared: set[str]) -> None:
    # Read again under the lock: an import may have given one of them another text meanwhile.
    locked = Grant.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    to_flags: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for pk, key, flags in locked.values_list("pk", "text_key", "quality_flags"):
        right = {*flags, Flag.DUPLICATE} if key in shared else {*flags} - {Flag.DUPLICATE}
        to_flags[tuple(in_order(right))].append(pk)
    for wanted, of_grants in to_flags.items():
        Grant.objects.filter(pk__in=of_grants).update(quality_flags=list(wanted))
