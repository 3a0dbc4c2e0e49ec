"""The list of grants: a page of what a filter finds, and how many there are."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Q, QuerySet

from annotation.models import Annotation, Grant, Label, QueueItem, Suggestion
from annotation.reports.grant_filters import NAMES, ORDERS, filtered
from annotation.reports.what_stands import decisions_that_stand, labels_that_stand

PAGE = 25
COUNTED = 10_000
# What says whether a grant is labelled stands in other tables, so no index leads from the state to
# its grants. A page is therefore looked for among the nearest grants first, and counted among the
# first hundred thousand only: a million labels are not gone through for 25 rows.
LOOKED_UP = ("labelled", "suggested")
NEAR, LOOKED_AT = 250, 100_000
KEYS = ("after", "before", "at")


@dataclass(frozen=True)
class GrantRow:
    """One line of the list. ``state`` is one of labelled, suggested, waiting.

    ``score``: of the likeliest suggestion, 0 to 1; None where there is none or it is hidden.
    """

    grant: Grant
    categories: list[str]
    state: str
    by: str
    score: float | None = None


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


@dataclass(frozen=True)
class Key:
    """A row's place in the order: its key, and before it its score where scores make the order."""

    pk: int
    score: float | None = None

    def __str__(self) -> str:
        return f"{self.pk}" if self.score is None else f"{self.score!r}~{self.pk}"


def find_grants(query: Mapping[str, str]) -> GrantPage:
    """A page of the grants that a filter finds, in the order of import or of their scores.

    Nine queries for any page, three more for one of a state; none reads more than it shows or
    counts, at most 10,000, but for a state that hardly any grant has.

    Args:
        query: the names of ``grant_filters.NAMES``; ``after`` or ``before``, the key of a row, and
            ``at``, the place of the page's first row among all, as the links between pages have it.
    """
    found = filtered(query)
    order = query.get("order", "")
    after, before = _key(query, "after"), _key(query, "before")
    page, has_more = _nearest_page(found, query, after, before)
    if before and not page:  # what stood there has gone
        after = before = None
        page, has_more = _nearest_page(found, query, None, None)
    is_first = not has_more if before else after is None
    first = _first(query, page, is_first)
    last_is_shown = not (has_more or before)
    n_total, is_exact, is_estimate = _count(found, query)
    if query.get("state") in LOOKED_UP:  # the page may lie beyond what was counted
        n_total = max(n_total, len(page))
    if is_first and last_is_shown:
        n_total, is_exact, is_estimate = len(page), True, False
    return GrantPage(
        rows=_rows(page),
        n_total=n_total,
        is_exact=is_exact,
        is_estimate=is_estimate,
        previous=None if is_first or not page else _back(query, order, page[0], first),
        next=None if last_is_shown or not page else _on(query, order, page, first),
        first=first,
    )


def _nearest_page(
    found: QuerySet[Grant], query: Mapping[str, str], after: Key | None, before: Key | None
) -> tuple[list[Grant], bool]:
    order = query.get("order", "")
    if query.get("state") in LOOKED_UP and order not in ORDERS:
        page, has_more = _page(_near(found, after, before), order, after, before)
        if has_more:
            return page, True
    return _page(found, order, after, before)


def _near(found: QuerySet[Grant], after: Key | None, before: Key | None) -> QuerySet[Grant]:
    if before:
        return found.filter(pk__gte=before.pk - NEAR)
    start = after.pk if after else Grant.objects.order_by("pk").values_list("pk", flat=True).first()
    return found.filter(pk__lte=(start or 0) + NEAR)


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


def _first(query: Mapping[str, str], page: list[Grant], is_first: bool) -> int | None:
    """The links between pages carry it along: counting it would cost more on each page."""
    if not page:
        return 0
    if is_first:
        return 1
    at = query.get("at", "")
    return int(at) if at.isascii() and at.isdecimal() and len(at) < 10 and int(at) else None


