"""Open sessions and API keys: note them, end them."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from annotation.errors import NotAllowed
from annotation.models import ApiToken, PersonSession, User
from annotation.services.audit import record

COARSE = timedelta(minutes=5)
# The first that fits: Edge and Opera also call themselves Chrome, and all of them Safari.
BROWSERS = {
    "Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "FxiOS/": "Firefox",
    "CriOS/": "Chrome", "Chrome/": "Chrome", "Safari/": "Safari",
}  # fmt: skip
SYSTEMS = {
    "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows",
    "Mac OS": "Mac", "CrOS": "ChromeOS", "Linux": "Linux",
}  # fmt: skip


@dataclass(frozen=True)
class Visit:
    """A browser at the door: its session (empty: none yet), address and own name for itself."""

    session_key: str
    address: str | None
    agent: str


@dataclass(frozen=True)
class Ended:
    """How many sessions and keys were ended at once."""

    sessions: int
    tokens: int


def note_session(user: User, visit: Visit) -> None:
    """List the browser's session, or refresh when it was last seen: one write in five minutes."""
    key, now = visit.session_key, timezone.now()
    if not key:
        return
    if PersonSession.objects.filter(session=key, user=user, seen_at__gt=now - COARSE).exists():
        return
    facts = {
        "user": user,
        "seen_at": now,
        "network": network_of(visit.address),
        "browser": browser_of(visit.agent),
    }
    # A session may be ended while its request is on the way: then there is nothing to list.
    with suppress(IntegrityError), transaction.atomic():
        if Session.objects.filter(pk=key).exists():
            PersonSession.objects.update_or_create(session_id=key, defaults=facts)


def signed_in_at(session_key: str | None) -> datetime | None:
    """When the person signed in with the session; None where it is not listed."""
    listed = PersonSession.objects.filter(session=session_key or "")
    return listed.values_list("created_at", flat=True).first()


def carry_session_over(user: User, visit: Visit, began_at: datetime | None) -> None:
    """List a session under its new key as what it is: one that began when the person signed in."""
    note_session(user, visit)
    if began_at:
        listed = PersonSession.objects.filter(session=visit.session_key, user=user)
        listed.update(created_at=began_at)


def sweep_sessions(user: User) -> None:
    """Delete the person's sessions that are over: nobody signed out of them."""
    Session.objects.filter(person_session__user=user, expire_date__lte=timezone.now()).delete()


def network_of(address: str | None) -> str:
    """The address without its last part: 203.0.113.0/24; 48 bits of the long ones."""
    if address is None:
        return ""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ip_network((str(ip), 24 if ip.version == 4 else 48), strict=False))


def browser_of(agent: str) -> str:
    """``Firefox on Linux``: enough to know one's own browser again, too little to follow one."""
    browser = next((name for word, name in BROWSERS.items() if word in agent), "Another browser")
    system = next((f" on {name}" for word, name in SYSTEMS.items() if word in agent), "")
    return browser + system


@transaction.atomic
def end_session(session: PersonSession, by: User) -> None:
    """Sign one browser out at once.

    Raises:
        NotAllowed: it is somebody else's, and one is no administrator.
    """
    _own_or_administrator(session.user, by)
    Session.objects.filter(pk=session.session_id).delete()
    record(by, "session ended", session.user.username)


@transaction.atomic
def revoke_token(token: ApiToken, by: User) -> None:
    """Make one API key worthless at once.

    Raises:
        NotAllowed: it is somebody else's, and one is no administrator.
    """
    _own_or_administrator(token.user, by)
    token.delete()
    record(by, "token revoked", token.user.username)


@transaction.atomic
def end_everything(user: User, by: User, but: str | None = None) -> Ended:
    """End all sessions and keys of a person, except the session of the key ``but``.

    Raises:
        NotAllowed: the person is somebody else, and one is no administrator.
    """
    _own_or_administrator(user, by)
    ended = drop_access(user, but)
    record(by, "access ended", user.username, sessions=ended.sessions, tokens=ended.tokens)
    return ended


def drop_access(user: User, but: str | None = None) -> Ended:
    """Delete sessions and keys in the caller's transaction, which writes the audit log."""
    sessions = Session.objects.filter(person_session__user=user).exclude(pk=but or "")
    tokens, _ = ApiToken.objects.filter(user=user).delete()
    _, deleted = sessions.delete()
    return Ended(deleted.get("sessions.Session", 0), tokens)


def note_use(token: ApiToken) -> None:
    """When a key was last used, to five minutes."""
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - COARSE)
    if token.last_used_at is None or token.last_used_at <= now - COARSE:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _own_or_administrator(owner: User, by: User) -> None:
    if not (by.is_active and (by.pk == owner.pk or by.is_administrator)):
        raise NotAllowed("Only the person and administrators may end this.")
