"""The grants that drift is judged by: some of each month's, and some that were learned from."""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from annotation.models import Grant, ModelVersion, Snapshot

A_MONTH = 400  # grants of a month that are looked at, drawn by lot
OF_REFERENCE = 1_200
MONTHS = 13  # the one that goes on and a year
LEAST = 30  # grants by which a month is judged


@dataclass(frozen=True)
class Samples:
    """Keys of grants. ``reference``: empty where too little was learned from to compare with."""

    months: dict[date, list[int]]  # first day of a month -> some that came in it
    n_of_months: dict[date, int]  # all that came in it and were not learned from
    reference: list[int]

    def others_than(self, month: date) -> list[int]:
        """What a month is held against: the reference, else the samples of all other months."""
        if self.reference:
            return self.reference
        return [pk for other, keys in self.months.items() if other != month for pk in keys]


def samples(version: ModelVersion | None, zone: ZoneInfo, now: datetime) -> Samples:
    """Drawn by lot, and the same each time from the same grants. Reads keys and dates alone."""
    learned = _learned(version)
    start = months_back(now.astimezone(zone).date(), MONTHS - 1)
    since = datetime(start.year, start.month, 1, tzinfo=zone)
    rows = Grant.objects.filter(created_at__gte=since, created_at__lte=now).order_by("pk")
    months: dict[date, list[int]] = defaultdict(list)
    counts: dict[date, int] = defaultdict(int)
    lots = random.Random(0)
    for pk, came in rows.values_list("pk", "created_at").iterator(chunk_size=5_000):
        if pk in learned:
            continue
        month = came.astimezone(zone).date().replace(day=1)
        counts[month] += 1
        kept = months[month]
        if len(kept) < A_MONTH:
            kept.append(pk)
        elif (place := lots.randrange(counts[month])) < A_MONTH:  # Vitter 1985, algorithm R
            kept[place] = pk
    some = lots.sample(sorted(learned), min(OF_REFERENCE, len(learned)))
    ordered = dict(sorted(months.items()))
    return Samples(ordered, dict(counts), some if len(some) >= LEAST else [])


def _learned(version: ModelVersion | None) -> set[int]:
    found = Snapshot.objects.filter(model_version=version).values_list("grant_ids", flat=True)
    keys = set(found.first() or []) if version else set()
    # Some may be gone: an import that was undone, the demonstration.
    here: set[int] = set()
    listed = sorted(keys)
    for start in range(0, len(listed), 5_000):
        part = Grant.objects.filter(pk__in=listed[start : start + 5_000])
        here.update(part.values_list("pk", flat=True))
    return here


def months_back(day: date, n: int) -> date:
    """The first day of the month so many before the day's."""
    months = 12 * day.year + day.month - 1 - n
    return date(months // 12, months % 12 + 1, 1)
