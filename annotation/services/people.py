"""Accounts: make them, open them, give tokens out."""

import hashlib
import secrets
from datetime import timedelta
from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth import authenticate, login
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from annotation.errors import AnnotationError, SignInRefused
from annotation.models import ApiToken, LoginFailure, User
from annotation.services.audit import record

WINDOW = timedelta(minutes=5)
FAILURES_OF_A_NAME = 10
FAILURES_OF_AN_ADDRESS = 50
REFUSED = "Name or password is wrong."
WAIT = "Too many sign-ins have failed. Wait five minutes, then try again."


def add_user(
    username: str, role: str, password: str | None = None, by: User | None = None
) -> tuple[User, str]:
    """Make an account and return it with its password.

    Without a password a random one is made, which the person must change at first sign-in.

    Raises:
        AnnotationError: the name is taken or the password is weak; nothing is stored.
    """
    one_time = password is None
    user = User(username=username, role=role, must_change_password=one_time)
    if password is None:
        password = secrets.token_urlsafe(12)
    else:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise AnnotationError(" ".join(error.messages)) from error
    user.set_password(password)
    try:
        with transaction.atomic():
            user.clean_fields(exclude=["password"])
            user.save()
            record(by, "user added", user.username, role=role)
    except ValidationError as error:
        raise AnnotationError(f"{username!r} will not do: {' '.join(error.messages)}") from error
    except IntegrityError as error:
        raise AnnotationError(
            f"There is a user {username!r} already. Take another name."
        ) from error
    return user, password


def create_first_administrator() -> tuple[str, str] | None:
    """Make the account ``admin`` with a one-time password, or None when anybody exists."""
    with transaction.atomic():
        if User.objects.exists():
            return None
        user, password = add_user("admin", User.Role.ADMINISTRATOR)
        return user.username, password


def check_password(username: str, password: str, address: str | None) -> User:
    """The active user of that name and password. Only failures are counted.

    Raises:
        SignInRefused: in words that are the same for unknown, known and deactivated names.
    """
    since = timezone.now() - WINDOW
    failures = LoginFailure.objects.filter(failed_at__gt=since)
    too_many = failures.filter(username=username[:150]).count() >= FAILURES_OF_A_NAME or (
        address is not None and failures.filter(address=address).count() >= FAILURES_OF_AN_ADDRESS
    )
    if too_many:
        raise SignInRefused(WAIT)
    user = authenticate(username=username, password=password)
    if not isinstance(user, User):
        LoginFailure.objects.create(username=username[:150], address=address)
        LoginFailure.objects.filter(failed_at__lte=since).delete()
        raise SignInRefused(REFUSED)
    return user


def sign_in(request: HttpRequest, username: str, password: str) -> User:
    """Open a session for the person in the browser.

    Raises:
        SignInRefused: wrong, deactivated or too many failures; no session is opened.
    """
    user = check_password(username, password, client_address(request))
    login(request, user)
    return user


def client_address(request: HttpRequest) -> str | None:
    """The caller's address; a proxy's word for it counts only when one is configured."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUST_PROXY and (forwarded := request.headers.get("X-Forwarded-For")):
        address = forwarded.rsplit(",", 1)[-1].strip()
    try:
        return str(ip_address(address.partition("%")[0]))
    except ValueError:  # a unix socket has none, and some proxies write "unknown"
        return None


def change_password(user: User, new_password: str) -> None:
    """Store a new password; every token and every other session of the person falls."""
    user.set_password(new_password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    record(user, "password changed", user.username)


def give_token(username: str, password: str, address: str | None) -> str:
    """A new API key for the person; only its hash is stored.

    Raises:
        SignInRefused: as ``check_password``, or the one-time password is not changed yet.
    """
    user = check_password(username, password, address)
    if user.must_change_password:
        raise SignInRefused("Change the one-time password in the browser first.")
    key = secrets.token_urlsafe(32)
    now = timezone.now()
    ApiToken.objects.filter(user=user, expires_at__lte=now).delete()
    ApiToken.objects.create(
        user=user,
        key_sha256=_sha256(key),
        auth_hash=user.get_session_auth_hash(),
        expires_at=now + timedelta(days=settings.API_TOKEN_DAYS),
    )
    return key


def user_of_token(key: str) -> User | None:
    """Whose key it is, or None: unknown, expired, or older than a change of password or role."""
    token = (
        ApiToken.objects.valid(timezone.now())
        .select_related("user")
        .filter(key_sha256=_sha256(key))
        .first()
    )
    if token and constant_time_compare(token.auth_hash, token.user.get_session_auth_hash()):
        return token.user
    return None


def _sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
