"""Which grants a filter finds: one rule for the list, the export page, the API and the files.

A filter is a mapping of the names below to texts, as the address has them. A text that makes no
sense finds nothing: an export must never hold more than was asked for. The form of the filters says
what is wrong before it comes so far.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import (
    Annotation,
    Category,
    Grant,
    Label,
    Outcome,
    QueueItem,
    Skip,
    Suggestion,
)
from annotation.models.grants import PROGRAMME_LENGTH, PROGRAMME_START
from annotation.reports.given import days_in, grants_given, waits_with
from annotation.reports.grant_choices import lists_of_flags
from annotation.reports.search import HasWords, terms

STATES = ("labelled", "suggested", "waiting", "skipped")
MOST_MONEY = Decimal(10) ** 16  # what a grant's amount can hold

Found = QuerySet[Grant]


@dataclass(frozen=True)
class Part:
    """Of what is found the grants ``within`` two keys, or ``most`` so many that have the words."""

    within: tuple[int, int] | None = None
    most: int | None = None


EVERYTHING = Part()


def filtered(query: Mapping[str, str], part: Part = EVERYTHING) -> Found:
    """The grants of all pages, in no order, or some of them."""
    found: Found = Grant.objects.all()
    if part.within:
        found = found.filter(between("pk", part.within))
    if any(query.get(name) for name in OF_EXAMPLES):
        found = _given(found, query, part)
    for name, narrow in FILTERS.items():
        if value := query.get(name, ""):
            found = narrow(found, value, part) if name in BY_PARTS else narrow(found, value)
    if query.get("order") in ORDERS:
        found = visibly_scored(found)
    return found


def between(key: str, within: tuple[int, int]) -> Q:
    return Q(**{f"{key}__gte": within[0], f"{key}__lte": within[1]})


def secret() -> Q:
    """Grants that somebody still decides by themselves: what was said of them is hidden."""
    return Q(Exists(QueueItem.objects.secret().filter(grant=OuterRef("pk"))))


def visibly_scored(found: Found) -> Found:
    """Grants whose score may be told; never the audit stream, by which models are judged."""
    return found.filter(~secret(), stream=Grant.Stream.POOL, top_score__isnull=False)


def _words(found: Found, value: str, part: Part, in_places: bool = False) -> Found:
    wanted = terms(value)
    if not wanted:
        return found.none()
    return found.filter(HasWords(wanted, in_places, part.within, part.most))


def _place(found: Found, value: str, part: Part) -> Found:
    return _words(found, value, part, in_places=True)


def _given(found: Found, query: Mapping[str, str], part: Part) -> Found:
    """By their examples: of a category, given within some days, or both of the same example."""
    days = days_in(query)
    if days is None:
        return found.none()
    names = [name for name in ("category", "itself") if query.get(name)]
    for name in names:
        category = named(query[name])
        if category is None:
            return found.none()
        # From the category to its grants: asked of every grant, a million would be looked at.
        is_broad = name == "category"
        grants = grants_given(days, category, with_below=is_broad, within=part.within)
        found = found.filter(pk__in=grants)
    if not names:
        found = found.filter(pk__in=grants_given(days, within=part.within))
    return found.filter(~secret())


def named(code: str) -> Category | None:
    return Category.objects.current().filter(code=code.replace("\0", "")).first()


def _suggested(found: Found, value: str, part: Part) -> Found:
    category = named(value)
    if category is None:
        return found.none()
    return visibly_scored(found).filter(pk__in=waits_with(category, part.within))


def _outcome(found: Found, value: str, part: Part) -> Found:
    """``facet:outcome``, as those who answered have it; labels of a file make a facet labelled."""
    facet, _, outcome = value.replace("\0", "").rpartition(":")
    said = Outcome.objects.filter(
        facet__code=facet,
        facet__taxonomy__is_current=True,
        value=outcome,
        annotation__in=Annotation.objects.as_shown(),
    )
    labels = Label.objects.of_current_taxonomy().of_staff().filter(category__facet__code=facet)
    if part.within:
        said = said.filter(between("annotation__grant", part.within))
        labels = labels.filter(between("grant", part.within))
    if outcome != Outcome.Value.LABELLED:
        return found.filter(~secret(), pk__in=said.values("annotation__grant"))
    came = said.values("annotation__grant").union(labels.values("grant"))
    return found.filter(~secret(), pk__in=came)


def _stream(found: Found, value: str) -> Found:
    return found.filter(stream=value) if value in Grant.Stream.values else found.none()


def _state(found: Found, value: str, part: Part) -> Found:
    current = Annotation.objects.current().filter(grant=OuterRef("pk"))
    labels = Label.objects.of_current_taxonomy().of_staff().filter(grant=OuterRef("pk"))
    if value == "labelled" and part.within:  # said of each table, or it is read whole
        current = current.filter(between("grant", part.within))
        labels = labels.filter(between("grant", part.within))
    is_labelled = ~secret() & (Q(Exists(current)) | Q(Exists(labels)))
    if value == "labelled":
        return found.filter(is_labelled)
    if value == "waiting":
        return found.filter(queue_item__is_open=True)
    if value == "suggested":
        ticked = Suggestion.objects.of_last_readers().filter(
            grant=OuterRef("pk"), is_ticked=True, category__retired_at=None
        )
        # What is visible is not secret; each condition by itself is asked of all grants at once.
        return visibly_scored(found).filter(~Exists(current), ~Exists(labels), Exists(ticked))
    if value == "skipped":
        return found.filter(pk__in=Skip.objects.values("grant"))
    return found.none()


def _annotator(found: Found, value: str) -> Found:
    answered = Annotation.objects.current().filter(annotator__username=value.replace("\0", ""))
    return found.filter(~secret(), pk__in=answered.values("grant"))


def _score_from(found: Found, value: str) -> Found:
    score = number(value)
    return found.none() if score is None else visibly_scored(found).filter(top_score__gte=score)


def _score_to(found: Found, value: str) -> Found:
    score = number(value)
    return found.none() if score is None else visibly_scored(found).filter(top_score__lte=score)


def _programme(found: Found, value: str) -> Found:
    start = value.replace("\0", "")[:PROGRAMME_LENGTH]
    return found.alias(programme_start=PROGRAMME_START).filter(programme_start=start)


def _year(found: Found, value: str) -> Found:
    if not (value.isascii() and value.isdecimal() and len(value) == 4 and int(value)):
        return found.none()
    # A range of dates, which an index answers.
    return found.filter(award_date__range=(date(int(value), 1, 1), date(int(value), 12, 31)))


def _amount_from(found: Found, value: str) -> Found:
    amount = number(value)
    return found.none() if amount is None else found.filter(amount_awarded__gte=amount)


def _amount_to(found: Found, value: str) -> Found:
    amount = number(value)
    return found.none() if amount is None else found.filter(amount_awarded__lte=amount)


def _flag(found: Found, value: str) -> Found:
    with_it = [flags for flags in lists_of_flags() if value in flags]
    return found.filter(quality_flags__in=with_it) if with_it else found.none()


FILTERS: dict[str, Callable[..., Found]] = {
    "q": _words,
    "suggested": _suggested,
    "outcome": _outcome,
    "state": _state,
    "stream": _stream,
    "annotator": _annotator,
    "score_from": _score_from,
    "score_to": _score_to,
    "programme": _programme,
    "place": _place,
    "year": _year,
    "amount_from": _amount_from,
    "amount_to": _amount_to,
    "flag": _flag,
}
# Other tables answer these, and are told which part of the grants is wanted.
BY_PARTS = ("q", "place", "suggested", "outcome", "state")
# Asked of one example together: the category that it is of, and the days when it was given.
OF_EXAMPLES = ("category", "itself", "given_from", "given_to")
ORDERS = ("lowest", "highest")
NAMES = (*OF_EXAMPLES, *FILTERS, "order")


def number(value: str) -> Decimal | None:
    """A plain number within what an amount can be, of two decimals for money, more for a score."""
    if len(value) > 40:
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    if not amount.is_finite() or abs(amount) >= MOST_MONEY or amount.adjusted() < -12:
        return None
    return amount
