"""Finding grants: the list and its filters."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import ExtractYear

from annotation.models import (
    Annotation,
    Category,
    Decision,
    Grant,
    Label,
    Skip,
    Suggestion,
)

PAGE = 25
POSITIVE = [Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED]
STATES = ("labelled", "suggested", "waiting", "skipped", "audit")


@dataclass(frozen=True)
class GrantRow:
    """One line of the list. ``state`` is one of labelled, suggested, waiting."""

    grant: Grant
    categories: list[str]
    state: str
    by: str


@dataclass(frozen=True)
class GrantPage:
    rows: list[GrantRow]
    n_total: int
    previous: str | None
    next: str | None
    first: int


def find_grants(query: Mapping[str, str]) -> GrantPage:
    """A page of the grants that a filter finds, oldest first; eight queries for any page.

    Args:
        query: ``q`` words, ``category`` code (with all below), ``state``, ``programme``,
            ``year``, ``after`` or ``before`` (keys between pages).
    """
    found = filtered(query)
    keys, backwards = _key(query, "after"), _key(query, "before")
    window = found.order_by("pk")
    if backwards is not None:
        window = found.filter(pk__lt=backwards).order_by("-pk")
    elif keys is not None:
        window = window.filter(pk__gt=keys)
    page = list(window[: PAGE + 1])
    has_more, page = len(page) > PAGE, page[:PAGE]
    if backwards is not None:
        page.reverse()
    before = page[0].pk if page else 0
    first = found.filter(pk__lt=before).count() + 1 if page else 0
    has_next = has_more if backwards is None else True
    return GrantPage(
        rows=_rows(page),
        n_total=found.count(),
        previous=_link(query, before=before) if first > 1 else None,
        next=_link(query, after=page[-1].pk) if page and has_next else None,
        first=first,
    )


def programmes() -> list[str]:
    return list(
        Grant.objects.exclude(programme="")
        .order_by("programme")
        .values_list("programme", flat=True)
        .distinct()[:200]
    )


def years() -> list[int]:
    rows = Grant.objects.exclude(award_date=None).annotate(year=ExtractYear("award_date"))
    return list(rows.order_by("-year").values_list("year", flat=True).distinct())


def filtered(query: Mapping[str, str]) -> QuerySet[Grant]:
    """The grants of all pages, in no order."""
    found = Grant.objects.all()
    for word in query.get("q", "").replace("\0", "").split()[:10]:
        found = found.filter(
            Q(title__icontains=word)
            | Q(description__icontains=word)
            | Q(recipient_name__icontains=word)
            | Q(reference__icontains=word)
        )
    if programme := query.get("programme", "").replace("\0", ""):
        found = found.filter(programme=programme)
    if (year := query.get("year", "")).isdecimal() and len(year) == 4 and int(year):
        found = found.filter(award_date__year=int(year))
    if code := query.get("category", "").replace("\0", ""):
        category = Category.objects.current().filter(code=code).first()
        found = found.filter(_in_category(category)) if category else found.none()
    return _in_state(found, query.get("state", ""))


def _in_category(category: Category) -> Q:
    within = Category.objects.within(category)
    decided = Decision.objects.filter(
        annotation__grant=OuterRef("pk"),
        annotation__in=Annotation.objects.as_shown(),
        category__in=within,
        verdict__in=POSITIVE,
    )
    came = Label.objects.filter(grant=OuterRef("pk"), category__in=within)
    return Q(Exists(decided)) | Q(Exists(came))


def _in_state(found: QuerySet[Grant], state: str) -> QuerySet[Grant]:
    current = Annotation.objects.current().filter(grant=OuterRef("pk"))
    labels = Label.objects.of_current_taxonomy().filter(grant=OuterRef("pk"))
    is_labelled = Q(Exists(current)) | Q(Exists(labels))
    if state == "labelled":
        return found.filter(is_labelled)
    if state == "waiting":
        return found.filter(queue_item__is_open=True)
    if state == "suggested":
        ticked = Suggestion.objects.filter(grant=OuterRef("pk"), is_ticked=True)
        # Not the audit stream: a list must not tell what a blind reader may not see.
        return found.filter(~is_labelled, Exists(ticked), stream=Grant.Stream.POOL)
    if state == "skipped":
        return found.filter(Exists(Skip.objects.filter(grant=OuterRef("pk"))))
    if state == "audit":
        return found.audit()  # type: ignore[attr-defined]
    return found


def _rows(page: list[Grant]) -> list[GrantRow]:
    keys = [grant.pk for grant in page]
    chosen: dict[int, dict[str, None]] = defaultdict(dict)
    by: dict[int, list[str]] = defaultdict(list)
    for annotation in (
        Annotation.objects.as_shown()
        .filter(grant__in=keys)
        .select_related("annotator")
        .prefetch_related("decisions__category")
    ):
        by[annotation.grant_id].append(annotation.annotator.username)
        for decision in annotation.decisions.all():
            if decision.verdict in POSITIVE:
                chosen[annotation.grant_id][decision.category.label] = None
    came = set()
    labels = Label.objects.of_current_taxonomy().filter(grant__in=keys).select_related("category")
    for label in labels:
        came.add(label.grant_id)
        chosen[label.grant_id][label.category.label] = None
    ticked: dict[int, list[str]] = defaultdict(list)
    suggestions = Suggestion.objects.filter(grant__in=keys, is_ticked=True)
    for suggestion in suggestions.select_related("category"):
        ticked[suggestion.grant_id].append(suggestion.category.label)
    return [_row(g, list(chosen[g.pk]), by[g.pk], g.pk in came, ticked[g.pk]) for g in page]


def _row(grant: Grant, chosen: list[str], by: list[str], came: bool, ticked: list[str]) -> GrantRow:
    if by or came:
        return GrantRow(grant, chosen, "labelled", ", ".join(by) or "import")
    if grant.stream == Grant.Stream.AUDIT:  # a list must not tell what a blind reader may not see
        return GrantRow(grant, [], "waiting", "")
    return GrantRow(grant, ticked, "suggested" if ticked else "waiting", "")


def _key(query: Mapping[str, str], name: str) -> int | None:
    value = query.get(name, "")
    largest = connection.ops.integer_field_range("BigIntegerField")[1] or 2**63 - 1
    return int(value) if value.isdecimal() and len(value) < 20 and int(value) <= largest else None


def _link(query: Mapping[str, str], **keys: int) -> str:
    kept = {k: v for k, v in query.items() if k not in {"after", "before"} and v}
    return "?" + urlencode(kept | {k: str(v) for k, v in keys.items()})
