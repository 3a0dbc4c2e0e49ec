"""Sending notices to administrators who have an address, once each, when mail is set up."""

import logging
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from annotation.models import Notice, User

logger = logging.getLogger(__name__)
AT_ONCE = 5  # a tick: a dead server costs a timeout for each
FIRST_WAIT = timedelta(minutes=2)  # twice as long after each attempt: all eight take four hours


def mail_is_set_up() -> bool:
    return bool(settings.EMAIL_HOST)


def addresses() -> list[str]:
    """Of administrators whose account is open."""
    people = User.objects.filter(role=User.Role.ADMINISTRATOR, is_active=True).exclude(email="")
    return list(people.order_by("pk").values_list("email", flat=True))


def send_notices() -> int:
    """Send what is open and was not sent; returns how many went out.

    An attempt is stored before it is made, so that of two workers one makes it. A failure leaves
    the notice for a later tick, up to eight times; it stays on the page whatever comes of it.
    """
    due = Notice.objects.to_mail(timezone.now()).order_by("pk")
    if not mail_is_set_up() or not due.exists():
        return 0
    to = addresses()
    return sum(_send(notice, to) for notice in due[:AT_ONCE]) if to else 0


def _send(notice: Notice, to: list[str]) -> bool:
    rows = Notice.objects.filter(pk=notice.pk, mailed_at=None)
    wait = FIRST_WAIT * 2**notice.mail_attempts
    if not rows.filter(mail_attempts=notice.mail_attempts).update(
        mail_attempts=notice.mail_attempts + 1, mail_due_at=timezone.now() + wait
    ):
        return False  # another worker makes this attempt
    body = f"{notice.words}\n\nWhat to do: {notice.what_to_do}\n\nSee Notices on the site."
    subject = f"Grant annotation, notice: {notice.get_kind_display()}"
    try:
        EmailMessage(subject, body, to=to).send()
    except (OSError, ValueError) as error:  # SMTPException is an OSError; an odd address a value
        # The kind alone: a server's words may hold addresses.
        logger.warning("%s could not be sent: %s", notice, type(error).__name__)
        rows.update(mail_error=type(error).__name__[:60])
        return False
    rows.update(mailed_at=timezone.now(), mail_error="")
    logger.info("%s was sent to %d people", notice, len(to))
    return True
