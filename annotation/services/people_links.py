"""One-time links: made for an invitation or a reset, used once to choose a password."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from annotation.errors import LinkGone, PersonRefused
from annotation.models import LoginFailure, OneTimeLink, User
from annotation.services.audit import record
from annotation.services.people_sessions import drop_access, sha256

GONE = "This link opens nothing: it was used, replaced by a newer one, or is too old."


def make_link(user: User, purpose: OneTimeLink.Purpose) -> str:
    """A key for the person, in the caller's transaction; a link they had before is void."""
    key = secrets.token_urlsafe(32)
    now = timezone.now()
    OneTimeLink.objects.filter(user=user).delete()
    OneTimeLink.objects.create(
        user=user,
        key_sha256=sha256(key),
        purpose=purpose,
        expires_at=now + timedelta(days=settings.ONE_TIME_LINK_DAYS),
    )
    return key


def link_of(key: str) -> OneTimeLink:
    """The link, for its page; looking at it does not use it up.

    Raises:
        LinkGone: in words that are the same for unknown, used, replaced and expired.
    """
    links = OneTimeLink.objects.valid(timezone.now()).select_related("user")
    link = links.filter(key_sha256=sha256(key)).first()
    if link is None:
        raise LinkGone(GONE)
    return link


@transaction.atomic
def use_link(key: str, new_password: str) -> User:
    """Store the person's own password and void the link; open sessions and keys fall.

    Raises:
        LinkGone: as ``link_of``, also when somebody else used it a moment ago.
        PersonRefused: the password is weak; the link stays good.
    """
    links = OneTimeLink.objects.valid(timezone.now()).select_related("user")
    link = links.filter(key_sha256=sha256(key)).select_for_update(of=("self",)).first()
    if link is None:
        raise LinkGone(GONE)
    user = link.user
    try:
        validate_password(new_password, user)
    except ValidationError as error:
        raise PersonRefused(" ".join(error.messages)) from error
    user.set_password(new_password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    link.delete()
    drop_access(user)
    LoginFailure.objects.filter(username=user.username).delete()
    record(user, "one-time link used", user.username, purpose=link.purpose)
    return user
