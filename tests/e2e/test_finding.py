"""Finding grants in the browser: filters, chips, pages, mistakes, in both themes and on a phone."""

import os
from datetime import date

import pytest
from playwright.sync_api import expect

from tests.e2e.world import Watch, suggested, taxonomy
from tests.factories import AdministratorFactory, CategoryFactory, GrantFactory, LabelFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
LONG = "Wollongong-and-Shellharbour-" * 8


@pytest.fixture
def screen(live_server, page, log_in):
    categories = taxonomy()
    facts = {"award_date": date(2024, 5, 1), "amount_awarded": 5_000, "currency": "AUD"}
    for n in range(28):
        suggested(categories, title=f"Saltwater welcome {n}", **facts)
    grant = GrantFactory(
        title=LONG, recipient_name="نادي السباحة", recipient_place="Perth", programme=LONG,
        quality_flags=["short"], **facts,
    )  # fmt: skip
    GrantFactory(title="دروس السباحة للأطفال", programme="Active Places")
    long = CategoryFactory(facet=categories["subject"], code="S09", label=LONG[:200])
    LabelFactory(grant=grant, category=long)
    CategoryFactory.create_batch(1_300, facet=categories["subject"])
    log_in(page, AdministratorFactory(username="mei"))
    return page


def test_the_field_for_a_category_offers_each_with_what_stands_above_it(live_server, screen):
    screen.goto(f"{live_server.url}/grants/")
    offered = screen.locator("#find-categories option")
    expect(offered).to_have_count(0)
    screen.get_by_label("Category, name or code").focus()
    expect(offered).to_have_count(1_300 + 9)
    swim = screen.locator('#find-categories option[value="S010101"]')
    path = "Sport and recreation › Community sport › Swimming and water safety"
    expect(swim).to_have_attribute("label", path)


def test_filters_are_set_kept_in_the_address_and_taken_off(live_server, screen):
    watch = Watch(screen, live_server.url)
    screen.goto(f"{live_server.url}/grants/")
    screen.get_by_label("Words in title").fill("saltw")
    screen.get_by_text("More filters").click()
    screen.get_by_label("Amount to").fill("$5,000")
    screen.get_by_label("Highest suggestion from").fill("0.9")
    screen.get_by_label("Order").select_option("lowest")
    screen.get_by_role("button", name="Search").click()
    expect(screen.get_by_role("heading", name="28 grants")).to_be_visible()
    expect(screen.get_by_role("textbox", name="Amount to")).to_have_value("$5,000")
    screen.get_by_role("link", name="Next").click()
    expect(screen.get_by_text("26 to 28 of 28")).to_be_visible()
    screen.get_by_role("link", name="Previous").click()
    expect(screen.get_by_text("1 to 25 of 28")).to_be_visible()
    chips = screen.get_by_role("list", name="Filters that are set")
    expect(chips.get_by_role("listitem")).to_have_count(4)
    chips.get_by_role("link", name="Take off Words").click()
    expect(chips.get_by_role("listitem")).to_have_count(3)
    assert "amount_to=5000" in screen.url and "q=" not in screen.url
    screen.get_by_role("link", name="Clear all").click()
    expect(screen.get_by_role("heading", name="30 grants")).to_be_visible()
    assert watch.faults == []


def test_a_mistake_is_shown_where_it_was_made(live_server, screen):
    screen.goto(f"{live_server.url}/grants/?q=saltwater&amount_from=1e999")
    field = screen.get_by_label("Amount from")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("1e999")
    expect(screen.get_by_text("“1e999” is not an amount")).to_be_visible()
    screen.get_by_role("link", name="Search without it").click()
    expect(screen.get_by_role("heading", name="28 grants")).to_be_visible()


ADDRESSES = {
    "whole": "",
    "chips": f"?q=wollongong&category=S09&flag=short&place=perth&programme={LONG}",
    "nothing": "?q=nothing-is-called-this&year=2024",
    "wrong": "?q=%25&year=abc&category=none",
    "order": "?order=lowest&score_to=1",
}


@pytest.mark.parametrize("width", [1366, 320])
def test_the_list_is_accessible_and_fits(live_server, screen, axe, width):
    screen.set_viewport_size({"width": width, "height": 900})
    for name, address in ADDRESSES.items():
        screen.goto(f"{live_server.url}/grants/{address}")
        if folder := os.environ.get("SHOTS"):
            screen.screenshot(path=f"{folder}/{name}-{width}.png", full_page=False)
        assert axe(screen) == [], name
        wide = screen.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} wide"
