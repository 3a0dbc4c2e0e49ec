"""Exporting in the browser: the list's filter comes along, and a file arrives."""

import csv

import pytest
from playwright.sync_api import expect

from annotation.models import AuditEvent
from tests.e2e.world import Watch, suggested, taxonomy
from tests.factories import AdministratorFactory, LabelFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def screen(live_server, page, log_in):
    categories = taxonomy()
    for title in ("Saltwater welcome", "=1+1 choir", "A third grant"):
        grant = suggested(categories, title=title)
        LabelFactory(grant=grant, category=categories["swim"])
    log_in(page, AdministratorFactory(username="mei"))
    return page


def test_a_filtered_list_becomes_a_file(live_server, screen, tmp_path):
    watch = Watch(screen, live_server.url)
    screen.goto(f"{live_server.url}/grants/?q=choir")
    screen.get_by_role("link", name="Export 1 grant").click()
    expect(screen.get_by_role("heading", name="Export", level=1)).to_be_visible()
    screen.get_by_label("That, and what the model suggests").check()
    screen.get_by_label("Suggestions from this probability on").fill("0.8")
    with screen.expect_download() as coming:
        screen.get_by_role("button", name="Export 1 grant").click()
    coming.value.save_as(tmp_path / "grants.csv")
    assert coming.value.suggested_filename.startswith("grants-")
    with (tmp_path / "grants.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["title"], row["categories"]) == ("'=1+1 choir", "S010101")
    assert row["suggested"].split(";")[0] == "S010101:0.9400"
    assert "S0101:" not in row["suggested"]
    assert watch.faults == []


def test_a_wrong_number_is_answered_with_the_page_and_kept(live_server, screen):
    screen.goto(f"{live_server.url}/export/")
    screen.get_by_label("Suggestions from this probability on").fill("seven")
    screen.get_by_role("button", name="Export 3 grants").click()
    expect(screen.get_by_role("alert")).to_contain_text("Enter a number from 0 to 1.")
    expect(screen.get_by_label("Suggestions from this probability on")).to_have_value("seven")


def test_the_keyboard_exports_and_the_page_stays_as_it_was(live_server, screen):
    screen.goto(f"{live_server.url}/export/?q=choir")
    button = screen.get_by_role("button", name="Export 1 grant")
    screen.get_by_label("Format").first.select_option("jsonl")
    button.focus()
    for _ in range(2):  # and once more: the token and the button are still good
        with screen.expect_download() as coming:
            screen.keyboard.press("Enter")
        assert coming.value.suggested_filename.endswith(".jsonl")
    expect(button).to_be_focused()
    expect(screen.get_by_label("Format").first).to_have_value("jsonl")
    assert screen.url == f"{live_server.url}/export/?q=choir"


def test_a_link_to_a_file_says_that_a_button_is_needed(live_server, screen):
    screen.goto(f"{live_server.url}/export/grants/?as=csv")
    expect(screen.get_by_role("main")).to_contain_text("only takes what a button sends")
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("address", ["/export/", "/export/?q=choir", "refused"])
def test_the_page_is_accessible_and_fits(live_server, screen, axe, width, address):
    screen.set_viewport_size({"width": width, "height": 900})
    screen.goto(live_server.url + address.replace("refused", "/export/"))
    if address == "refused":  # none of them has what 360Giving requires
        screen.get_by_label("Format").first.select_option("360-csv")
        screen.get_by_role("button", name="Export 3 grants").click()
        expect(screen.get_by_role("alert")).to_contain_text("Nothing was exported")
    expect(screen.get_by_role("heading", name="Export", level=1)).to_be_visible()
    assert axe(screen) == []
    assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth")
