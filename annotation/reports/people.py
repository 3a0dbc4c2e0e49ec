"""Who may come in, in what state each account is, and what is open."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Value
from django.utils import timezone

from annotation.models import ApiToken, LoginFailure, OneTimeLink, PersonSession, User


@dataclass(frozen=True)
class PersonRow:
    """One account. ``state``: active, invited, reset, stranded or deactivated."""

    person: User
    state: str
    link_until: datetime | None
    is_locked: bool
    n_sessions: int
    n_tokens: int


def people() -> list[PersonRow]:
    """Everybody, active ones first, by name."""
    return _rows(list(User.objects.order_by("-is_active", "username")))


def person_row(person: User) -> PersonRow:
    return _rows([person])[0]


def sessions_of(person: User) -> list[PersonSession]:
    """Open ones, the last seen first."""
    return list(person.person_sessions.open(timezone.now()))


def tokens_of(person: User) -> list[ApiToken]:
    """Keys that still open the API, the newest first."""
    valid = ApiToken.objects.valid(timezone.now()).filter(user=person).order_by("-created_at")
    return [token for token in valid if token.auth_hash == person.get_session_auth_hash()]


def _rows(persons: list[User]) -> list[PersonRow]:
    now = timezone.now()
    links = dict(OneTimeLink.objects.valid(now).values_list("user", "expires_at"))
    n_open = _n_open(now)
    locked = _locked_names(now)
    return [
        PersonRow(
            person=person,
            state=_state(person, person.pk in links),
            link_until=links.get(person.pk),
            is_locked=person.username in locked,
            n_sessions=n_open[person.pk, "session"],
            n_tokens=n_open[person.pk, "token"],
        )
        for person in persons
    ]


def _n_open(now: datetime) -> Counter[tuple[int, str]]:
    """(person, "session" or "token") -> how many are open, in one query."""
    sessions, tokens = (
        rows.order_by().values_list("user").annotate(kind=Value(kind), n=Count("pk"))
        for kind, rows in (
            ("session", PersonSession.objects.open(now)),
            ("token", ApiToken.objects.valid(now)),
        )
    )
    return Counter({(person, kind): n for person, kind, n in sessions.union(tokens, all=True)})


def _locked_names(now: datetime) -> set[str]:
    since = now - timedelta(minutes=settings.SIGN_IN_WINDOW_MINUTES)
    names = LoginFailure.objects.filter(failed_at__gt=since).values("username")
    counts = names.annotate(n=Count("pk"))
    return set(
        counts.filter(n__gte=settings.SIGN_IN_FAILURES_OF_A_NAME).values_list("username", flat=True)
    )


def _state(person: User, has_link: bool) -> str:
    if not person.is_active:
        return "deactivated"
    if person.has_usable_password():
        return "active"
    if not has_link:
        return "stranded"
    return "reset" if person.last_login else "invited"
