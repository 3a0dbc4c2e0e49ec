"""Signing in, the one-time password, and what each role sees."""

import pytest
from playwright.sync_api import expect

from annotation.models import User
from tests.e2e.world import suggested, taxonomy
from tests.factories import AdministratorFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
ONE_TIME = "a long enough secret"


def sign_in(page, live_server, name, password):
    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def test_a_one_time_password_opens_nothing_but_its_own_change(live_server, page):
    suggested(taxonomy())
    UserFactory(username="ada", must_change_password=True)
    sign_in(page, live_server, "ada", ONE_TIME)
    expect(page.get_by_role("heading", name="Choose your own password")).to_be_visible()
    for path in ("/", "/grants/", "/categories.json"):
        page.goto(live_server.url + path)
        expect(page.get_by_role("heading", name="Choose your own password")).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)

    def choose(first, again):
        page.get_by_label("New password", exact=True).fill(first)
        page.get_by_label("New password, again").fill(again)
        page.get_by_role("button", name="Change password").click()

    choose("elevenchars", "elevenchars")
    expect(page.get_by_text("at least 12 characters").first).to_be_visible()
    choose(ONE_TIME, ONE_TIME)
    expect(page.get_by_text("the password you have now")).to_be_visible()
    choose("twelve good characters", "twelve bad characters")
    expect(page.get_by_text("The two differ")).to_be_visible()
    choose("twelve good characters", "twelve good characters")

    expect(page.get_by_role("heading", name="Saltwater welcome")).to_be_visible()
    assert not User.objects.get().must_change_password
    page.get_by_role("button", name="Sign out").first.click()
    sign_in(page, live_server, "ada", ONE_TIME)
    expect(page.get_by_role("alert")).to_contain_text("That did not open an account")
    expect(page.get_by_label("Name")).to_have_value("ada")


def test_an_annotator_sees_no_way_to_an_administrators_page(live_server, page, log_in):
    suggested(taxonomy())
    log_in(page, UserFactory())
    page.goto(live_server.url)
    expect(page.get_by_role("link", name="Grants").first).to_be_visible()
    for name in ("Coverage", "Versions"):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    for path in ("/coverage/", "/versions/", "/demonstration/"):
        assert page.goto(live_server.url + path).status == 403
        expect(page.get_by_role("heading", name="This page is not for you")).to_be_visible()


def test_a_deep_link_is_opened_after_signing_in(live_server, page):
    AdministratorFactory(username="grace")
    page.goto(f"{live_server.url}/coverage/?q=sport")
    page.get_by_label("Name").fill("grace")
    page.get_by_label("Password").fill(ONE_TIME)
    page.keyboard.press("Enter")
    page.wait_for_url("**/coverage/?q=sport")
