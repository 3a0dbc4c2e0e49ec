"""Notices: opened once a cause, closed when it has ended, dismissed by a person meanwhile."""

from collections.abc import Collection
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.errors import NotAllowed
from annotation.models import Notice, User
from annotation.services.audit import record


def open_notice(
    kind: str, cause: str, words: str, what_to_do: str, details: dict[str, Any] | None = None
) -> Notice:
    """Have administrators know of a cause; the notice on it where one stands already.

    Its words are brought up to date. A notice that somebody has dismissed stays dismissed.
    """
    said = {"words": words, "what_to_do": what_to_do, "details": details or {}}
    standing = Notice.objects.standing().filter(kind=kind, cause=cause)
    notice = standing.first()
    if notice is None:
        try:
            with transaction.atomic():
                return Notice.objects.create(kind=kind, cause=cause, **said)
        except IntegrityError:  # one_standing_notice_a_cause: another worker was faster
            notice = standing.first()
            if notice is None:  # it is another rule that refuses it
                raise
    if any(getattr(notice, name) != value for name, value in said.items()):
        standing.update(**said)
        notice.refresh_from_db()
    return notice


def close_notice(kind: str, cause: str) -> bool:
    """The cause has ended; False where no notice on it stood."""
    standing = Notice.objects.standing().filter(kind=kind, cause=cause)
    return bool(standing.update(closed_at=timezone.now()))


def close_other_notices(kind: str, causes: Collection[str] = ()) -> int:
    """Close all of a kind but those on these causes; returns how many."""
    others = Notice.objects.standing().filter(kind=kind).exclude(cause__in=causes)
    return others.update(closed_at=timezone.now())


@transaction.atomic
def dismiss_notice(by: User, notice: Notice) -> bool:
    """Take a notice off the pages; it comes back only when there is a new cause.

    Returns:
        Whether it was open.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
    """
    if not by.is_administrator:
        raise NotAllowed("Only administrators dismiss notices.")
    mine = Notice.objects.open().filter(pk=notice.pk)
    if not mine.update(dismissed_at=timezone.now(), dismissed_by=by):
        return False
    record(by, "notice dismissed", notice, kind=notice.kind, cause=notice.cause)
    return True
