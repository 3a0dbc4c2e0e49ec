"""A keyword rule in the browser: tried, refused, contested, saved."""

import pytest
from playwright.sync_api import expect

from annotation.models import AuditEvent, Category
from annotation.services.keyword_rules import mark_of, save_rule
from tests.e2e.world import Watch, taxonomy
from tests.factories import AdministratorFactory, GrantFactory, LabelFactory, ModelVersionFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def swim():
    """Twelve grants swim and say so, two say so and row."""
    categories = taxonomy()
    ModelVersionFactory()
    for n in range(12):
        LabelFactory(
            category=categories["swim"],
            grant=GrantFactory(title=f"Pool {n}", description="Lessons for <b>swimmers</b>."),
        )
    for n in range(2):
        LabelFactory(
            category=categories["club"],
            grant=GrantFactory(title=f"Boat {n}", description="Rowing for swimmers."),
        )
    Category.objects.filter(pk=categories["swim"].pk).update(include_pattern="\\blessons\\b")
    return Category.objects.get(pk=categories["swim"].pk)


@pytest.fixture
def screen(live_server, page, log_in, swim):
    log_in(page, AdministratorFactory(username="grace"))
    watch = Watch(page, live_server.url)
    page.goto(f"{live_server.url}/categories/{swim.code}/")
    yield page
    # htmx logs an answer that is refused; every one here is asked for.
    assert [f for f in watch.faults if "Response Status Error Code" not in f] == []


def include(screen):
    return screen.get_by_label("Include")


def press(screen, name):
    screen.get_by_role("button", name=name).click()


def test_coverage_leads_to_a_category_and_its_rule(live_server, screen):
    screen.goto(f"{live_server.url}/coverage/")
    screen.get_by_role("link", name="Swimming and water safety", exact=True).click()
    expect(screen.get_by_role("heading", name="Swimming and water safety")).to_be_visible()
    expect(screen.get_by_role("main")).to_contain_text("Not for patrols.")
    expect(include(screen)).to_have_value("\\blessons\\b")
    screen.get_by_role("link", name="Community sport").click()
    expect(screen.get_by_role("heading", name="Community sport")).to_be_visible()


def test_a_rule_is_tried_refused_mended_and_saved(screen, swim):
    include(screen).fill("\\bswimm(?=er)")
    press(screen, "Try the rule")
    expect(screen.get_by_text("At character 8, (?= looks ahead or behind")).to_be_visible()
    expect(include(screen)).to_have_value("\\bswimm(?=er)")
    expect(include(screen)).to_have_attribute("aria-invalid", "true")

    include(screen).fill("\\bswimmers?\\b")
    press(screen, "Try the rule")
    expect(screen.get_by_text("Not saved")).to_be_visible()
    row = screen.get_by_role("row", name="This rule")
    expect(row).to_contain_text("0.86")
    expect(row).to_contain_text("of 14")
    expect(screen.locator("mark").first).to_have_text("swimmers")
    expect(screen.get_by_text("2 grants more and 0 grants fewer")).to_be_visible()
    assert Category.objects.get(pk=swim.pk).include_pattern == "\\blessons\\b"

    screen.get_by_label("Exclude").fill("rowing")
    press(screen, "Save the rule")
    expect(screen.get_by_text("The rule of Swimming and water safety is saved.")).to_be_visible()
    saved = Category.objects.get(pk=swim.pk)
    assert (saved.include_pattern, saved.exclude_pattern) == ("\\bswimmers?\\b", "rowing")
    expect(screen.get_by_role("row", name="The stored rule")).to_contain_text("1.00")
    assert AuditEvent.objects.filter(action="keyword rule changed").count() == 1


def test_what_somebody_else_saved_is_shown_before_it_is_replaced(screen, swim):
    save_rule(swim, "theirs", "", seen=mark_of(swim), by=AdministratorFactory())
    include(screen).fill("mine")
    press(screen, "Save the rule")
    alert = screen.get_by_role("alert")
    expect(alert).to_contain_text("Somebody has changed the rule")
    expect(alert).to_contain_text("theirs")
    expect(include(screen)).to_have_value("mine")
    press(screen, "Save the rule")
    expect(screen.get_by_text("is saved.")).to_be_visible()
    assert Category.objects.get(pk=swim.pk).include_pattern == "mine"


def test_it_works_without_a_script(live_server, browser, log_in, swim):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, AdministratorFactory())
    page.goto(f"{live_server.url}/categories/{swim.code}/")
    include(page).fill("swim(")
    press(page, "Save the rule")
    expect(page.get_by_text("At character 5, ( opens a bracket")).to_be_visible()
    include(page).fill("swim")
    press(page, "Save the rule")
    expect(page.get_by_text("is saved.")).to_be_visible()
    context.close()


def test_no_state_of_the_page_breaks_a_rule_of_accessibility(screen, axe, swim):
    assert axe(screen) == []
    include(screen).fill("swimmers")
    press(screen, "Try the rule")
    screen.get_by_text("Not saved").wait_for()
    assert axe(screen) == []
    include(screen).fill("(")
    press(screen, "Save the rule")
    screen.get_by_text("is never closed").wait_for()
    assert axe(screen) == []
    save_rule(swim, "theirs", "", seen=mark_of(swim), by=AdministratorFactory())
    include(screen).fill("mine")
    press(screen, "Save the rule")
    screen.get_by_role("alert").wait_for()
    assert axe(screen) == []


@pytest.mark.parametrize("width", [320, 390, 683, 1024])
def test_nothing_scrolls_sideways(screen, width):
    screen.set_viewport_size({"width": width, "height": 700})
    include(screen).fill("swimmers|" + "long" * 60)
    press(screen, "Try the rule")
    screen.get_by_text("Not saved").wait_for()
    assert screen.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_is_enough(screen):
    include(screen).focus()
    screen.keyboard.press("Control+a")
    screen.keyboard.type("swimmers")
    for _ in range(2):
        screen.keyboard.press("Tab")
    expect(screen.get_by_role("button", name="Try the rule")).to_be_focused()
    screen.keyboard.press("Enter")
    expect(screen.get_by_text("Not saved")).to_be_visible()
    expect(screen.get_by_role("button", name="Try the rule")).to_be_focused()
    include(screen).fill("(")
    screen.get_by_role("button", name="Try the rule").focus()
    screen.keyboard.press("Enter")
    expect(screen.get_by_text("is never closed")).to_be_visible()
    expect(include(screen)).to_be_focused()
