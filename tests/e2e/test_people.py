"""People in a browser: invited, let in by a link, at work, thrown out."""

import pytest
from playwright.sync_api import expect

from annotation.models import User
from tests.e2e.world import Watch, until_listening
from tests.factories import AdministratorFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
OWN_PASSWORD = "salt water and long walks"
SECRET = "a long enough secret"


@pytest.fixture
def boss(live_server, page, log_in):
    boss = AdministratorFactory(username="boss")
    log_in(page, boss)
    watch = Watch(page, live_server.url)
    yield boss
    assert watch.faults == []


@pytest.fixture
def second(live_server, browser):
    """Another person's browser."""
    context = browser.new_context()
    page = context.new_page()
    watch = Watch(page, live_server.url)
    yield page
    assert watch.faults == []
    context.close()


def sign_in(page, address, name, password):
    page.goto(address)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def invite(page, name):
    page.get_by_role("link", name="Invite somebody").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="Make the link").click()
    return dialog.get_by_label("One-time link").input_value()


def test_from_invitation_to_being_thrown_out(live_server, page, boss, second):
    page.goto(live_server.url + "/people/")
    link = invite(page, "mei")
    page.get_by_role("link", name="I have passed it on").click()
    expect(page.get_by_role("heading", name="mei", level=1)).to_be_visible()
    expect(page.get_by_text("Invited")).to_be_visible()

    second.goto(link)
    second.get_by_label("New password", exact=True).fill(OWN_PASSWORD)
    second.get_by_label("New password, again").fill(OWN_PASSWORD)
    second.get_by_role("button", name="Set the password").click()
    expect(second.get_by_text("Your password is set. Sign in as mei.")).to_be_visible()
    sign_in(second, second.url, "mei", OWN_PASSWORD)
    second.get_by_role("button", name="Skip the tour").click()
    expect(second.get_by_role("heading", name="Nothing to annotate yet")).to_be_visible()
    second.goto(link)
    expect(second.get_by_role("heading", name="This link opens nothing")).to_be_visible()

    page.reload()
    expect(page.get_by_role("region", name="Open sessions")).to_contain_text("Chrome on Linux")
    page.get_by_role("link", name="Deactivate").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 open session ends at once")
    page.get_by_role("button", name="Deactivate mei").click()
    expect(page.get_by_text("mei is deactivated and signed out everywhere.")).to_be_visible()

    second.goto(live_server.url + "/account/")
    expect(second.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(second, second.url, "mei", OWN_PASSWORD)
    expect(second.get_by_role("alert")).to_contain_text("That did not open an account")


def test_a_mistake_in_an_invitation_is_mended_in_the_dialog(live_server, page, boss):
    page.goto(live_server.url + "/people/")
    page.get_by_role("link", name="Invite somebody").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("boss")
    dialog.get_by_role("button", name="Make the link").click()
    expect(dialog.get_by_text("There is a user 'boss' already")).to_be_visible()
    dialog.get_by_label("Name").fill("mei")
    dialog.get_by_role("button", name="Make the link").click()
    expect(dialog.get_by_label("One-time link")).to_be_focused()
    assert User.objects.filter(username="mei").exists()


def test_a_token_is_made_shown_once_and_revoked(live_server, page, boss):
    page.goto(live_server.url + "/account/")
    page.get_by_role("link", name="Make a token").click()
    page.get_by_role("dialog").get_by_label("Your password").fill(SECRET)
    page.get_by_role("button", name="Make the token").click()
    assert len(page.get_by_label("Token", exact=True).input_value()) == 43
    page.get_by_role("link", name="I have stored it").click()
    expect(page.get_by_label("Token", exact=True)).to_have_count(0)
    until_listening(page)
    page.get_by_role("link", name="Revoke the token").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke the token").click()
    expect(page.get_by_text("The token is revoked.")).to_be_visible()
    expect(page.get_by_text("There is none.")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_are_accessible_and_fit(live_server, page, boss, second, axe, width):
    UserFactory(username="a-name-as-long-as-names-of-some-people-are-and-longer")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(live_server.url + "/people/")
    link = invite(page, "mei")
    assert axe(page) == []
    mei = User.objects.get(username="mei")
    for path in ("/people/", f"/people/{mei.pk}/", f"/people/{boss.pk}/", "/account/", link):
        page.goto(path if path == link else live_server.url + path)
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
