"""Accounts: adding people, signing in, and what a stranger learns from a refusal."""

import io
import sys
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.utils import timezone

from annotation.errors import AnnotationError, SignInRefused
from annotation.models import AuditEvent, LoginFailure, User
from annotation.services.people import (
    REFUSED,
    add_user,
    change_password,
    check_password,
    create_first_administrator,
)
from annotation.visits import client_address
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SECRET = "a long enough secret"


def fail(username="ada", address="192.0.2.1", times=1):
    for _ in range(times):
        with pytest.raises(SignInRefused):
            check_password(username, "wrong", address)


def test_a_given_password_need_not_be_changed():
    user, password = add_user("ada", "annotator", SECRET)
    assert (password, user.must_change_password, user.is_administrator) == (SECRET, False, False)
    assert check_password("ada", SECRET, None) == user


def test_without_a_password_a_one_time_password_is_made():
    user, password = add_user("ada", "administrator")
    assert len(password) >= 16
    assert user.must_change_password
    assert user.is_administrator
    assert not user.is_staff
    assert check_password("ada", password, None) == user


def test_two_one_time_passwords_differ():
    assert add_user("ada", "annotator")[1] != add_user("bob", "annotator")[1]


def test_adding_a_person_is_in_the_audit_log_and_the_password_is_not():
    _, password = add_user("ada", "annotator", by=UserFactory(username="root"))
    event = AuditEvent.objects.get()
    assert (event.action, event.subject, event.details) == (
        "user added",
        "ada",
        {"role": "annotator"},
    )
    assert event.actor.username == "root"
    assert password not in str(event.details)


@pytest.mark.parametrize(
    ("name", "role", "password", "words"),
    [
        ("ada", "annotator", "short", "too short"),
        ("ada", "annotator", "password1234", "too common"),
        ("ada", "annotator", "918273645546", "entirely numeric"),
        ("adalovelace", "annotator", "adalovelace1", "too similar to the username"),
        ("a b", "annotator", SECRET, "'a b' will not do"),
        ("a" * 151, "annotator", SECRET, "at most 150 characters"),
        ("", "annotator", SECRET, "'' will not do"),
        ("a\0b", "annotator", SECRET, "will not do"),
        ("ada", "king", SECRET, "'king' is not a valid choice"),
    ],
)
def test_a_weak_password_or_an_odd_name_is_refused_in_words(name, role, password, words):
    with pytest.raises(AnnotationError, match=words):
        add_user(name, role, password)
    assert not User.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_name_is_given_once():
    add_user("ada", "annotator", SECRET)
    with pytest.raises(AnnotationError, match="There is a user 'ada' already"):
        add_user("ada", "annotator", SECRET)
    assert User.objects.count() == 1


def test_an_empty_site_gets_a_first_administrator_and_others_do_not():
    name, password = create_first_administrator()
    assert check_password(name, password, None).must_change_password
    assert create_first_administrator() is None
    assert User.objects.count() == 1


def test_unknown_wrong_and_deactivated_are_refused_in_the_same_words():
    UserFactory(username="ada")
    UserFactory(username="gone", is_active=False)
    refusals = []
    for name, password in [("nobody", SECRET), ("ada", "wrong"), ("gone", SECRET)]:
        with pytest.raises(SignInRefused) as refusal:
            check_password(name, password, None)
        refusals.append(str(refusal.value))
    assert refusals == [REFUSED] * 3


def test_after_ten_failures_of_a_name_even_the_right_password_waits():
    UserFactory(username="ada")
    fail(times=10, address=None)
    with pytest.raises(SignInRefused, match=REFUSED):
        check_password("ada", SECRET, "198.51.100.7")


def test_a_locked_name_sounds_alike_whether_it_exists_or_not():
    UserFactory(username="ada")
    for name in ("ada", "nobody"):
        fail(name, times=10)
        with pytest.raises(SignInRefused, match=REFUSED):
            check_password(name, SECRET, None)


def test_nine_failures_leave_the_door_open():
    user = UserFactory(username="ada")
    fail(times=9)
    assert check_password("ada", SECRET, None) == user


