"""Requests that somebody else's page or a stranger would send in a person's name."""

import json

import pytest
from django.conf import settings
from django.test import Client

from annotation.models import ModelVersion, User
from annotation.models.people import LoginFailure
from tests.annotation.programme import Programme
from tests.factories import AdministratorFactory, LabelFactory, UserFactory

pytestmark = pytest.mark.django_db
RETRAIN = ("/versions/retrain/", "/api/v1/model-versions/")


@pytest.fixture
def boss():
    LabelFactory()
    return AdministratorFactory()


@pytest.fixture
def browser(boss):
    """Signed in, with a token of its own; every check that a browser meets is on."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss)
    client.get("/account/")
    return client


def token_of(client):
    return client.cookies[settings.CSRF_COOKIE_NAME].value


def other_token(boss):
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss)
    client.get("/account/")
    return token_of(client)


def send(client, path, token=None, **headers):
    if token is not None:
        headers["X-CSRFToken"] = token
    return client.post(path, "{}", content_type="application/json", headers=headers)


@pytest.mark.parametrize("path", RETRAIN)
def test_the_token_of_the_own_browser_is_what_opens(browser, path):
    assert send(browser, path, token_of(browser)).status_code in (201, 302)
    assert ModelVersion.objects.filter(kind="trained").count() == 1


@pytest.mark.parametrize("path", RETRAIN)
@pytest.mark.parametrize("token", [None, "", "x", "x" * 32, "x" * 64, "x" * 5000, "ü", "\0"])
def test_no_token_or_a_made_up_one_is_403(browser, path, token):
    assert send(browser, path, token).status_code == 403
    assert not ModelVersion.objects.filter(kind="trained").exists()


@pytest.mark.parametrize("path", RETRAIN)
def test_a_token_of_another_browser_is_403(browser, boss, path):
    assert send(browser, path, other_token(boss)).status_code == 403


@pytest.mark.parametrize("path", RETRAIN)
def test_a_token_from_before_the_sign_in_is_403(boss, path):
    client = Client(enforce_csrf_checks=True)
    client.get("/sign-in/")
    old = token_of(client)
    given = {"username": boss.username, "password": "a long enough secret"}
    assert client.post("/sign-in/", given, headers={"X-CSRFToken": old}).status_code == 302
    client.get("/account/")
    assert send(client, path, old).status_code == 403
    assert send(client, path, token_of(client)).status_code in (201, 302)


@pytest.mark.parametrize("path", RETRAIN)
@pytest.mark.parametrize(
    "origin", ["null", "http://evil.example", "https://testserver", "http://testserver.evil", "x"]
)
def test_another_origin_is_403_though_the_token_is_right(browser, path, origin):
    assert send(browser, path, token_of(browser), Origin=origin).status_code == 403
    assert send(browser, path, token_of(browser), Origin="http://testserver").status_code < 400


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "image/png"])
def test_json_under_a_name_that_needs_no_leave_of_the_browser_does_nothing(browser, kind):
    """A form of another site may send text/plain with a person's cookie, and no more than that."""
    bare = browser.post("/api/v1/model-versions/", "{}", content_type=kind)
    assert bare.status_code in (403, 415)  # whichever is looked at first
    headers = {"X-CSRFToken": token_of(browser)}
    with_token = browser.post("/api/v1/model-versions/", "{}", content_type=kind, headers=headers)
    assert with_token.status_code == 415
    assert not ModelVersion.objects.filter(kind="trained").exists()


def test_a_token_of_the_api_is_no_cookie_and_needs_no_csrf(boss):
    programme = Programme(boss)
    programme.client.handler.enforce_csrf_checks = True
    assert programme.post("model-versions/", {}).status_code == 201


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP"])
def test_changing_what_one_says_of_one_s_address_opens_no_locked_door(header):
    UserFactory(username="ada")
    given = {"username": "ada", "password": "wrong"}
    limit = settings.SIGN_IN_FAILURES_OF_A_NAME
    for n in range(limit):
        Client().post("/sign-in/", given, headers={header: f"203.0.113.{n}"})
    assert LoginFailure.objects.count() == limit
    right = given | {"password": "a long enough secret"}
    answer = Client().post("/sign-in/", right, headers={header: "203.0.113.200"})
    assert answer.status_code == 422 and "sessionid" not in answer.cookies
    answer = Client().post(
        "/api/v1/auth/token/", json.dumps(right), content_type="application/json"
    )
    assert answer.status_code == 400


def test_a_method_that_nobody_knows_is_refused(browser):
    before = User.objects.count()
    for method in ("BREW", "PROPFIND", "POST "):
        answer = browser.generic(method, "/people/invite/", "username=x&role=administrator")
        assert answer.status_code in (403, 405)
    assert User.objects.count() == before
