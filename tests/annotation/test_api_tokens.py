"""Keys to the API: how one is got, what opens with it, and when it falls."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from annotation.errors import SignInRefused
from annotation.models import ApiToken, LoginFailure
from annotation.services.people import REFUSED, change_password, give_token, user_of_token
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SECRET = "a long enough secret"


@pytest.fixture
def user():
    return UserFactory(username="ada")


@pytest.fixture
def key(user):
    return give_token("ada", SECRET, None)


def post(**body):
    return APIClient().post("/api/v1/auth/token/", body, format="json")


def categories(key):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=key)
    return client.get("/api/v1/categories/")


def test_name_and_password_give_a_key_that_opens_the_api(user):
    answer = post(username="ada", password=SECRET)
    assert answer.status_code == 200
    assert categories(f"Token {answer.json()['token']}").status_code == 200


def test_only_the_hash_of_a_key_is_stored(key):
    stored = ApiToken.objects.values().get()
    assert key not in str(stored)
    assert len(stored["key_sha256"]) == 64


def test_two_keys_differ_and_both_open(user, key):
    other = give_token("ada", SECRET, None)
    assert other != key
    assert user_of_token(other) == user_of_token(key) == user


def test_a_key_expires(key, settings):
    token = ApiToken.objects.get()
    assert token.expires_at - timezone.now() > timedelta(days=settings.API_TOKEN_DAYS - 1)
    ApiToken.objects.update(expires_at=timezone.now())
    assert user_of_token(key) is None


def test_a_new_key_sweeps_the_expired_ones_of_the_person(user, key):
    give_token(UserFactory(username="bob").username, SECRET, None)
    ApiToken.objects.update(expires_at=timezone.now())
    give_token("ada", SECRET, None)
    assert sorted(ApiToken.objects.values_list("user__username", flat=True)) == ["ada", "bob"]


def test_a_key_falls_with_the_password(user, key):
    change_password(user, "another long secret")
    assert user_of_token(key) is None


@pytest.mark.parametrize("facts", [{"role": "administrator"}, {"is_active": False}])
def test_a_key_falls_with_the_role_and_with_the_account(user, key, facts):
    for name, value in facts.items():
        setattr(user, name, value)
    user.save()
    assert user_of_token(key) is None
    assert categories(f"Token {key}").status_code == 401


def test_a_key_from_before_a_change_does_not_come_back(user, key):
    user.role = "administrator"
    user.save()
    fresh = give_token("ada", SECRET, None)
    assert user_of_token(key) is None
    assert user_of_token(fresh) == user


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Token",
        "Token ",
        "Token wrong",
        "Token a b",
        "Bearer {key}",
        "Basic {key}",
        "token{key}",
        "Token {key}x",
        "Token {key} x",
        "Token ü",
        "Token " + "x" * 10_000,
    ],
)
def test_without_a_good_key_the_api_stays_shut(key, header):
    answer = categories(header.format(key=key))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    assert answer.json()["detail"]


def test_the_word_token_may_be_written_small(key):
    assert categories(f"token {key}").status_code == 200


def test_unknown_wrong_and_deactivated_are_answered_alike(user):
    UserFactory(username="gone", is_active=False)
    answers = [
        post(username=name, password=password)
        for name, password in [("nobody", SECRET), ("ada", "wrong"), ("gone", SECRET)]
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (400, b'{"detail":"' + REFUSED.encode() + b'"}')
    }


def test_failures_are_counted_with_those_of_the_pages(user):
    for _ in range(10):
        post(username="ada", password="wrong")
    assert LoginFailure.objects.count() == 10
    answer = post(username="ada", password=SECRET)
    assert (answer.status_code, answer.json()) == (400, {"detail": REFUSED})


def test_changing_x_forwarded_for_does_not_help_to_guess(user):
    client = APIClient()
    for n in range(50):
        body = {"username": f"guess{n}", "password": "wrong"}
        client.post(
            "/api/v1/auth/token/", body, format="json", HTTP_X_FORWARDED_FOR=f"203.0.113.{n}"
        )
    assert post(username="ada", password=SECRET).json() == {"detail": REFUSED}


def test_a_one_time_password_gives_no_key():
    UserFactory(username="new", must_change_password=True)
    with pytest.raises(SignInRefused, match="Change the one-time password in the browser first"):
        give_token("new", SECRET, None)
    assert not ApiToken.objects.exists()


def test_a_password_that_must_be_changed_shuts_the_api(user, key):
    user.must_change_password = True
    user.save()
    answer = categories(f"Token {key}")
    assert answer.status_code == 403
    assert "one-time password" in answer.json()["detail"]


def test_a_session_with_a_one_time_password_opens_nothing_of_the_api(client):
    client.force_login(UserFactory(must_change_password=True))
    answer = client.get("/api/v1/categories/")
    assert answer.status_code == 403
    assert "one-time password" in answer.json()["detail"]


def test_a_session_cannot_write_without_a_csrf_token(user):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.get("/api/v1/categories/").status_code == 200
    answer = client.post("/api/v1/queue/next/", {}, format="json")
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]
