"""The list of grants: a page of what a filter finds, and how many there are."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Q, QuerySet

from annotation.models import Grant
from annotation.reports.grant_filters import NAMES, OF_EXAMPLES, ORDERS, Part, filtered
from annotation.reports.grant_keys import LARGEST, Key, first_key, key_in, place_of, start_of
from annotation.reports.grant_rows import GrantRow, rows_of

PAGE = 25
COUNTED = 10_000
# One index finds the grants of a filter, another one the next of all: no index knows both. Where a
# filter finds few, all their keys are read, which counts them as well; where it finds many, a page
# is looked for among the nearest grants first.
NEAR = 2_500
# What says whether a grant is labelled stands in other tables, so no index leads from the state to
# its grants. They are counted among the first so many only, and looked for among the next so many:
# a page may hold fewer than fit, or none, and lead on.
LOOKED_UP = ("labelled", "suggested")
LOOKED_AT = 50_000
# What they find is gathered from tables before it is cut.
FOUND_WHOLE = (*OF_EXAMPLES, "suggested", "outcome")
KEYS = ("after", "before", "at")


@dataclass(frozen=True)
class GrantPage:
    """``n_total`` is exact, or with ``is_estimate`` about right, or there are at least so many.

    ``first`` is the place of the first row among all, None where nobody counted so far.
    """

    rows: list[GrantRow]
    n_total: int
    previous: str | None
    next: str | None
    first: int | None
    is_exact: bool = True
    is_estimate: bool = False

    @property
    def last(self) -> int | None:
        return None if self.first is None else self.first + len(self.rows) - 1


def find_grants(query: Mapping[str, str]) -> GrantPage:
    """A page of the grants that a filter finds, in the order of import or of their scores.

    Nine queries for any page, five more for a filter's; none reads more than is near, looked at,
    shown or counted.

    Args:
        query: the names of ``grant_filters.NAMES``; ``after`` or ``before``, the key of a row, and
            ``at``, as the links between pages have it: the place among all of the row that follows
            the one whose key is ``after``, or of the one whose key is ``before``.
    """
    order = query.get("order", "")
    after, before = key_in(query, "after"), key_in(query, "before")
    few = _few(query)
    n_total, is_exact, is_estimate = _count(query) if few is None else (len(few), True, False)
    page, has_more, looked_to = _nearest_page(query, after, before, few)
    if before and not (page or has_more):  # what stood there has gone
        after = before = None
        page, has_more, looked_to = _nearest_page(query, None, None, few)
    is_first = not has_more if before else after is None
    place = _place(query, len(page), is_first)
    last_is_shown = not (has_more or before)
    if few is None and query.get("state") in LOOKED_UP:  # the page may lie beyond what was counted
        n_total = max(n_total, len(page))
    if is_first and last_is_shown:
        n_total, is_exact, is_estimate = len(page), True, False
    ends = (place_of(page[0], order), place_of(page[-1], order)) if page else (None, None)
    start, end = (looked_to or ends[0], ends[1]) if before else (ends[0], looked_to or ends[1])
    return GrantPage(
        rows=rows_of(page),
        n_total=n_total,
        is_exact=is_exact,
        is_estimate=is_estimate,
        previous=None if is_first or not start else _back(query, start, place),
        next=None if last_is_shown or not end else _on(query, end, place, len(page)),
        first=place if page else 0,
    )


def _nearest_page(
    query: Mapping[str, str], after: Key | None, before: Key | None, few: list[int] | None
) -> tuple[list[Grant], bool, Key | None]:
    """A page, whether there is more, and where looking ended before the page was full."""
    order = query.get("order", "")
    if few is not None:
        of_page = Grant.objects.filter(pk__in=_of_page(few, after, before))
        return *_page(of_page, order, after, before), None
    if order not in ORDERS and any(query.get(name) for name in NAMES):
        start = start_of(after, before)
        is_looked_up = query.get("state") in LOOKED_UP
        for n in (NEAR, LOOKED_AT) if is_looked_up else (NEAR,):
            reach = (max(0, start - n), start) if before else (start, min(start + n, LARGEST))
            found = filtered(query, Part(within=reach))
            page, has_more = _page(found, order, after, before)
            if has_more:
                return page, True, None
        if is_looked_up:
            end = reach[0] if before else reach[1]
            beyond = Grant.objects.filter(**{"pk__lt" if before else "pk__gt": end}).exists()
            return page, beyond, Key(end) if beyond else None
    if query.get("state") in LOOKED_UP and (edge := _edge(order, after, before)):
        last, following = edge
        is_descending = (order == "highest") != bool(before)
        found = filtered(query).filter(_beyond(following, not is_descending, with_score=True))
        page, has_more = _page(found, order, after, before)
        return page, True, None if has_more else last
    return *_page(filtered(query), order, after, before), None


def _edge(order: str, after: Key | None, before: Key | None) -> tuple[Key, Key] | None:
    """Of an order by scores the last row that is looked at, and the one beyond; None: none is."""
    is_descending = (order == "highest") != bool(before)
    scored = Grant.objects.filter(top_score__isnull=False)
    if key := before or after:
        scored = scored.filter(_beyond(key, is_descending, with_score=True))
    sign = "-" if is_descending else ""
    rows = scored.order_by(f"{sign}top_score", f"{sign}pk").values_list("pk", "top_score")
    keys = [Key(*row) for row in rows[LOOKED_AT - 1 : LOOKED_AT + 1]]
    return (keys[0], keys[1]) if len(keys) == 2 else None


def _few(query: Mapping[str, str]) -> list[int] | None:
    """The keys that a filter finds, in order; None: too many, or they are not to be read."""
    is_looked_up = query.get("state") in LOOKED_UP
    others = {**query, "state": ""} if is_looked_up else query
    names = [name for name in NAMES if others.get(name)]
    if not names or query.get("order") in ORDERS or _are_many(others):
        return None
    most = COUNTED + 1 if names in (["q"], ["place"]) else None
    found = filtered(others, Part(most=most)).order_by().values_list("pk", flat=True)
    keys = [*found[: COUNTED + 1]]
    if len(keys) > COUNTED:
        return None
    if is_looked_up:
        state = filtered({"state": query["state"]}).filter(pk__in=keys)
        keys = [*state.order_by().values_list("pk", flat=True)]
    return sorted(keys)


def _are_many(query: Mapping[str, str]) -> bool:
    """Whether the first grants alone are too many: of a broad category all need not be found."""
    if not any(query.get(name) for name in FOUND_WHOLE):
        return False
    start = first_key()
    first = filtered(query, Part(within=(start, start + 10 * COUNTED)))
    return first.order_by().values("pk")[: COUNTED + 1].count() > COUNTED


def _of_page(few: list[int], after: Key | None, before: Key | None) -> list[int]:
    """The keys of a page, and one more that tells whether there is another."""
    if before:
        end = bisect_left(few, before.pk)
        return few[max(0, end - PAGE - 1) : end]
    start = bisect_right(few, after.pk) if after else 0
    return few[start : start + PAGE + 1]


def _page(
    found: QuerySet[Grant], order: str, after: Key | None, before: Key | None
) -> tuple[list[Grant], bool]:
    """The rows in the order of the list, and whether there are more in the direction of reading."""
    fields = ["top_score", "pk"] if order in ORDERS else ["pk"]
    is_descending = (order == "highest") != bool(before)
    if key := before or after:
        found = found.filter(_beyond(key, is_descending, with_score=len(fields) > 1))
    rows = found.order_by(*(f"-{f}" if is_descending else f for f in fields))
    page: list[Grant] = [*rows[: PAGE + 1]]
    has_more, page = len(page) > PAGE, page[:PAGE]
    return (page[::-1] if before else page), has_more


def _beyond(key: Key, is_descending: bool, with_score: bool) -> Q:
    above = "lt" if is_descending else "gt"
    if not with_score:
        return Q(**{f"pk__{above}": key.pk})
    score = 0.0 if key.score is None else key.score
    # The first half alone lets the index begin at the right place.
    return Q(**{f"top_score__{above}e": score}) & (
        Q(**{f"top_score__{above}": score}) | Q(**{f"pk__{above}": key.pk})
    )


def _place(query: Mapping[str, str], n: int, is_first: bool) -> int | None:
    """Of the first of the page's n rows, or where it would stand; None where nobody counted.

    The links between pages carry it along: counting it would cost more on each page.
    """
    if is_first:
        return 1
    at = query.get("at", "")
    if not (at.isascii() and at.isdecimal() and len(at) < 10 and int(at)):
        return None
    # Looked for backwards, a page may hold fewer rows than fit: its last one stands before ``at``.
    place = int(at) - n * bool(query.get("before"))
    return place if place > 0 else None


def _count(query: Mapping[str, str]) -> tuple[int, bool, bool]:
    """How many, whether that is exact, whether it is an estimate. Exact to 10,000."""
    is_narrowed = any(query.get(name) for name in NAMES)
    if query.get("state") in LOOKED_UP:
        beyond = Grant.objects.order_by("pk").values_list("pk", flat=True)[LOOKED_AT:][:1]
        if last := next(iter(beyond), None):
            first = filtered(query, Part(within=(0, last - 1))).order_by().values("pk")
            return first[:COUNTED].count(), False, False
    elif is_narrowed and query.get("order") not in ORDERS:
        return COUNTED, False, False  # or they would be few
    if _are_many(query):
        return COUNTED, False, False
    found = filtered(query).order_by().values("pk")
    n = found[: COUNTED + 1].count()
    if n <= COUNTED:
        return n, True, False
    if is_narrowed:
        return COUNTED, False, False
    if connection.vendor == "sqlite":  # it reads one small index
        return found.count(), True, False
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'annotation_grant'::regclass")
        about = int(cursor.fetchone()[0])
    return (about, False, True) if about > COUNTED else (COUNTED, False, False)


def _back(query: Mapping[str, str], start: Key, place: int | None) -> str:
    at = {} if place is None else {"at": str(place)}
    return _link(query, before=str(start), **at)


def _on(query: Mapping[str, str], end: Key, place: int | None, n: int) -> str:
    at = {} if place is None else {"at": str(place + n)}
    return _link(query, after=str(end), **at)


def _link(query: Mapping[str, str], **keys: str) -> str:
    kept = {name: value for name, value in query.items() if name not in KEYS and value}
    return "?" + urlencode(kept | keys)
