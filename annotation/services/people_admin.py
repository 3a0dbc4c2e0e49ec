"""What administrators do with accounts: invite, change the role, shut, open, reset."""

from django.db import transaction

from annotation.errors import NotAllowed, PersonRefused
from annotation.models import LoginFailure, OneTimeLink, User
from annotation.services.audit import record
from annotation.services.people import store_new_user
from annotation.services.people_links import make_link
from annotation.services.people_sessions import Ended, drop_access

Purpose = OneTimeLink.Purpose


@transaction.atomic
def invite(username: str, role: str, email: str = "", by: User | None = None) -> tuple[User, str]:
    """Make an account without a password, and the key of the link that lets one be chosen.

    ``by`` is the administrator; a command has none.

    Raises:
        NotAllowed: ``by`` is no active administrator.
        AnnotationError: the name is taken or will not do; nothing is stored.
    """
    _administrators(by)
    user = User(username=username, role=role, email=email)
    user.set_unusable_password()
    store_new_user(user, by, "person invited")
    return user, make_link(user, Purpose.INVITATION)


@transaction.atomic
def change_role(person: User, role: str, by: User | None) -> Ended:
    """Give the person another role; what they have open ends, so that it cannot outlive it.

    Raises:
        NotAllowed: ``by`` is no active administrator.
        PersonRefused: unknown role, or the last administrator would go; nothing is stored.
    """
    administrators = _administrators(by)
    person = _locked(person)
    if role not in User.Role.values:
        raise PersonRefused("Choose annotator or administrator.")
    if role == person.role:
        return Ended(0, 0)
    if role != User.Role.ADMINISTRATOR:
        _keep_one(administrators, person)
        person.is_staff = person.is_superuser = False
    before, person.role = person.role, role
    person.save(update_fields=["role", "is_staff", "is_superuser"])
    ended = drop_access(person)
    record(by, "role changed", person.username, before=before, after=role)
    return ended


@transaction.atomic
def deactivate(person: User, by: User | None) -> Ended:
    """Shut the account: sessions, keys and an open link end at once; their annotations stay.

    Raises:
        NotAllowed: ``by`` is no active administrator.
        PersonRefused: nobody could administer the site any more; nothing is stored.
    """
    administrators = _administrators(by)
    person = _locked(person)
    if not person.is_active:
        return Ended(0, 0)
    _keep_one(administrators, person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    OneTimeLink.objects.filter(user=person).delete()
    ended = drop_access(person)
    record(by, "person deactivated", person.username, sessions=ended.sessions, tokens=ended.tokens)
    return ended


@transaction.atomic
def reactivate(person: User, by: User | None) -> None:
    """Open the account again, with the password it had.

    Raises:
        NotAllowed: ``by`` is no active administrator.
    """
    _administrators(by)
    person = _locked(person)
    if person.is_active:
        return
    person.is_active = True
    person.save(update_fields=["is_active"])
    record(by, "person reactivated", person.username)


@transaction.atomic
def reset_password(person: User, by: User | None) -> str:
    """Make the password worthless at once, end everything open, and return a link's key.

    Somebody else may know the old password, so it does not wait for the link to be used. A
    lock-out of the name ends too.

    Raises:
        NotAllowed: ``by`` is no active administrator.
        PersonRefused: the account is shut, or it is one's own; nothing is stored.
    """
    _administrators(by)
    person = _locked(person)
    if by is not None and by.pk == person.pk:
        raise PersonRefused("Change your own password on your account page.")
    if not person.is_active:
        raise PersonRefused(f"{person.username} is deactivated. Reactivate the account first.")
    was_invited = person.last_login is None and not person.has_usable_password()
    person.set_unusable_password()
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])
    ended = drop_access(person)
    LoginFailure.objects.filter(username=person.username).delete()
    record(by, "password reset", person.username, sessions=ended.sessions, tokens=ended.tokens)
    return make_link(person, Purpose.INVITATION if was_invited else Purpose.RESET)


def _administrators(by: User | None) -> list[User]:
    """All of them, locked, so that two cannot put each other out in the same moment."""
    found = list(
        User.objects.filter(role=User.Role.ADMINISTRATOR)
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    if by is not None and not any(a.pk == by.pk and a.is_active for a in found):
        raise NotAllowed("Only administrators may change accounts.")
    return found


def _locked(person: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)


def _keep_one(administrators: list[User], person: User) -> None:
    """Refuse when nobody who can sign in would administer the site without the person."""
    others = [a for a in administrators if a.pk != person.pk and a.is_active]
    if person.is_administrator and not any(a.has_usable_password() for a in others):
        raise PersonRefused(
            f"{person.username} is the last administrator who can sign in. "
            "Make somebody else an administrator first, and let them sign in."
        )
