"""Which grants a filter finds: one rule for the list, the export page, the API and the files.

A filter is a mapping of the names below to texts, as the address has them. A text that makes no
sense finds nothing: an export must never hold more than was asked for. The form of the filters says
what is wrong before it comes so far.
"""

from collections.abc import Callable, Mapping
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
    SprintDecision,
    Suggestion,
)
from annotation.models.grants import PROGRAMME_LENGTH, PROGRAMME_START
from annotation.reports.grant_choices import lists_of_flags
from annotation.reports.search import HasWords, terms
from annotation.reports.what_stands import decisions_that_stand, labels_that_stand

STATES = ("labelled", "suggested", "waiting", "skipped")
MOST_MONEY = Decimal(10) ** 16  # what a grant's amount can hold

Found = QuerySet[Grant]


def filtered(query: Mapping[str, str], *, below: int | None = None) -> Found:
    """The grants of all pages, in no order; or those of them with keys ``below`` one."""
    found: Found = Grant.objects.all() if below is None else Grant.objects.filter(pk__lt=below)
    for name, narrow in FILTERS.items():
        value = query.get(name, "")
        if value and name == "state":
            found = _state(found, value, below)
        elif value:
            found = narrow(found, value)
    if query.get("order") in ORDERS:
        found = visibly_scored(found)
    return found


def secret() -> Q:
    """Grants that somebody still decides by themselves: what was said of them is hidden."""
    return Q(Exists(QueueItem.objects.secret().filter(grant=OuterRef("pk"))))


def visibly_scored(found: Found) -> Found:
    """Grants whose score may be told; never the audit stream, by which models are judged."""
    return found.filter(~secret(), stream=Grant.Stream.POOL, top_score__isnull=False)


def _words(found: Found, value: str) -> Found:
    wanted = terms(value)
    return found.filter(HasWords(wanted)) if wanted else found.none()


def _place(found: Found, value: str) -> Found:
    wanted = terms(value)
    return found.filter(HasWords(wanted, in_places=True)) if wanted else found.none()


def _category(found: Found, value: str) -> Found:
    code = value.replace("\0", "")
    category = Category.objects.current().filter(code=code).first()
    if category is None:
        return found.none()
    within = Category.objects.within(category).values("pk")
    decided = decisions_that_stand().filter(category__in=within).values("annotation__grant")
    came = labels_that_stand().filter(category__in=within).values("grant")
    said = (
        SprintDecision.objects.current()
        .order_by()
        .filter(verdict=SprintDecision.Verdict.YES, sprint_grant__sprint__category__in=within)
    )
    # From the category to its grants: asked of every grant, a million would be looked at.
    return found.filter(~secret(), pk__in=decided.union(came, said.values("sprint_grant__grant")))


def _outcome(found: Found, value: str) -> Found:
    """``facet:outcome``, as those who answered have it; labels of a file make a facet labelled."""
    facet, _, outcome = value.replace("\0", "").rpartition(":")
    said = Outcome.objects.filter(
        facet__code=facet,
        facet__taxonomy__is_current=True,
        value=outcome,
        annotation__in=Annotation.objects.as_shown(),
    ).values("annotation__grant")
    if outcome != Outcome.Value.LABELLED:
        return found.filter(~secret(), pk__in=said)
    labels = Label.objects.of_current_taxonomy().of_staff()
    came = labels.filter(category__facet__code=facet).values("grant")
    return found.filter(~secret(), pk__in=said.union(came))


def _stream(found: Found, value: str) -> Found:
    return found.filter(stream=value) if value in Grant.Stream.values else found.none()


def _state(found: Found, value: str, below: int | None = None) -> Found:
    current = Annotation.objects.current().filter(grant=OuterRef("pk"))
    labels = Label.objects.of_current_taxonomy().of_staff().filter(grant=OuterRef("pk"))
    if value == "labelled" and below is not None:  # said of each table, or it is read whole
        current, labels = current.filter(grant__lt=below), labels.filter(grant__lt=below)
    is_labelled = ~secret() & (Q(Exists(current)) | Q(Exists(labels)))
    if value == "labelled":
        return found.filter(is_labelled)
    if value == "waiting":
        return found.filter(queue_item__is_open=True)
    if value == "suggested":
        ticked = Suggestion.objects.of_last_readers().filter(grant=OuterRef("pk"), is_ticked=True)
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


FILTERS: dict[str, Callable[[Found, str], Found]] = {
    "q": _words,
    "category": _category,
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
ORDERS = ("lowest", "highest")
NAMES = (*FILTERS, "order")


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
