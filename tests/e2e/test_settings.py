"""The settings in the browser: looked at, mistyped, changed, set back, and two at once."""

import pytest
from playwright.sync_api import expect

from annotation.models import Facet, SiteSettings
from annotation.services.site_settings import change_settings
from tests.e2e.world import Watch, opened, suggested, taxonomy
from tests.factories import AdministratorFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def screen(live_server, page, log_in):
    suggested(taxonomy())
    log_in(page, AdministratorFactory(username="grace"))
    watch = Watch(page, live_server.url)
    page.goto(f"{live_server.url}/settings/")
    yield page
    assert watch.faults == []


def save(screen):
    screen.get_by_role("button", name="Save", exact=True).click()


def test_a_goal_is_changed_with_the_keyboard_and_holds_for_annotators(screen, live_server, log_in):
    screen.get_by_label("Daily goal").fill("7")
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("status")).to_contain_text("1 change saved")
    expect(screen.get_by_role("region", name="Latest changes, table")).to_contain_text("grace")
    log_in(screen, UserFactory())
    screen.goto(live_server.url)
    opened(screen, "Saltwater welcome")
    expect(screen.locator(".status")).to_contain_text("of 7")


def test_a_mistake_is_named_and_mended(screen):
    screen.get_by_label("Audit stream").fill("95")
    screen.get_by_label("Time with a grant").fill("10")
    save(screen)
    expect(screen.get_by_role("alert")).to_contain_text("Nothing is saved")
    expect(screen.get_by_text("95 is outside what is allowed. Enter 1 to 90 %.")).to_be_visible()
    screen.get_by_label("Audit stream").fill("10")
    save(screen)
    expect(screen.get_by_role("status")).to_contain_text("1 change saved")
    assert SiteSettings.objects.current().claim_minutes == 10


def test_other_texts_are_asked_about_and_can_be_taken_back(screen):
    screen.get_by_label("Program").check()
    save(screen)
    expect(screen.get_by_role("heading", name="Save these settings?")).to_be_visible()
    screen.get_by_role("button", name="Go back and change them").click()
    expect(screen.get_by_label("Program")).to_be_checked()
    save(screen)
    screen.get_by_role("button", name="Save these settings").click()
    expect(screen.get_by_role("status")).to_contain_text("1 change saved")
    assert SiteSettings.objects.current().text_fields == ["title", "description", "programme"]

    screen.get_by_role("button", name="Back to the default of Text that is read").click()
    expect(screen.get_by_label("Program")).not_to_be_checked()
    save(screen)
    screen.get_by_role("button", name="Save these settings").click()
    expect(screen.get_by_role("status")).to_contain_text("1 change saved")
    assert SiteSettings.objects.current().text_fields == ["title", "description"]


def test_who_comes_second_sees_what_the_first_stored(screen):
    change_settings(AdministratorFactory(), 0, {"daily_goal": 99})
    screen.get_by_label("Time with a grant").fill("10")
    save(screen)
    expect(screen.get_by_role("alert")).to_contain_text("Somebody else has changed the settings")
    expect(screen.get_by_text("Stored: 99")).to_be_visible()
    screen.get_by_label("Daily goal").fill("99")
    save(screen)
    expect(screen.get_by_role("status")).to_contain_text("1 change saved")
    stored = SiteSettings.objects.current()
    assert (stored.daily_goal, stored.claim_minutes) == (99, 10)


def test_a_facet_is_renamed_and_must_be_answered(screen, live_server):
    screen.get_by_label("Label", exact=True).first.fill("What for")
    screen.get_by_label("Must be answered").first.check()
    save(screen)
    expect(screen.get_by_role("status")).to_contain_text("2 changes saved")
    assert Facet.objects.get(code="Subject").is_required
    screen.goto(live_server.url)
    opened(screen, "Saltwater welcome")
    expect(screen.get_by_role("heading", name="What for")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_no_state_of_the_page_breaks_a_rule(screen, axe, width):
    screen.set_viewport_size({"width": width, "height": 800})
    long_name = "فئات " * 8 + "Averylongwordwithoutanybreak" * 2
    Facet.objects.filter(code="Subject").update(label=long_name)
    change_settings(None, 0, {"daily_goal": 99})
    screen.reload()
    assert axe(screen) == []
    screen.get_by_label("Audit stream").fill("95")
    save(screen)
    expect(screen.get_by_role("alert")).to_be_visible()
    assert axe(screen) == []
    screen.get_by_label("Audit stream").fill("20")
    save(screen)
    expect(screen.get_by_role("heading", name="Save these settings?")).to_be_visible()
    assert axe(screen) == []
    assert screen.evaluate("document.documentElement.scrollWidth") <= width


def test_without_a_taxonomy_the_page_says_where_facets_come_from(live_server, page, log_in, axe):
    log_in(page, AdministratorFactory())
    page.goto(f"{live_server.url}/settings/")
    expect(page.get_by_text("they come with a taxonomy")).to_be_visible()
    assert axe(page) == []
