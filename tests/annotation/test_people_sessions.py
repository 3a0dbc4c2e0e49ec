"""Open sessions and keys: listed without giving anybody away, ended at once."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from annotation.errors import NotAllowed
from annotation.models import ApiToken, AuditEvent, PersonSession
from annotation.services.people import give_token, user_of_token
from annotation.services.people_sessions import (
    browser_of,
    end_everything,
    end_session,
    network_of,
    revoke_token,
)
from tests.factories import AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db
SECRET = "a long enough secret"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def ada():
    return UserFactory(username="ada")


def signed_in(name="ada", **options):
    client = Client(**options)
    answer = client.post("/sign-in/", {"username": name, "password": SECRET})
    assert answer.status_code == 302
    return client


def test_signing_in_lists_the_session(ada):
    signed_in(REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT=FIREFOX)
    session = PersonSession.objects.get()
    assert (session.user, session.network, session.browser) == (
        ada,
        "203.0.113.0/24",
        "Firefox on Linux",
    )
    ada.refresh_from_db()
    assert ada.last_login


def test_last_seen_is_written_once_in_five_minutes(ada):
    client = signed_in()
    first = PersonSession.objects.get().seen_at
    client.get("/account/")
    assert PersonSession.objects.get().seen_at == first
    PersonSession.objects.update(seen_at=timezone.now() - timedelta(minutes=5, seconds=1))
    client.get("/account/")
    assert PersonSession.objects.get().seen_at > first


def test_a_session_that_is_signed_out_or_over_is_not_listed(ada):
    signed_in().post("/sign-out/")
    assert not PersonSession.objects.exists()
    signed_in()
    Session.objects.update(expire_date=timezone.now())
    assert not PersonSession.objects.open(timezone.now()).exists()
    signed_in()  # sweeps the old one away
    assert Session.objects.count() == PersonSession.objects.count() == 1


def test_a_changed_password_ends_the_other_sessions_and_relists_this_one(ada):
    other, here = signed_in(), signed_in()
    new = "brand new words"
    body = {"old_password": SECRET, "new_password1": new, "new_password2": new}
    assert here.post("/password/", body).status_code == 302
    assert here.get("/account/").status_code == 200
    assert PersonSession.objects.count() == 1
    assert other.get("/account/").status_code == 302


def test_a_changed_password_does_not_move_the_sign_in(ada):
    client = signed_in()
    began_at = timezone.now() - timedelta(hours=3)
    PersonSession.objects.update(created_at=began_at)
    old_key = PersonSession.objects.get().session_id
    new = "another long secret"
    given = {"old_password": SECRET, "new_password1": new, "new_password2": new}
    assert client.post("/password/", given).status_code == 302
    session = PersonSession.objects.get()
    assert session.session_id not in (old_key, None)
    assert session.created_at == began_at


def test_ending_one_session_leaves_the_others(ada):
    other, here = signed_in(), signed_in()
    ended = PersonSession.objects.get(session=other.session.session_key)
    end_session(ended, ada)
    assert other.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200
    assert AuditEvent.objects.get(action="session ended").actor == ada


def test_a_session_ended_while_its_request_is_on_the_way_does_not_come_back(ada):
    client = signed_in()
    key = client.session.session_key
    end_everything(ada, ada)
    client.get("/account/")
    assert not Session.objects.filter(pk=key).exists()
    assert not PersonSession.objects.exists()


def test_end_everything_may_leave_one_session(ada):
    other, here = signed_in(), signed_in()
    key = give_token("ada", SECRET, None)
    ended = end_everything(ada, ada, but=here.session.session_key)
    assert (ended.sessions, ended.tokens) == (1, 1)
    assert here.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert user_of_token(key) is None


def test_others_may_end_nothing_of_mine_and_administrators_may(ada):
    signed_in()
    give_token("ada", SECRET, None)
    session, token = PersonSession.objects.get(), ApiToken.objects.get()
    stranger = UserFactory()
    for deed in (
        lambda by: end_session(session, by),
        lambda by: revoke_token(token, by),
        lambda by: end_everything(ada, by),
    ):
        with pytest.raises(NotAllowed):
            deed(stranger)
        with pytest.raises(NotAllowed):
            deed(AdministratorFactory(is_active=False))
    assert (PersonSession.objects.count(), ApiToken.objects.count()) == (1, 1)
    boss = AdministratorFactory()
    end_session(session, boss)
    revoke_token(token, boss)
    assert (PersonSession.objects.count(), ApiToken.objects.count()) == (0, 0)


def test_the_use_of_a_key_is_noted_once_in_five_minutes(ada):
    key = give_token("ada", SECRET, None)
    assert ApiToken.objects.get().last_used_at is None
    user_of_token(key)
    first = ApiToken.objects.get().last_used_at
    user_of_token(key)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=6))
    user_of_token(key)
    assert ApiToken.objects.get().last_used_at >= first


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        (None, ""),
    ],
)
def test_an_address_is_kept_without_its_last_part(address, network):
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("agent", "browser"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36", "Chrome on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14) Version/18 Safari/605", "Safari on Mac"),
        ("Mozilla/5.0 (iPhone; like Mac OS X) CriOS/140 Safari/604", "Chrome on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537", "Chrome on Android"),
        ("<script>alert(1)</script>", "Another browser"),
        ("x" * 10_000, "Another browser"),
        ("", "Another browser"),
    ],
)
def test_a_browser_is_known_by_family_and_system(agent, browser):
    assert browser_of(agent) == browser
