"""Text that attacks is shown to the letter; what every page makes of it: test_hostile_site.py."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.e2e.world import Watch
from tests.factories import CategoryFactory, GrantFactory, SuggestionFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>"
    '"><b onmouseover=alert(4)>\'<a href="javascript:alert(5)">x</a>'
    "</textarea></title>{{7*7}}{% load static %}<!-- \u202egnp.exe \u2066 \u200b ﷽ &lt;i&gt;"
)


def test_hostile_text_is_shown_to_the_letter(live_server, page, log_in):
    category = CategoryFactory(code="C1", label=EVIL[:200], definition=EVIL)
    grant = GrantFactory(title=EVIL, description=f"{EVIL}\nsecond line", queued=True)
    SuggestionFactory(grant=grant, category=category, evidence=["script", "alert"])
    watch = Watch(page, live_server.url)
    log_in(page, UserFactory())
    page.goto(live_server.url)
    page.locator("#workspace").wait_for()
    assert page.locator("#text p").first.text_content() == EVIL
    assert page.locator("#grant-title").text_content() == EVIL
    assert page.locator(".sugg .lab").text_content() == EVIL[:200]
    assert page.locator("[data-about-definition]").text_content().startswith(EVIL)
    assert page.locator(".chip").first.text_content() == EVIL[:200]
    page.goto(f"{live_server.url}/grants/{grant.pk}/")
    assert page.locator("main h1").text_content() == EVIL
    page.goto(f"{live_server.url}/grants/?q={quote(EVIL)}")
    expect(page.locator("input[name=q]")).to_have_value(EVIL)
    assert "49" not in page.title()
    assert watch.faults == []


def test_a_foreign_address_is_no_place_to_go_after_signing_in(live_server, new_context):
    person = UserFactory(username="ada")
    for wanted in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        page = new_context().new_page()
        page.goto(f"{live_server.url}/sign-in/?next={wanted}")
        page.get_by_label("Name").fill(person.username)
        page.get_by_label("Password").fill("a long enough secret")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{live_server.url}/")
