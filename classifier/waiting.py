"""The grants that wait, as arrays: all that the order of the queue depends on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from annotation.models import Grant, ModelVersion, QueueItem
from annotation.models.grants import lot

Row = tuple[Any, ...]  # in the order of COLUMNS
READ_AT_ONCE = 5_000
COLUMNS = (
    "pk", "grant_id", "stream", "n_done", "covers_id", "covers_score", "grant__reference",
    "grant__stream", "grant__scored_by_id", "grant__top_score", "grant__quality_flags",
    "grant__amount_awarded", "grant__currency",
)  # fmt: skip


@dataclass(frozen=True)
class Waiting:
    """A row for each grant that nobody has open now. Some 80 bytes a grant.

    ``is_fresh``: of the pool, read by the version or its refresh, and decided by nobody yet: what
    strategies may choose from. ``n_done``: annotations that stood. ``lots``: what the random
    stream is drawn by, ``places``: the order within every stream that is drawn, both 0 to 1,
    settled by the reference and independent. ``confidence``: the highest probability. ``speaks``:
    its text says enough to learn from. ``covers``: key of a category, 0 for none. ``amounts``: as
    they stand, NaN where unknown, with the number of their currency.
    """

    grant_ids: NDArray[np.int64]
    is_audit: NDArray[np.bool_]
    is_recheck: NDArray[np.bool_]
    is_second: NDArray[np.bool_]
    is_fresh: NDArray[np.bool_]
    n_done: NDArray[np.int64]
    lots: NDArray[np.float64]
    places: NDArray[np.float64]
    confidence: NDArray[np.float32]
    speaks: NDArray[np.bool_]
    covers: NDArray[np.int64]
    covers_score: NDArray[np.float32]
    amounts: NDArray[np.float64]
    currencies: NDArray[np.int64]

    def __len__(self) -> int:
        """How many grants wait."""
        return len(self.grant_ids)

    @property
    def amounts_in_medians(self) -> NDArray[np.float64]:
        """Each amount in medians of its currency, 0 where unknown or negative."""
        found = np.zeros(len(self))
        for currency in np.unique(self.currencies):
            own = (self.currencies == currency) & (self.amounts > 0)
            if own.any():
                found[own] = self.amounts[own] / np.median(self.amounts[own])
        return found


def read_waiting(version: ModelVersion) -> Waiting:
    """Everything that waits, read in parts of 5,000; one query each."""
    untaught = frozenset(settings.CLASSIE_UNTAUGHT_FLAGS)
    currencies: dict[str, int] = {}
    readers = set(version.readers().values_list("pk", flat=True))
    parts = [_part(rows, readers, untaught, currencies) for rows in _rows()]
    if not parts:
        parts = [_part([], readers, untaught, currencies)]
    return Waiting(
        *(
            np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(Waiting)
        )
    )


def coming(version: ModelVersion, reading: int, n: int, at_once: int) -> Iterator[list[Grant]]:
    """What annotators get next, but for what the version has read: for a refresh.

    Neither what is open on a screen, nor what is decided without suggestions, nor the audit
    stream: of these nothing is to change between two nights.

    Args:
        reading: of the settings under which it reads.
        n: places at the beginning of the queue.
        at_once: grants in one batch at most.
    """
    items = QueueItem.objects.free(timezone.now())
    items = items.filter(is_blind=False, grant__stream=Grant.Stream.POOL)
    keys = list(items.soonest_first().values_list("grant_id", flat=True)[:n])
    for start in range(0, len(keys), at_once):
        part = Grant.objects.filter(pk__in=keys[start : start + at_once])
        unread = part.exclude(scored_by=version, read_under=reading)
        if batch := list(unread.order_by("pk")):
            yield batch


def soonest(grants: QuerySet[Grant], n: int) -> Iterator[list[Grant]]:
    """Those of the grants that stand among the first ``n`` of the queue, as one batch, if any.

    So that a promotion shows to whoever opens the next grant, however many there are.
    """
    items = QueueItem.objects.free(timezone.now()).filter(is_blind=False).soonest_first()
    keys = list(items.values_list("grant_id", flat=True)[:n])
    if batch := list(grants.filter(pk__in=keys).order_by("pk")):
        yield batch


def _rows() -> Iterator[list[Row]]:
    last = 0
    items = QueueItem.objects.free(timezone.now()).order_by("pk").values_list(*COLUMNS)
    while rows := list(items.filter(pk__gt=last)[:READ_AT_ONCE]):
        last = rows[-1][0]
        yield rows


def _part(
    rows: list[Row], readers: set[int], untaught: frozenset[str], currencies: dict[str, int]
) -> Waiting:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    (
        _, grants, streams, n_done, covers, covers_scores, references,
        of_grants, read_by, confidence, flags, amounts, units,
    ) = columns  # fmt: skip
    is_audit = np.array([stream == Grant.Stream.AUDIT for stream in of_grants], dtype=bool)
    is_recheck = np.array([s == QueueItem.Stream.RECHECK for s in streams], dtype=bool)
    decided = np.array(n_done, dtype=np.int64)
    is_begun = decided > 0
    is_read = np.array([reader in readers for reader in read_by], dtype=bool)
    return Waiting(
        grant_ids=np.array(grants, dtype=np.int64),
        is_audit=is_audit,
        is_recheck=is_recheck & ~is_audit,
        is_second=is_begun & ~is_audit & ~is_recheck,
        is_fresh=is_read & ~is_begun & ~is_audit & ~is_recheck,
        n_done=decided,
        lots=np.array([lot(reference, "random") for reference in references]),
        places=np.array([lot(reference, "queue") for reference in references]),
        confidence=np.array([score or 0.0 for score in confidence], dtype=np.float32),
        speaks=np.array([untaught.isdisjoint(found) for found in flags], dtype=bool),
        covers=np.array([pk or 0 for pk in covers], dtype=np.int64),
        covers_score=np.array([score or 0.0 for score in covers_scores], dtype=np.float32),
        amounts=np.array([np.nan if a is None else float(a) for a in amounts], dtype=np.float64),
        currencies=np.array(
            [currencies.setdefault(unit, len(currencies)) for unit in units], dtype=np.int64
        ),
    )