def test_only_failures_are_counted():
    UserFactory(username="ada")
    for _ in range(12):
        check_password("ada", SECRET, "192.0.2.1")
    assert not LoginFailure.objects.exists()


def test_after_fifty_failures_of_an_address_every_name_waits_there_and_only_there():
    user = UserFactory(username="ada")
    for n in range(50):
        fail(f"guess{n}")
    with pytest.raises(SignInRefused, match=REFUSED):
        check_password("ada", SECRET, "192.0.2.1")
    assert check_password("ada", SECRET, "192.0.2.2") == user


def test_failures_without_an_address_lock_no_address():
    user = UserFactory(username="ada")
    for n in range(50):
        fail(f"guess{n}", None)
    assert check_password("ada", SECRET, None) == user


def test_five_minutes_later_the_door_is_open_and_the_failures_are_gone():
    user = UserFactory(username="ada")
    fail(times=10)
    LoginFailure.objects.update(failed_at=timezone.now() - timedelta(minutes=5))
    assert check_password("ada", SECRET, "192.0.2.1") == user
    fail("other")
    assert LoginFailure.objects.count() == 1


def test_a_name_longer_than_any_is_counted_by_its_beginning():
    fail("x" * 1000, times=10)
    with pytest.raises(SignInRefused, match=REFUSED):
        check_password("x" * 1000, SECRET, None)


def address_of(**meta):
    return client_address(RequestFactory().get("/", **meta))


def test_a_caller_s_word_for_its_address_is_not_believed(settings):
    settings.TRUST_PROXY = False
    meta = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "203.0.113.5"}
    assert address_of(**meta) == "192.0.2.1"


def test_a_trusted_proxy_s_own_word_is_the_last_one(settings):
    settings.TRUST_PROXY = True
    meta = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.5"}
    assert address_of(**meta) == "203.0.113.5"
    assert address_of(REMOTE_ADDR="192.0.2.1") == "192.0.2.1"


@pytest.mark.parametrize(
    "word", ["unknown", "203.0.113.5:4711", "_hidden", "fe80::1%eth0", "'; --", "\0", " ", ","]
)
def test_an_address_that_is_none_is_no_obstacle(settings, word):
    settings.TRUST_PROXY = True
    UserFactory(username="ada")
    address = address_of(HTTP_X_FORWARDED_FOR=word)
    fail(address=address)
    assert check_password("ada", SECRET, address)


def test_a_unix_socket_has_no_address():
    assert address_of(REMOTE_ADDR="") is None


def test_a_changed_password_opens_and_the_old_one_does_not():
    user, one_time = add_user("ada", "annotator")
    change_password(user, SECRET)
    assert not check_password("ada", SECRET, None).must_change_password
    with pytest.raises(SignInRefused):
        check_password("ada", one_time, None)
    assert AuditEvent.objects.filter(action="password changed", actor=user).count() == 1


def test_a_session_falls_with_the_password_and_with_the_role():
    user = UserFactory()
    hashes = [user.get_session_auth_hash()]
    user.role = "administrator"
    hashes.append(user.get_session_auth_hash())
    user.set_password("another long secret")
    hashes.append(user.get_session_auth_hash())
    assert len(set(hashes)) == 3


def command(*words):
    out = io.StringIO()
    call_command("add_user", *words, stdout=out)
    return out.getvalue()


def test_the_command_prints_the_one_time_password():
    said = command("ada", "--role", "annotator")
    assert said.startswith("Added ada, Annotator.")
    assert check_password("ada", said.split()[-1], None)


def test_the_command_reads_a_password_and_does_not_repeat_it(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(SECRET + "\n"))
    said = command("ada", "--role", "administrator", "--password-stdin")
    assert SECRET not in said
    assert check_password("ada", SECRET, None).is_administrator


def test_the_command_says_what_is_wrong():
    UserFactory(username="ada")
    with pytest.raises(CommandError, match="There is a user 'ada' already"):
        command("ada", "--role", "annotator")
    with pytest.raises(CommandError, match="invalid choice: 'king'"):
        command("bob", "--role", "king")
