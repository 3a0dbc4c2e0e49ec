"""Help: every page says what it is for, and the guide holds every key and word."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from annotation.services.key_choices import USUAL, choose_keys
from annotation.templatetags.names import key_words
from annotation.templatetags.page_help import PAGES
from annotation.templatetags.terms import TERMS
from tests.annotation.test_access_matrix import FORM, READ, TABLE, World, stage, world
from tests.annotation.test_adjudication import annotated
from tests.factories import AdministratorFactory, FacetFactory, GrantFactory, UserFactory

__all__ = ["World", "stage", "world"]
pytestmark = pytest.mark.django_db
# They are answered with a file, a part of a page, or data.
NO_PAGES = {
    "categories", "definitions", "training", "reading", "grant_look_alikes", "import_faults",
    "schema", "api_docs", "simulation_progress", "simulation_csv", "simulation_json",
    "report_progress", "model_card_json", "coverage_file", "backend_comparison_progress",
}  # fmt: skip


def pages():
    """Every address that shows an administrator a page, from the table of all addresses."""
    shown = {READ.split()[0], FORM.split()[0]}
    for name, (*_, administrator) in TABLE.items():
        if not name.startswith("api_") and administrator.split()[0] in shown:
            yield name


@pytest.mark.parametrize("name", sorted(set(pages()) - NO_PAGES))
def test_every_page_says_what_it_is_for(world, name):
    text, words = PAGES[name]
    html = world.client("administrator").get(world.address(name)).content.decode()
    if name != "sign_in":
        assert "About this page" in html or "What is this?" in html
        assert text in html.replace("&#x27;", "'")
        for word in words:
            assert TERMS[word] in html.replace("&#x27;", "'")


def test_the_page_of_a_disputed_grant_says_what_it_is_for(world):
    facet, grant = FacetFactory(), GrantFactory()
    for outcome in ("none_fits", "not_enough_text"):
        annotated(grant, UserFactory(), [], outcome, facet)
    html = world.client("administrator").get(f"/adjudicate/{grant.pk}/").content.decode()
    assert PAGES["adjudicate_next"][0] in html.replace("&#x27;", "'")


def test_the_sign_in_says_what_this_is():
    assert PAGES["sign_in"][0] in Client().get("/sign-in/").content.decode()


def test_a_paragraph_is_a_paragraph():
    for name, (text, _) in PAGES.items():
        assert 40 <= len(text) <= 420, name
        assert text.endswith("."), name


def guide(user):
    client = Client()
    client.force_login(user)
    return client.get("/help/").content.decode()


def test_the_guide_holds_every_word_and_every_key_of_the_annotating_page():
    html = guide(UserFactory())
    for word in TERMS:
        assert f">{word.capitalize()}</dt>" in html
    usual = {key_words(key) for key in USUAL.values()}
    assert len(usual) == len(USUAL)
    assert usual | {"Shift"} <= set(re.findall(r"<kbd>(.*?)</kbd>", html))


def test_the_guide_shows_the_keys_that_the_reader_has_chosen():
    person = UserFactory()
    choose_keys(person, {"tree": "q"})
    html = guide(person)
    assert "<kbd>q</kbd>" in html and "<kbd>t</kbd>" not in html


def test_only_administrators_read_of_their_own_pages():
    assert "For administrators" not in guide(UserFactory())
    assert "For administrators" in guide(AdministratorFactory())


def test_the_guide_names_every_page_that_only_administrators_have():
    html = guide(AdministratorFactory())
    section = html[html.index('id="administrators"') :]
    nav = (settings.BASE_DIR / "templates/pieces/_nav.html").read_text().split("{% if ")[1]
    theirs = re.findall(r"url '(\w+)'", nav)
    assert len(theirs) >= 6
    for name in (*theirs, "export", "sprints", "guidelines"):
        assert f'href="{reverse(name)}"' in section, name


def test_a_one_time_password_shows_the_way_to_no_other_page():
    client = Client()
    client.force_login(UserFactory(must_change_password=True))
    html = client.get("/password/").content.decode()
    assert "About this page" in html
    assert "/tour/" not in html and "/help/" not in html
