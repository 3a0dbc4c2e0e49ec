"""What is long stays out of the way: definitions, titles in either direction, meanings."""

import pytest
from playwright.sync_api import expect

from tests.e2e.world import TEXT, Keys, Watch, first, opened, suggested, taxonomy
from tests.factories import CategoryFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
LONG = "Everything that has to do with swimming, from lessons to clubs. " * 40


@pytest.fixture
def open_page(live_server, page, log_in):
    watch = Watch(page, live_server.url)

    def open_page(categories, width=1366, **grant):
        first(suggested(categories, **grant))
        suggested(categories, title="A second grant")
        page.set_viewport_size({"width": width, "height": 850})
        log_in(page, UserFactory(username="ada"))
        page.goto(live_server.url)
        page.locator("#main[data-is-ready]").wait_for()
        return page

    yield open_page
    assert watch.faults == []


@pytest.fixture
def categories():
    found = taxonomy()
    found["swim"].definition = LONG
    found["swim"].save()
    return found


def test_a_long_definition_leaves_the_text_its_room_and_can_be_unfolded(open_page, categories, axe):
    screen = open_page(categories, title="Saltwater welcome", description=TEXT * 20)
    about, words = screen.locator("#about"), screen.locator("[data-about-definition]")
    assert about.bounding_box()["height"] < 850 / 3
    screen.get_by_role("button", name="All of it").click()
    assert words.evaluate("p => p.scrollHeight > p.clientHeight && p.tabIndex === 0")
    assert about.bounding_box()["height"] < 850 * 2 / 3
    assert axe(screen) == []
    screen.get_by_role("button", name="Less", exact=True).click()
    assert about.bounding_box()["height"] < 850 / 3
    Keys(screen).press("Shift+Digit2")
    expect(words).to_have_text("Work on settlement.")
    expect(screen.get_by_role("button", name="All of it")).to_have_count(0)


@pytest.mark.parametrize("width", [1366, 390])
def test_a_title_and_its_text_share_their_edges_in_either_direction(open_page, categories, width):
    arabic = "درس السباحة والسلامة على الشاطئ للعائلات التي وصلت حديثا"
    screen = open_page(categories, width, title=arabic, description=f"{arabic * 9}\n\n{TEXT}")
    title, text = (
        screen.locator(part).bounding_box() for part in ("#grant-title", "#text p:first-child")
    )
    assert title["x"] == text["x"]
    assert title["x"] + title["width"] == pytest.approx(text["x"] + text["width"], abs=1)


@pytest.mark.parametrize("key", ["/", "t"])
def test_what_a_category_means_is_never_squeezed(open_page, categories, key):
    for i in range(40):
        CategoryFactory(facet=categories["subject"], code=f"T{i:02}", label=f"Field {i}")
    screen = open_page(categories, 390, title="Saltwater welcome")
    screen.keyboard.press(key)
    meaning = screen.locator("dialog[open] .meaning")
    expect(meaning).to_be_visible()
    line = meaning.evaluate("p => parseFloat(getComputedStyle(p).lineHeight)")
    assert meaning.bounding_box()["height"] >= line


def test_what_could_be_taken_back_is_forgotten_once_it_is_saved(open_page, categories):
    screen = opened(open_page(categories, title="Measured", stream="audit"), "Measured")
    Keys(screen).press("/", *"volunteer")
    expect(screen.get_by_role("option")).to_have_count(1)
    screen.keyboard.press("Enter")
    expect(screen.locator("#toasts")).to_contain_text("Added Volunteering")
    screen.keyboard.press("Enter")
    screen.get_by_text("Here is what the model suggests").wait_for()
    expect(screen.locator("#toasts")).to_be_empty()
