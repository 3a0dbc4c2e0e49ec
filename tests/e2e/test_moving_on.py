"""Going on from a facet that is answered, and from a category to its parent."""

import pytest
from playwright.sync_api import expect

from annotation.models import Annotation
from tests.e2e.world import Keys, Watch, first, opened, stored, suggested, taxonomy, verdicts
from tests.factories import GrantFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def open_page(live_server, page, log_in):
    watch = Watch(page, live_server.url)

    def open_page(title="Saltwater welcome"):
        log_in(page, UserFactory(username="ada"))
        page.goto(live_server.url)
        return opened(page, title)

    yield open_page
    assert watch.faults == []


@pytest.fixture
def screen(open_page):
    categories = taxonomy()
    first(suggested(categories, title="Saltwater welcome"))
    suggested(categories, title="A second grant")
    return open_page()


def in_focus(screen):
    """The name of what has the keyboard, without the probability."""
    return screen.evaluate("document.activeElement.ariaLabel.split(',')[0]")


@pytest.mark.parametrize("key", ["n", "x"])
def test_after_a_facet_as_a_whole_tab_goes_on_to_the_next_and_then_to_save(screen, key):
    keys = Keys(screen).press(key, "Tab")
    assert in_focus(screen) == "Children"
    keys.press("g", "Tab")
    expect(screen.get_by_role("button", name="Save and next")).to_be_focused()
    keys.press("Enter")
    opened(screen, "A second grant")
    assert keys.count == 5


def test_tab_is_tab_again_once_something_else_was_done(screen):
    Keys(screen).press("n", "Shift+Digit1", "Tab")
    assert in_focus(screen) == "Settlement"
    Keys(screen).press("n", "Tab")  # taken back: the facet is answered no longer
    assert in_focus(screen) == "Community sport"


def test_without_suggestions_tab_goes_on_to_the_next_facet_as_well(open_page):
    taxonomy()
    first(GrantFactory(title="Nothing known", queued=True))
    GrantFactory(title="A second grant", queued=True)
    screen = open_page("Nothing known")
    keys = Keys(screen).press("n", "Tab", "x", "Tab", "Enter")
    opened(screen, "A second grant")
    stored(1)
    assert set(Annotation.objects.get().outcomes.values_list("facet__code", "value")) == {
        ("Subject", "none_fits"),
        ("Population", "not_enough_text"),
    }
    assert keys.count == 5


def chips(screen):
    return screen.locator("#facet-subject .chip[data-code]")


def test_what_was_added_goes_back_to_its_parent_by_its_chip(screen):
    Keys(screen).press("/", *"volunteer")
    expect(screen.get_by_role("option")).to_have_count(1)
    Keys(screen).press("Enter", "ArrowDown")  # another row is in focus now
    screen.get_by_role("button", name="Back off from Volunteering to Helping out").click()
    expect(chips(screen).last).to_have_text("+ Helping out")
    screen.get_by_role("button", name="Back off from Helping out to Community life").click()
    expect(chips(screen).last).to_have_text("+ Community life")
    expect(screen.get_by_role("button", name="Back off from Community life")).to_have_count(0)
    screen.locator("#grant").focus()
    screen.keyboard.press("Enter")
    stored(1)
    assert verdicts(Annotation.objects.get())["Community life"] == "added"


def test_the_key_for_the_parent_means_the_chip_in_focus(screen):
    screen.get_by_role("button", name="Remove Swimming and water safety").focus()
    screen.keyboard.press("b")
    # The parent is suggested too: its row is ticked, and its chip has the focus.
    expect(screen.get_by_role("checkbox", name="Community sport")).to_have_attribute(
        "aria-checked", "true"
    )
    assert in_focus(screen) == "Back off from Community sport to Sport and recreation"
    screen.keyboard.press("b")
    expect(chips(screen).last).to_have_text("+ Sport and recreation")
    screen.keyboard.press("u")
    screen.keyboard.press("u")
    expect(chips(screen)).to_have_text(["Swimming and water safety", "Settlement"])


def test_touch_reaches_the_parent_on_a_blind_grant(live_server, browser, log_in):
    first(suggested(taxonomy(), title="Measured", stream="audit"))
    page = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ).new_page()
    log_in(page, UserFactory())
    page.goto(live_server.url)
    opened(page, "Measured")
    page.get_by_role("button", name="Add", exact=False).last.tap()
    page.get_by_label("Name, other name, code or path").fill("volunteer")
    page.get_by_role("option").tap()
    back_off = page.get_by_role("button", name="Back off from Volunteering to Helping out")
    size = back_off.bounding_box()
    assert min(size["width"], size["height"]) >= 24
    back_off.tap()
    expect(chips(page)).to_have_text(["+ Helping out"])
    page.get_by_role("button", name="Save and next").tap()
    stored(1)
    assert verdicts(Annotation.objects.get())["Helping out"] == "added"
    page.context.close()
