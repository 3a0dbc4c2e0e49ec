"""Sending labels in doubt to be checked: blind, by somebody who has not decided the grant."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from annotation.errors import ChecksRefused, NotAllowed
from annotation.models import (
    Annotation,
    Category,
    Grant,
    LabelCheck,
    Plant,
    QueueItem,
    Skip,
    StoredReport,
    Taxonomy,
    User,
)
from annotation.models.grants import lot
from annotation.services.audit import record
from annotation.services.queue_order import order_the_queue_anew
from annotation.services.retrying import tried_again
from annotation.services.rollups import recount

MOST_AT_ONCE = 200
CHANGED = ["n_required", "is_open", "is_blind", "stream", "reason"]
RECHECK = QueueItem.Stream.RECHECK


@dataclass(frozen=True)
class Sent:
    """What was sent.

    ``n_passed``: labels whose grant waits for somebody's decision anyway. ``n_nobody``: those whose
    grant everybody who may come in has decided, passed on or seen before.
    """

    n_labels: int
    n_grants: int
    n_passed: int
    n_nobody: int


@dataclass(frozen=True)
class Doubt:
    """One line of the report, by key; ``was_given``, else the label is missing."""

    grant: int
    category: int
    was_given: bool
    proba: float


def doubts_of(report: StoredReport) -> list[Doubt]:
    """As the worker has stored them, the worst first."""
    return [
        Doubt(grant, category, is_given, proba)
        for grant, category, is_given, proba, _ in report.body.get("doubts", [])
    ]


@tried_again
@transaction.atomic
def send_to_check(by: User, report: StoredReport, n: int) -> Sent:
    """Open the grants of the worst ``n`` labels in doubt once more, for somebody to decide blind.

    What was sent before is passed over, and so is what waits for a decision anyway. The checks
    come soon: the queue is ordered anew. Nothing that the checker sees names a label.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        ChecksRefused: the number is out of range, the report is of another question or taxonomy,
            nothing of it is left to be sent, or nobody is left who could check it; nothing is
            stored.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators send labels to be checked.")
    if not 1 <= n <= MOST_AT_ONCE:
        raise ChecksRefused(f"Send 1 to {MOST_AT_ONCE} labels at once, not {n}.")
    taxonomy = Taxonomy.objects.current()
    if taxonomy is None or report.body.get("taxonomy") != taxonomy.pk:
        raise ChecksRefused("The list is of another taxonomy. Work it out again.")
    doubts = doubts_of(report)
    items, grants = _locked({doubt.grant for doubt in doubts})
    fresh = _unchecked([doubt for doubt in doubts if doubt.grant in grants])
    standing = LabelCheck.objects.standing()
    sent_before = set(standing.filter(grant__in=items).values_list("grant", flat=True))
    free = [d for d in fresh if _may_be_opened(items.get(d.grant), d.grant in sent_before)]
    lonely = grants_without_checker({doubt.grant for doubt in free})
    chosen = [doubt for doubt in free if doubt.grant not in lonely][:n]
    if not chosen and lonely:
        raise ChecksRefused(
            "Nobody else can check these: everybody who may sign in has decided or skipped the "
            "grants. Invite somebody, then send them."
        )
    if not chosen:
        raise ChecksRefused("Nothing of this list is left to be sent. Work it out again.")
    opened = list(dict.fromkeys(doubt.grant for doubt in chosen))
    _open([grants[pk] for pk in opened], items)
    LabelCheck.objects.bulk_create(
        LabelCheck(
            grant_id=doubt.grant,
            category_id=doubt.category,
            was_given=doubt.was_given,
            proba=doubt.proba,
            report=report,
            asked_by=by,
        )
        for doubt in chosen
    )
    before = fresh[: fresh.index(chosen[-1])]
    nobody = sum(doubt.grant in lonely for doubt in before)
    passed = len(before) + 1 - len(chosen) - nobody
    sent = Sent(len(chosen), len(opened), passed, nobody)
    record(by, "labels sent to be checked", report, labels=sent.n_labels, grants=sent.n_grants)
    order_the_queue_anew()
    recount(opened)  # what is suggested for them waits again
    return sent


def grants_without_checker(grants: Collection[int]) -> set[int]:
    """Those of the grants that the queue would give to nobody who may sign in. Four queries."""
    people = set(User.objects.filter(is_active=True).values_list("pk", flat=True))
    seen: dict[int, set[int]] = {grant: set() for grant in grants}
    for rows in (Annotation.objects.current(), Skip.objects.all(), Plant.objects.all()):
        of_grants: QuerySet[Any] = rows.filter(grant__in=grants).order_by()
        for grant, person in of_grants.values_list("grant", "annotator"):
            seen[grant].add(person)
    return {grant for grant, by in seen.items() if people <= by}


def _locked(keys: set[int]) -> tuple[dict[int, QueueItem], dict[int, Grant]]:
    """Queue items by grant, and grants of the pool, in the order in which everybody locks them.

    Two who send at once take turns, and nothing is sent twice. A grant that came into the queue
    while its row was waited for is left out: its item is not held.
    """
    waiting = QueueItem.objects.filter(grant__in=keys)
    held = waiting.order_by("pk").select_for_update(no_key=True, of=("self",))
    items = {item.grant_id: item for item in held}
    rows = Grant.objects.filter(pk__in=keys, stream=Grant.Stream.POOL).order_by("pk")
    grants = {grant.pk: grant for grant in rows.select_for_update(no_key=True, of=("self",))}
    came = waiting.exclude(grant__in=items).values_list("grant", flat=True)
    return items, {pk: grants[pk] for pk in grants.keys() - set(came)}


def _unchecked(doubts: Sequence[Doubt]) -> list[Doubt]:
    keys = {doubt.grant for doubt in doubts}
    known = (
        LabelCheck.objects.standing().filter(grant__in=keys).values_list("grant_id", "category_id")
    )
    offered = set(Category.objects.active().values_list("pk", flat=True))
    done = set(known)
    return [d for d in doubts if (d.grant, d.category) not in done and d.category in offered]


def _may_be_opened(item: QueueItem | None, is_sent: bool) -> bool:
    """Done, labelled by a file and never queued, or open for a check of this kind already.

    A check that was drawn by lot goes on as one: figures on agreement would else lose just those
    of the draw that look wrong.
    """
    if item is None or not item.is_open:
        return True
    return is_sent and item.stream == RECHECK and item.is_blind


def _open(grants: list[Grant], items: dict[int, QueueItem]) -> None:
    closed = [items[g.pk] for g in grants if g.pk in items and not items[g.pk].is_open]
    for item in closed:
        item.n_required, item.is_open, item.is_blind = item.n_done + 1, True, True
        item.stream, item.reason = RECHECK, ""
    QueueItem.objects.bulk_update(closed, CHANGED)
    QueueItem.objects.bulk_create(
        QueueItem(grant=g, stream=RECHECK, is_blind=True, priority=lot(g.reference, "queue"))
        for g in grants
        if g.pk not in items
    )
