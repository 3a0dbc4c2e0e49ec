"""The map of coverage by keyboard: one tab stop, arrows along its boxes, Enter into a part."""

import pytest
from playwright.sync_api import expect

from annotation.models import Category
from tests.e2e.world import Watch, taxonomy
from tests.factories import AdministratorFactory, GrantFactory, LabelFactory

# Texts of the map, in the fonts of this machine, that reach into the next box.
TOO_WIDE = """[...document.querySelectorAll('.tiles text')].filter((text) => {
  const [words, box] = [text, text.parentElement.querySelector('rect')].map((e) => e.getBBox());
  return words.x + words.width > box.x + box.width;
}).map((text) => text.textContent)"""

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_the_map_is_walked_by_arrows_and_opened_by_enter(live_server, page, log_in, axe):
    categories = taxonomy()
    LabelFactory(grant=GrantFactory(), category=categories["swim"])
    log_in(page, AdministratorFactory())
    watch = Watch(page, live_server.url)
    page.goto(f"{live_server.url}/coverage/")
    tiles = page.locator(".tiles").first.locator(".tile")
    expect(page.locator(".tiles").first.locator(".tile[tabindex='0']")).to_have_count(1)
    assert page.evaluate(TOO_WIDE) == []
    # From what scrolls straight into the boxes: the drawing itself is no stop.
    page.get_by_role("region", name="Map of").first.focus()
    page.keyboard.press("Tab")
    expect(tiles.first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(tiles.last).to_be_focused()
    page.keyboard.press("ArrowRight")  # there is none behind the last
    expect(tiles.last).to_be_focused()
    page.keyboard.press("Home")
    expect(tiles.first).to_be_focused()
    # A box of this size has no room for its name; the line below the map has.
    said = page.locator(".map").first.locator(".tile-said")
    expect(said).to_have_text(tiles.first.locator("title").text_content())
    hint = page.get_by_text("it scrolls sideways").first
    expect(hint).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(hint).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 720})
    code = tiles.first.get_attribute("href").split("branch=")[1].split("#")[0]
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/coverage/?branch={code}#coverage-map")
    label = Category.objects.get(code=code).label
    expect(page.locator("#coverage-map .path b")).to_have_text(label)
    page.get_by_role("link", name="All", exact=True).click()
    page.get_by_role("link", name="Set the target of Swimming and water safety").click()
    page.get_by_label("Target of Swimming and water safety").fill("none")
    page.get_by_role("button", name="Save the target").click()
    expect(page.get_by_text("Enter a whole number from 1 to 10,000")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == []
    page.get_by_label("Target of Swimming and water safety").fill("9")
    page.get_by_role("button", name="Save the target").click()
    expect(page.get_by_text("its target is 9 examples")).to_be_visible()
    assert [f for f in watch.faults if "422" not in f] == []
