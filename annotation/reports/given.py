"""Examples by when they were given: what stands for a grant, of some days and some categories.

A pair of a grant and a category counts where anybody who still stands behind it said so within the
days: an annotator by their last word, an adjudication, a sprint, or the file that brought it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from annotation.models import Category, Grant, QueueItem, SiteSettings, Suggestion
from annotation.reports.merged import counted, counts_for
from annotation.reports.sprint_pairs import ASKED, yes_that_stand
from annotation.reports.what_stands import decisions_that_stand, labels_that_stand

DAY = re.compile(r"(19[7-9]\d|2\d{3})-\d\d-\d\d", re.ASCII)
OF_GRANT = {
    "decided": "annotation__grant", "came": "grant", "said": "sprint_grant__grant",
}  # fmt: skip
GIVEN_AT = {"decided": "annotation__submitted_at", "came": "created_at", "said": "decided_at"}
CATEGORY = {"decided": "category", "came": "category", "said": ASKED}


@dataclass(frozen=True)
class Days:
    """Local days of the site, both of them counted; None: no end on this side."""

    first: date | None = None
    last: date | None = None

    @property
    def begin(self) -> datetime | None:
        return _midnight(self.first) if self.first else None

    @property
    def end(self) -> datetime | None:
        """The first instant after them."""
        return _midnight(self.last + timedelta(days=1)) if self.last else None

    def within(self, field: str) -> Q:
        """The instants of a field that lie in them."""
        found = Q()
        if begin := self.begin:
            found &= Q(**{f"{field}__gte": begin})
        if end := self.end:
            found &= Q(**{f"{field}__lt": end})
        return found

    def hold_all(self, rollup: str = "") -> Q:
        """Rollups of the grants to which all that stands was given in them.

        Args:
            rollup: ``rollup__``, for the grants themselves.
        """
        first, last = f"{rollup}given_first_at", f"{rollup}given_last_at"
        known = Q(**{f"{rollup}is_labelled": True, f"{first}__isnull": False})
        return known & self.within(first) & self.within(last)

    def hold_some(self) -> Q:
        """Those of which some may have been given in them and some was not, or nobody knows."""
        begin, end = self.begin, self.end
        found = Q(given_first_at=None)
        if begin:
            found |= Q(given_first_at__lt=begin, given_last_at__gte=begin)
        if end:
            found |= Q(given_first_at__lt=end, given_last_at__gte=end)
        return Q(is_labelled=True) & found


ALWAYS = Days()


def day_in(value: str) -> date | None:
    """2026-03-31, from 1970 to 2999; None where it is no day."""
    if not DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def days_in(query: Mapping[str, str]) -> Days | None:
    """What ``given_from`` and ``given_to`` ask for; None where one of them is no day."""
    texts = [query.get(name, "") for name in ("given_from", "given_to")]
    first, last = (day_in(text) for text in texts)
    if any(text and not day for text, day in zip(texts, (first, last), strict=True)):
        return None
    return Days(first, last)


def examples_given(
    days: Days,
    of: Category | None = None,
    *,
    with_below: bool = False,
    within: tuple[int, int] | None = None,
    grants: QuerySet[Grant] | None = None,
) -> dict[str, QuerySet[Any]]:
    """The rows that say so, of three tables, by who said it.

    Args:
        of: of this category alone, as merged ones count for it; None: of all of them.
        with_below: and of all that stands below it.
        within: of the grants between these keys alone.
        grants: of these alone.
    """
    found: dict[str, QuerySet[Any]] = {
        "decided": decisions_that_stand(),
        "came": labels_that_stand(),
        "said": yes_that_stand(),
    }
    for name, rows in found.items():
        grant, category = OF_GRANT[name], CATEGORY[name]
        rows = rows.filter(days.within(GIVEN_AT[name]))
        if of and with_below:
            below = Category.objects.within(of).values("pk")
            rows = rows.filter(**{f"{category}__in": below})
        elif of:
            rows = rows.filter(counts_for(of, category))
        if within:
            rows = rows.filter(**{f"{grant}__gte": within[0], f"{grant}__lte": within[1]})
        if grants is not None:
            rows = rows.filter(**{f"{grant}__in": grants.order_by().values("pk")})
        found[name] = rows.order_by()
    return found


def grants_given(
    days: Days,
    of: Category | None = None,
    *,
    with_below: bool = False,
    within: tuple[int, int] | None = None,
) -> QuerySet[Any, Any]:
    """Keys of the grants that have such an example, each once; those that are secret among them."""
    rows = examples_given(days, of, with_below=with_below, within=within)
    decided, came, said = (of_one.values(OF_GRANT[name]) for name, of_one in rows.items())
    return decided.union(came, said)


def waits_with(category: Category, within: tuple[int, int] | None = None) -> QuerySet[Any, Any]:
    """Keys of the waiting grants that it is ticked for, as the coverage page counts them."""
    ticked = Suggestion.objects.of_last_readers().filter(
        category=category, is_ticked=True, grant__queue_item__is_open=True
    )
    if within:
        ticked = ticked.filter(grant__gte=within[0], grant__lte=within[1])
    is_offered = category.retired_at is None
    return (ticked if is_offered else ticked.none()).order_by().values("grant")


def pairs_given(days: Days, grants: QuerySet[Grant] | None = None) -> QuerySet[Any, Any]:
    """(grant, category that counts, stream) of each pair once, without what is still secret."""
    parts = []
    for name, rows in examples_given(days, grants=grants).items():
        grant = OF_GRANT[name]
        secret = QueueItem.objects.secret().filter(grant=OuterRef(grant))
        told = rows.filter(~Exists(secret))
        parts.append(told.values_list(f"{grant}_id", counted(CATEGORY[name]), f"{grant}__stream"))
    return parts[0].union(*parts[1:])


def _midnight(day: date) -> datetime:
    """With which a day begins on the site, whoever asks: a request, an export or a command."""
    return timezone.make_aware(datetime.combine(day, time()), SiteSettings.objects.current().zone)
