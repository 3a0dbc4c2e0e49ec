"""Help and the tour in a browser, by keyboard, and what a refused question says."""

import pytest
from playwright.sync_api import expect

from annotation.models import User
from tests.factories import AdministratorFactory, CategoryFactory, GrantFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
SECRET = "a long enough secret"


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


@pytest.mark.parametrize("width", [320, 1280])
def test_the_tour_is_walked_by_keyboard_and_comes_once(live_server, page, new_context, axe, width):
    page.set_viewport_size({"width": width, "height": 640})
    CategoryFactory()
    GrantFactory(queued=True, title="A first grant")
    UserFactory(username="mei", tour_seen_at=None)

    def sign_in(page):
        page.goto(f"{live_server.url}/sign-in/")
        page.get_by_label("Name").fill("mei")
        page.get_by_label("Password").fill(SECRET)
        press(page, "Enter")

    sign_in(page)
    for title in ("Grants are sorted", "Three keys", "You can begin"):
        expect(page.get_by_role("heading", level=1)).to_contain_text(title)
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        press(page, "Tab")
        press(page, "Enter")
    expect(page.get_by_role("heading", name="A first grant")).to_be_visible()
    another = new_context().new_page()
    sign_in(another)
    expect(another.get_by_role("heading", name="A first grant")).to_be_visible()


def test_the_tour_is_skipped_and_taken_again_from_help(live_server, page, log_in):
    log_in(page, UserFactory(tour_seen_at=None))
    page.goto(f"{live_server.url}/tour/")
    page.get_by_role("button", name="Skip the tour").click()
    expect(page.get_by_role("heading", name="Nothing to annotate yet")).to_be_visible()
    assert User.objects.get().tour_seen_at
    page.get_by_text("Help", exact=True).click()
    page.get_by_role("link", name="Take the tour").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Grants are sorted")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_help_opens_and_closes_by_keyboard_on_every_width(live_server, page, log_in, axe, width):
    page.set_viewport_size({"width": width, "height": 640})
    log_in(page, AdministratorFactory())
    page.goto(f"{live_server.url}/versions/")
    page.locator(".help-menu summary").focus()
    press(page, "Enter")
    panel = page.locator(".help-box")
    expect(panel).to_contain_text("Every training of the model")
    box = panel.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []
    press(page, "Tab", "Escape")
    expect(panel).to_be_hidden()
    expect(page.locator(".help-menu summary")).to_be_focused()


def test_a_question_that_is_refused_says_why(live_server, page, log_in):
    person = AdministratorFactory()
    AdministratorFactory()
    log_in(page, person)
    page.goto(f"{live_server.url}/people/")
    page.route("**/people/invite/", lambda route: route.abort())
    page.get_by_role("link", name="Invite somebody").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The site did not answer")
    press(page, "Enter")
    expect(dialog).to_be_hidden()
    page.unroute("**/people/invite/")
    # Another administrator takes the role away, and the session is made to outlive it.
    User.objects.filter(pk=person.pk).update(role="annotator")
    log_in(page, User.objects.get(pk=person.pk))
    page.get_by_role("link", name="Invite somebody").click()
    expect(dialog).to_contain_text("This page is not for you")
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
