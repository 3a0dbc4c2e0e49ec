"""The notices: those that are open, and page by page those that are over."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Min, QuerySet, Value
from django.utils import timezone

from annotation.models import Heartbeat, Notice, Taxonomy, User
from annotation.models.heartbeats import FIRST_HEARD_AFTER, SILENT_AFTER
from annotation.models.notices import MAIL_ATTEMPTS
from annotation.services.notice_mails import addresses, mail_is_set_up

A_PAGE = 50
MOST_COUNTED = 100


@dataclass(frozen=True)
class Clock:
    """When a tick last came through; ``heard_at`` None: never yet.

    ``made_at``: when the site's first person was added, asked only where no tick was heard yet.
    """

    heard_at: datetime | None
    is_silent: bool
    made_at: datetime | None = None


@dataclass(frozen=True)
class NoticesPage:
    """``older``: key to go on from, None on the last page."""

    open: list[Notice]
    over: list[Notice]
    older: int | None
    clock: Clock
    mail_is_set_up: bool
    n_addresses: int  # 0 where mail is not set up: nobody has looked
    mail_attempts: int = MAIL_ATTEMPTS


def notices(before: int | None) -> NoticesPage:
    """Four queries. Open ones stand on the first page only."""
    rows = Notice.objects.select_related("dismissed_by").order_by("-pk")
    over = rows.over() if before is None else rows.over().filter(pk__lt=before)
    found = list(over[: A_PAGE + 1])
    is_up = mail_is_set_up()
    return NoticesPage(
        open=list(rows.open()[:MOST_COUNTED]) if before is None else [],
        over=found[:A_PAGE],
        older=found[A_PAGE - 1].pk if len(found) > A_PAGE else None,
        clock=clock(),
        mail_is_set_up=is_up,
        n_addresses=len(addresses()) if is_up else 0,
    )


@dataclass(frozen=True)
class Announced:
    """``n_notices``: how many are open, and one more while the clock is silent."""

    has_demonstration: bool
    n_notices: int


def announced(*, to_administrator: bool) -> Announced:
    """What the frame of every page tells; nobody else is told of notices. One small query."""
    parts: dict[str, QuerySet[Any]] = {
        "demonstration": Taxonomy.objects.filter(is_demonstration=True)
    }
    if to_administrator:
        parts["notices"] = Notice.objects.open()
        parts["silence"] = Heartbeat.objects.silent(timezone.now())
        parts["never"] = _persons_of_old().filter(~Exists(Heartbeat.objects.all()))
    counts = [
        rows.order_by().values(part=Value(name)).annotate(n=Count("pk")).values_list("part", "n")
        for name, rows in parts.items()
    ]
    found = Counter(dict(counts[0].union(*counts[1:], all=True)))
    is_silent = bool(found["silence"] or found["never"])
    return Announced(found["demonstration"] > 0, found["notices"] + is_silent)


def clock() -> Clock:
    """Whether ticks come through, told by the page itself: no worker is needed for it."""
    beat = Heartbeat.objects.filter(name=Heartbeat.CLOCK)
    heard_at = beat.values_list("heard_at", flat=True).first()
    if heard_at is not None:
        return Clock(heard_at, is_silent=timezone.now() - heard_at > SILENT_AFTER)
    made_at = _persons_of_old().aggregate(first=Min("date_joined"))["first"]
    return Clock(None, is_silent=made_at is not None, made_at=made_at)


def _persons_of_old() -> QuerySet[User]:
    """Who was added when a site that is set up would have heard its clock since.

    Nothing else says how old a site is: the first person is added when it is set up.
    """
    return User.objects.filter(date_joined__lt=timezone.now() - FIRST_HEARD_AFTER)
