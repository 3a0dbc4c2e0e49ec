"""Accounts: make them, open them, give tokens out."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from annotation.errors import AnnotationError, SignInRefused
from annotation.models import ApiToken, LoginFailure, OneTimeLink, User
from annotation.services.audit import record
from annotation.services.people_sessions import drop_access, note_use, sha256

# The same words for every refusal: a stranger does not learn which names exist, nor when to wait.
NAME_RULE = "A name has at most 150 characters: letters, digits and @ . + - _, without spaces."
REFUSED = (
    "That did not open an account. Check name and password; after many failures, wait a few "
    "minutes or ask an administrator."
)


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
    store_new_user(user, by, "user added")
    return user, password


def store_new_user(user: User, by: User | None, action: str) -> None:
    """Check name, role and e-mail, and store the account with its audit record.

    Raises:
        AnnotationError: something will not do or the name is taken; nothing is stored.
    """
    try:
        with transaction.atomic():
            user.clean_fields(exclude=["password"])
            user.save()
            record(by, action, user.username, role=user.role)
    except ValidationError as error:
        raise AnnotationError(
            f"{user.username!r} will not do: {' '.join(_own_words(error))}"
        ) from error
    except IntegrityError as error:
        raise AnnotationError(
            f"There is a user {user.username!r} already. Take another name."
        ) from error


def _own_words(error: ValidationError) -> list[str]:
    """What to do, in Django's words but for the name, which it calls by another word than we do."""
    by_field = error.message_dict
    if "username" in by_field:
        by_field["username"] = [NAME_RULE]
    return [message for messages in by_field.values() for message in messages]


def create_first_administrator() -> tuple[str, str] | None:
    """Make the account ``admin`` with a one-time password, or None when anybody exists."""
    with transaction.atomic():
        if User.objects.exists():
            return None
        user, password = add_user("admin", User.Role.ADMINISTRATOR)
        return user.username, password


def check_password(username: str, password: str, address: str | None) -> User:
    """The active user of that name and password. Only failures are counted.

    Every way through computes one password hash and refuses in the same words, so that neither
    tells whether the name exists, is shut, or is locked. Tries at a locked door are not counted:
    otherwise a stranger could keep it locked for ever.

    Raises:
        SignInRefused: wrong, unknown, deactivated, or too many failures of name or address.
    """
    is_locked = too_many_failures(username, address)
    user = authenticate(username=username, password=password)
    if is_locked:
        raise SignInRefused(REFUSED)
    if not isinstance(user, User):
        LoginFailure.objects.create(username=username[:150], address=address)
        LoginFailure.objects.filter(failed_at__lte=window_start()).delete()
        raise SignInRefused(REFUSED)
    return user


def too_many_failures(username: str, address: str | None) -> bool:
    recent = LoginFailure.objects.filter(failed_at__gt=window_start())
    of_name = recent.filter(username=username[:150]).count()
    of_address = 0 if address is None else recent.filter(address=address).count()
    return (
        of_name >= settings.SIGN_IN_FAILURES_OF_A_NAME
        or of_address >= settings.SIGN_IN_FAILURES_OF_AN_ADDRESS
    )


def window_start() -> datetime:
    return timezone.now() - timedelta(minutes=settings.SIGN_IN_WINDOW_MINUTES)


@transaction.atomic
def change_password(user: User, new_password: str, session_key: str | None = None) -> None:
    """Store a new password; every token and every session but the one given end at once."""
    user.set_password(new_password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    drop_access(user, but=session_key)
    OneTimeLink.objects.filter(user=user).delete()
    record(user, "password changed", user.username)


def note_tour_seen(user: User) -> None:
    """Offer the tour no more at sign-in; the first time counts."""
    User.objects.filter(pk=user.pk, tour_seen_at=None).update(tour_seen_at=timezone.now())


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
        key_sha256=sha256(key),
        auth_hash=user.get_session_auth_hash(),
        expires_at=now + timedelta(days=settings.API_TOKEN_DAYS),
    )
    record(user, "token made", user.username)
    return key


def user_of_token(key: str) -> User | None:
    """Whose key it is, or None: unknown, expired, or older than a change of password or role."""
    token = (
        ApiToken.objects.valid(timezone.now())
        .select_related("user")
        .filter(key_sha256=sha256(key))
        .first()
    )
    if token and constant_time_compare(token.auth_hash, token.user.get_session_auth_hash()):
        note_use(token)
        return token.user
    return None
