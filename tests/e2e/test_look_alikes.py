"""Look-alikes on the annotating page: fetched when opened, and told where they sway nobody."""

import pytest
from playwright.sync_api import expect

from annotation.models import TextPair
from tests.e2e.world import Watch, opened, suggested, taxonomy
from tests.factories import GrantFactory, LabelFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PLACE = "**/look-alikes/"


@pytest.fixture
def categories():
    return taxonomy()


@pytest.fixture
def near(categories):
    """A labelled grant with nearly the words of the one that waits."""
    other = GrantFactory(title="Swimming for newcomers", text_key="b")
    LabelFactory(grant=other, category=categories["swim"])
    TextPair.objects.create(text_key="a", other_key="b", similarity=0.93)
    return other


@pytest.fixture
def annotating(live_server, page, log_in):
    """``annotating()`` opens the page; nothing on it may break its policy."""
    log_in(page, UserFactory(username="ada"))
    watch = Watch(page, live_server.url)
    asked = []
    page.on("request", lambda request: "look-alikes" in request.url and asked.append(request.url))

    def annotating(title):
        page.goto(live_server.url)
        opened(page, title)
        assert asked == []
        return page, asked

    yield annotating
    assert watch.faults == []


def summary(page):
    return page.locator("summary", has_text="Look-alikes")


def test_they_are_fetched_once_when_they_are_opened(annotating, categories, near):
    suggested(categories, text_key="a")
    page, asked = annotating("Saltwater welcome")
    here = page.locator("[data-alike-here]")
    expect(here).to_be_hidden()
    summary(page).click()
    expect(here.get_by_role("link", name="Swimming for newcomers")).to_be_visible()
    expect(here).to_contain_text("93 % alike")
    expect(here.locator(".chip")).to_have_text("Swimming and water safety")
    summary(page).click()
    expect(here).to_be_hidden()
    summary(page).click()
    expect(here.get_by_role("link")).to_be_visible()
    assert len(asked) == 1


def test_the_keyboard_opens_them_and_decides_nothing(annotating, categories, near):
    suggested(categories, text_key="a")
    page, _ = annotating("Saltwater welcome")
    before = page.locator("[aria-checked=true]").count()
    summary(page).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Swimming for newcomers")).to_be_visible()
    expect(page.get_by_role("heading", name="Saltwater welcome", level=1)).to_be_visible()
    assert page.locator("[aria-checked=true]").count() == before


def test_a_grant_that_is_decided_blind_has_them_without_their_labels(annotating, categories, near):
    suggested(categories, title="Measured", stream="audit", text_key="a")
    page, _ = annotating("Measured")
    summary(page).click()
    here = page.locator("[data-alike-here]")
    expect(here).to_contain_text("Swimming for newcomers")
    expect(here).to_contain_text("is hidden until both are decided")
    expect(here.get_by_role("link")).to_have_count(0)
    assert "water safety" not in page.locator("main").inner_html()


def test_a_grant_without_any_says_so(annotating, categories):
    suggested(categories, text_key="a")
    page, _ = annotating("Saltwater welcome")
    summary(page).click()
    expect(page.locator("[data-alike-here]")).to_contain_text("No other grant")


def test_what_could_not_be_fetched_is_asked_for_again(annotating, categories, near):
    suggested(categories, text_key="a")
    page, asked = annotating("Saltwater welcome")
    page.route(PLACE, lambda route: route.abort(), times=1)
    summary(page).click()
    expect(page.locator("[data-alike-here]")).to_contain_text("could not be fetched")
    summary(page).click()
    summary(page).click()
    expect(page.get_by_role("link", name="Swimming for newcomers")).to_be_visible()
    assert len(asked) == 2