def _count(found: QuerySet[Grant], query: Mapping[str, str]) -> tuple[int, bool, bool]:
    """How many, whether that is exact, whether it is an estimate. Exact to 10,000."""
    if query.get("state") in LOOKED_UP:
        beyond = Grant.objects.order_by("pk").values_list("pk", flat=True)[LOOKED_AT:][:1]
        if last := next(iter(beyond), None):
            first = filtered(query, below=last).order_by().values("pk")
            return first[:COUNTED].count(), False, False
    n = found.order_by().values("pk")[: COUNTED + 1].count()
    if n <= COUNTED:
        return n, True, False
    if any(query.get(name) for name in NAMES):
        return COUNTED, False, False
    if connection.vendor == "sqlite":  # it reads one small index
        return found.count(), True, False
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'annotation_grant'::regclass")
        about = int(cursor.fetchone()[0])
    return (about, False, True) if about > COUNTED else (COUNTED, False, False)


def _rows(page: list[Grant]) -> list[GrantRow]:
    keys = [grant.pk for grant in page]
    # Asked of the page alone: beside each row of a query it is worked out for the whole queue.
    hidden = set(QueueItem.objects.secret().filter(grant__in=keys).values_list("grant", flat=True))
    chosen: dict[int, dict[str, None]] = defaultdict(dict)
    by: dict[int, list[str]] = defaultdict(list)
    shown = Annotation.objects.as_shown().filter(grant__in=keys)
    for grant, name in shown.order_by("pk").values_list("grant_id", "annotator__username"):
        by[grant].append(name)
    decided = decisions_that_stand().filter(annotation__grant__in=keys)
    for grant, label in decided.order_by("pk").values_list(
        "annotation__grant_id", "category__label"
    ):
        chosen[grant][label] = None
    labels = labels_that_stand().filter(grant__in=keys)
    for grant, label in labels.values_list("grant_id", "category__label"):
        chosen[grant][label] = None
    brought = Label.objects.of_current_taxonomy().of_staff().filter(grant__in=keys)
    came = set(brought.values_list("grant_id", flat=True))
    ticked: dict[int, list[str]] = defaultdict(list)
    suggestions = Suggestion.objects.of_last_readers().filter(grant__in=keys, is_ticked=True)
    for suggestion in suggestions.select_related("category"):
        ticked[suggestion.grant_id].append(suggestion.category.label)
    return [
        GrantRow(g, [], "waiting", "")
        if g.pk in hidden
        else _row(g, list(chosen[g.pk]), by[g.pk], g.pk in came, ticked[g.pk])
        for g in page
    ]


def _row(grant: Grant, chosen: list[str], by: list[str], came: bool, ticked: list[str]) -> GrantRow:
    is_audit = grant.stream == Grant.Stream.AUDIT
    score = None if is_audit else grant.top_score
    if by or came:
        return GrantRow(grant, chosen, "labelled", ", ".join(by) or "import", score)
    if is_audit:  # a list must not tell what a blind reader may not see
        return GrantRow(grant, [], "waiting", "")
    return GrantRow(grant, ticked, "suggested" if ticked else "waiting", "", score)


def _key(query: Mapping[str, str], name: str) -> Key | None:
    score, _, pk = query.get(name, "").rpartition("~")
    largest = connection.ops.integer_field_range("BigIntegerField")[1] or 2**63 - 1
    if not (pk.isascii() and pk.isdecimal() and len(pk) < 20 and int(pk) <= largest):
        return None
    if query.get("order") not in ORDERS:
        return Key(int(pk))
    try:
        value = float(score[:30])
    except ValueError:
        return None
    return Key(int(pk), value) if 0 <= value <= 1 else None


def _key_of(grant: Grant, order: str) -> str:
    return str(Key(grant.pk, grant.top_score if order in ORDERS else None))


def _back(query: Mapping[str, str], order: str, row: Grant, first: int | None) -> str:
    at = {} if first is None else {"at": str(max(1, first - PAGE))}
    return _link(query, before=_key_of(row, order), **at)


def _on(query: Mapping[str, str], order: str, page: list[Grant], first: int | None) -> str:
    at = {} if first is None else {"at": str(first + len(page))}
    return _link(query, after=_key_of(page[-1], order), **at)


def _link(query: Mapping[str, str], **keys: str) -> str:
    kept = {name: value for name, value in query.items() if name not in KEYS and value}
    return "?" + urlencode(kept | keys)
