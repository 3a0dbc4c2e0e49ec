"""One-time links: looked at, used once, too old, replaced, guessed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from annotation.errors import LinkGone, PersonRefused
from annotation.models import AuditEvent, OneTimeLink
from annotation.services.people import check_password
from annotation.services.people_links import GONE, link_of, make_link, use_link
from tests.factories import AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db
SECRET = "salt water and long walks"
Purpose = OneTimeLink.Purpose


@pytest.fixture
def mei():
    user = UserFactory(username="mei")
    user.set_unusable_password()
    user.save()
    return user


@pytest.fixture
def key(mei):
    return make_link(mei, Purpose.INVITATION)


def choose(client, key, password=SECRET, again=None):
    body = {"new_password1": password, "new_password2": password if again is None else again}
    return client.post(f"/welcome/{key}/", body)


def test_only_the_hash_is_stored(key):
    stored = OneTimeLink.objects.values().get()
    assert key not in str(stored)
    assert len(stored["key_sha256"]) == 64
    assert len(key) >= 43  # 256 bits


def test_it_opens_for_three_days(key, settings):
    until = OneTimeLink.objects.get().expires_at - timezone.now()
    assert timedelta(days=2, hours=23) < until <= timedelta(days=settings.ONE_TIME_LINK_DAYS)


def test_looking_at_it_does_not_use_it_up(client, key):
    for _ in range(3):
        answer = client.get(f"/welcome/{key}/")
        assert answer.status_code == 200
    assert "Welcome, mei" in answer.text
    assert "no-store" in answer["Cache-Control"]


def test_it_sets_the_password_once_and_leads_to_the_sign_in(client, key, mei):
    answer = choose(client, key)
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/")
    assert check_password("mei", SECRET, None) == mei
    again = choose(client, key, "another long secret")
    assert again.status_code == 404
    assert check_password("mei", SECRET, None) == mei


@pytest.mark.parametrize("spoil", ["unknown", "used", "replaced", "too old", "deactivated"])
def test_a_link_that_is_gone_says_the_same_whatever_became_of_it(client, key, mei, spoil):
    if spoil == "unknown":
        key = "x" * 43
    elif spoil == "used":
        use_link(key, SECRET)
    elif spoil == "replaced":
        make_link(mei, Purpose.RESET)
    elif spoil == "too old":
        OneTimeLink.objects.update(expires_at=timezone.now())
    else:
        mei.is_active = False
        mei.save()
    for answer in (client.get(f"/welcome/{key}/"), choose(client, key)):
        assert answer.status_code == 404
        assert GONE in answer.text
        assert "mei" not in answer.text
    with pytest.raises(LinkGone, match=GONE):
        use_link(key, SECRET)


@pytest.mark.parametrize("key", ["ü", "%00", "a" * 5_000, "'; --", "..%2f"])
def test_an_odd_key_is_a_link_that_is_gone(client, key):
    assert client.get(f"/welcome/{key}/").status_code == 404


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("short", None, "too short"),
        ("password1234", None, "too common"),
        ("918273645546", None, "entirely numeric"),
        ("meimeimeimeimei", "other", "The two differ"),
        ("", None, "Enter a password"),
    ],
)
def test_a_weak_password_is_refused_and_the_link_stays_good(client, key, password, again, words):
    answer = choose(client, key, password, again)
    assert answer.status_code == 422
    assert words in answer.text
    assert choose(client, key).status_code == 302


def test_the_service_checks_the_password_itself(key):
    with pytest.raises(PersonRefused, match="too short"):
        use_link(key, "short")
    assert OneTimeLink.objects.exists()
    assert not AuditEvent.objects.exists()


def test_whoever_is_signed_in_in_that_browser_is_told_and_signed_out(client, key):
    client.force_login(AdministratorFactory(username="boss"))
    assert (
        "You are signed in as boss, but this link is for mei" in client.get(f"/welcome/{key}/").text
    )
    choose(client, key)
    assert client.get("/account/").status_code == 302


def test_it_is_not_used_without_a_csrf_token(key):
    assert choose(Client(enforce_csrf_checks=True), key).status_code == 403
    assert link_of(key)
