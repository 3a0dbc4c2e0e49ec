"""Labels in doubt: the list that the worker has stored, and what came of those that were sent."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, Value, When

from annotation.models import (
    Annotation,
    Category,
    Decision,
    FacetRuling,
    Grant,
    Label,
    LabelCheck,
    Outcome,
    QueueItem,
    StoredReport,
    Taxonomy,
)
from annotation.models.label_checks import LabelCheckQuerySet
from annotation.reports.grant_filters import secret
from annotation.reports.shares import Share, share
from annotation.services.label_checks import Doubt, doubts_of

SAYS_NO = [Outcome.Value.LABELLED, Outcome.Value.NONE_FITS, Outcome.Value.GENERAL_PUBLIC]
POSITIVE = [Decision.Verdict.ACCEPTED, Decision.Verdict.ADDED]
WAITING, KEPT, CHANGED, UNSAID = "waiting", "kept", "changed", "unsaid"
LAST = 50
FACTS = ("was_given", "is_ruled", "is_labelled", "says_yes", "is_answered", "is_open")


@dataclass(frozen=True)
class DoubtRow:
    """One label in doubt. ``is_hidden``: somebody still decides its grant by themselves."""

    place: int
    grant: Grant
    category: Category
    was_given: bool
    proba: float
    is_hidden: bool


@dataclass(frozen=True)
class Checked:
    """One that was sent. ``came``: waiting, kept, changed, or unsaid: nobody answered its facet.

    ``is_hidden``: somebody decides its grant by themselves, for this check or another one.
    """

    check: LabelCheck
    came: str
    is_hidden: bool


@dataclass(frozen=True)
class Checks:
    """All that was sent, and the newest of it. ``changed``: the share of what was answered."""

    n: int
    n_waiting: int
    n_kept: int
    n_changed: int
    n_unsaid: int
    n_taken_back: int
    changed: Share
    newest: list[Checked]
    sent: frozenset[tuple[int, int]]  # (grant, category) of all of them


def is_of_today(report: StoredReport | None) -> bool:
    """Whether the list is of the taxonomy in use. One query."""
    taxonomy = Taxonomy.objects.current()
    return bool(report and taxonomy and report.body.get("taxonomy") == taxonomy.pk)


def doubts_to_send(
    report: StoredReport, sent: Collection[tuple[int, int]]
) -> list[tuple[int, Doubt]]:
    """Those that were not sent yet, with their place in the whole list.

    Args:
        sent: as :class:`Checks` has them.
    """
    ranked = enumerate(doubts_of(report), start=1)
    return [(place, d) for place, d in ranked if (d.grant, d.category) not in sent]


def rows_of(doubts: list[tuple[int, Doubt]]) -> list[DoubtRow]:
    """One page of them; what is gone since is left out. Two queries."""
    grants = Grant.objects.filter(pk__in={d.grant for _, d in doubts}).annotate(
        is_hidden=Case(When(secret(), then=Value(True)), default=Value(False))
    )
    by_pk = {grant.pk: grant for grant in grants}
    categories = Category.objects.active().in_bulk({d.category for _, d in doubts})
    return [
        DoubtRow(
            place=place,
            grant=by_pk[d.grant],
            category=categories[d.category],
            was_given=d.was_given,
            proba=d.proba,
            is_hidden=by_pk[d.grant].is_hidden,  # type: ignore[attr-defined]  # annotated above
        )
        for place, d in doubts
        if d.grant in by_pk and d.category in categories
    ]


def checks() -> Checks:
    """What came of every label that was sent and not taken back. Two queries.

    An adjudication since it was sent decides; else what the checkers said, a yes before a no.
    """
    counts: Counter[str] = Counter()
    sent, n_taken_back = set(), 0
    of_now = LabelCheck.objects.filter(category__taxonomy__is_current=True)
    rows = _answered(of_now).order_by()
    for facts in rows.values("grant_id", "category_id", "taken_back_at", *FACTS):
        if facts["taken_back_at"]:
            n_taken_back += 1
        else:
            sent.add((facts["grant_id"], facts["category_id"]))
            counts[_came(facts)] += 1
    answered = _answered(LabelCheck.objects.of_current_taxonomy())
    newest = answered.select_related("grant", "category")[:LAST]
    n = counts[KEPT] + counts[CHANGED]
    return Checks(
        n=counts.total(),
        n_waiting=counts[WAITING],
        n_kept=counts[KEPT],
        n_changed=counts[CHANGED],
        n_unsaid=counts[UNSAID],
        n_taken_back=n_taken_back,
        changed=share(counts[CHANGED] / n if n else 0.0, n),
        newest=[Checked(check, _came(vars(check)), vars(check)["is_secret"]) for check in newest],
        sent=frozenset(sent),
    )


def _answered(checks: LabelCheckQuerySet) -> LabelCheckQuerySet:
    """Those, with the facts on what came of each."""
    of_grant = {"grant": OuterRef("grant")}
    said = Annotation.objects.current().filter(pk=OuterRef("annotation"))
    decided = Q(category=OuterRef("category")) | Q(category__merged_into=OuterRef("category"))
    by_checkers = {
        "annotation__grant": OuterRef("grant"),
        "annotation__stream": QueueItem.Stream.RECHECK,
        "annotation__submitted_at__gt": OuterRef("asked_at"),
    }
    facet = OuterRef("category__facet")
    ruled = FacetRuling.objects.filter(
        adjudication__grant=OuterRef("grant"),
        adjudication__superseded_by=None,
        adjudication__adjudicated_at__gt=OuterRef("asked_at"),
        value__in=SAYS_NO,
        facet=facet,
    )
    label = Label.objects.filter(decided, source=Label.Source.ADJUDICATED, **of_grant)
    yes = Decision.objects.filter(decided, Exists(said), verdict__in=POSITIVE, **by_checkers)
    answered = Outcome.objects.filter(Exists(said), value__in=SAYS_NO, facet=facet, **by_checkers)
    return checks.annotate(
        is_ruled=Exists(ruled),
        is_labelled=Exists(label),
        says_yes=Exists(yes),
        is_answered=Exists(answered),
        is_open=Exists(QueueItem.objects.open().filter(**of_grant)),
        is_secret=Exists(QueueItem.objects.secret().filter(**of_grant)),
    )


def _came(facts: Mapping[str, Any]) -> str:
    if facts["is_ruled"]:
        says_yes = facts["is_labelled"]
    elif facts["says_yes"] or facts["is_answered"]:
        says_yes = facts["says_yes"]
    else:
        return WAITING if facts["is_open"] else UNSAID
    return KEPT if says_yes == facts["was_given"] else CHANGED
