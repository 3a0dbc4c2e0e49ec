"""Who may open which page, and what every answer carries."""

import json
import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from annotation import urls
from tests.factories import AdministratorFactory, GrantFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
TOKEN = "00000000-0000-4000-8000-000000000000"
NAMES = [pattern.name for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)]
ADMINISTRATORS = {
    "coverage", "versions", "training", "retrain", "stop", "promote", "demonstration",
}  # fmt: skip
POST_ONLY = {"submit", "skip", "renew", "undo", "retrain", "sign_out"}


def address(name):
    converters = next(iter(get_resolver().reverse_dict.getlist(name)))[3]
    return reverse(name, kwargs={k: TOKEN if k == "token" else 1 for k in converters})


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"sign_in", "one_time_link"}))
@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_sign_in_every_address_leads_to_it(client, name, method):
    response = getattr(client, method)(address(name))
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/?next=")


def test_htmx_is_sent_to_the_sign_in_as_a_whole_window(client):
    response = client.post(address("submit"), headers={"HX-Request": "true"})
    assert response.headers["HX-Redirect"] == "/sign-in/?next=%2F"


@pytest.mark.parametrize("name", sorted(ADMINISTRATORS))
def test_an_annotator_gets_no_administrators_page(name):
    client = signed_in(UserFactory())
    for method in (client.get, client.post):
        response = method(address(name))
        assert response.status_code == 403
        assert b"This page is not for you" in response.content


@pytest.mark.parametrize(
    "name", sorted(set(NAMES) - {"sign_in", "sign_out", "change_password", "one_time_link"})
)
def test_a_one_time_password_opens_no_page(name):
    client = signed_in(AdministratorFactory(must_change_password=True))
    for method in (client.get, client.post):
        assert method(address(name))["Location"] == "/password/"


def test_a_one_time_password_opens_no_api_and_says_why():
    client = signed_in(UserFactory(must_change_password=True))
    response = client.get("/api/v1/grants/")
    assert response.status_code == 403
    assert "one-time password" in response.json()["detail"]


@pytest.mark.parametrize("name", sorted(POST_ONLY))
def test_what_changes_something_is_never_a_get(name):
    response = signed_in(AdministratorFactory()).get(address(name))
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert b"only takes what a button sends" in response.content


@pytest.mark.parametrize("name", sorted(POST_ONLY | {"stop", "promote", "demonstration"}))
def test_without_its_token_no_form_is_taken(name):
    client = Client(enforce_csrf_checks=True)
    client.force_login(AdministratorFactory())
    response = client.post(address(name))
    assert response.status_code == 403
    assert b"This page is out of date" in response.content


@pytest.mark.parametrize("path", ["/", "/grants/", "/coverage/", "/nowhere/", "/sign-in/"])
def test_every_answer_to_a_person_stays_out_of_caches_and_names_its_policy(path):
    response = signed_in(AdministratorFactory()).get(path)
    assert "no-store" in response["Cache-Control"]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"


def test_pages_hold_no_inline_script_or_style():
    GrantFactory(queued=True)
    client = signed_in(AdministratorFactory())
    for path in ("/", "/grants/", "/coverage/", "/versions/", "/password/", "/nowhere/"):
        html = client.get(path).content.decode()
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", html)
        assert not re.search(r"(src|href|action)=.(https?:)?//", html)


def test_no_template_or_script_takes_text_for_markup():
    wrong = re.compile(
        r"\|\s*safe\b|autoescape off|mark_safe|\.innerHTML|\.outerHTML|insertAdjacentHTML|"
        r"document\.write|\beval\(|new Function|\sstyle=|\shx-on"
    )
    files = [
        file
        for folder in ("templates", "static", "annotation")
        for file in (settings.BASE_DIR / folder).rglob("*")
        if file.suffix in {".html", ".js", ".py", ".svg"}
    ]
    assert len(files) > 50
    # What is Markdown has its own test of hostile texts: tests/annotation/test_guidelines.py.
    assert [f.name for f in files if wrong.search(f.read_text())] == ["markdown.py"]


def test_the_htmx_settings_are_json_and_strict():
    html = Client().get("/sign-in/").content.decode()
    config = json.loads(re.search(r"name=\"htmx-config\" content='(.*?)'", html)[1])
    assert (config["allowEval"], config["allowScriptTags"]) == (False, False)
    assert config["selfRequestsOnly"] is True
    assert {"code": "409|422", "swap": True} in config["responseHandling"]


def test_a_wrong_sign_in_tells_nothing_about_the_name(client):
    UserFactory(username="ada")
    UserFactory(username="gone", is_active=False)
    said = set()
    for name in ("ada", "gone", "nobody"):
        response = client.post("/sign-in/", {"username": name, "password": "wrong"})
        assert response.status_code == 422
        said.add(
            re.sub(rf"csrf\S+ value=\S+|X-CSRFToken\S+ \S+|{name}", "", response.content.decode())
        )
    assert len(said) == 1


def test_a_fault_of_ours_has_a_page_that_asks_no_database(monkeypatch):
    from annotation.views import grants

    monkeypatch.setattr(grants, "find_grants", lambda query: 1 / 0)
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory())
    response = client.get("/grants/")
    assert response.status_code == 500
    assert b"Something went wrong on our side" in response.content
