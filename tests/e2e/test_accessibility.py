"""Every page in both themes, on a narrow screen and enlarged: no rule broken, nothing cut off."""

import pytest
from playwright.sync_api import expect

from annotation.models import ModelVersion, User
from annotation.services.decisions import submit_annotation
from annotation.services.queue import claim_next_grant
from tests.e2e.world import Watch, first, opened, suggested, taxonomy
from tests.factories import AdministratorFactory, LabelFactory, ModelVersionFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
FIGURE = {"value": 0.56, "low": 0.53, "high": 0.59}


@pytest.fixture
def administrator():
    return AdministratorFactory(username="grace", first_name="Grace", last_name="Hopper")


@pytest.fixture
def world(administrator):
    """One grant with a history, one labelled, one waiting, and a version of every kind."""
    categories = taxonomy()
    lexical = ModelVersionFactory()
    answered = first(suggested(categories, title="An answered grant"))
    claim = claim_next_grant(administrator)
    submit_annotation(administrator, claim.token, {}, idempotency_key="once")
    LabelFactory(grant=answered, category=categories["swim"])
    suggested(categories, title="A waiting grant")
    for status in ("rejected", "failed", "retired", "requested"):
        ModelVersion.objects.create(
            taxonomy=lexical.taxonomy,
            status=status,
            artifact_sha256="1" * 64,
            metrics={"figures": {"micro_f1": FIGURE}, "measured_on": "50 audit grants"},
            reason="Surf lifesaving fell from 0.61 to 0.38.",
        )
    return answered


def pages(answered) -> list[str]:
    refused = ModelVersion.objects.get(status="rejected").pk
    waiting = ModelVersion.objects.get(status="requested").pk
    return [
        "/",
        "/grants/",
        "/grants/?q=nothing-is-called-this",
        "/grants/?category=no+such+category",
        f"/grants/{answered.pk}/",
        "/coverage/",
        "/coverage/?q=nothing-is-called-this",
        "/versions/",
        f"/versions/{refused}/",
        f"/versions/{refused}/promote/",
        f"/versions/{waiting}/stop/",
        "/password/",
        "/no-such-page/",
        "/versions/retrain/",
    ]


def test_no_page_breaks_a_rule(live_server, page, log_in, axe, world, administrator):
    watch = Watch(page, live_server.url)
    page.goto(f"{live_server.url}/sign-in/")
    assert axe(page) == []
    log_in(page, administrator)
    for path in pages(world):
        page.goto(live_server.url + path)
        assert axe(page) == [], path
    assert watch.faults == []


def test_no_overlay_breaks_a_rule(live_server, page, log_in, axe, world, administrator):
    log_in(page, administrator)
    page.goto(live_server.url)
    opened(page, "A waiting grant")
    for key in ("s", "?", "t", "/"):
        page.keyboard.press(key)
        page.locator("dialog[open]").wait_for()
        if key in "t/":
            page.locator("[role=treeitem], [role=option]").first.wait_for()
        assert axe(page) == [], key
        page.keyboard.press("Escape")
    for key in ("1", "2", "2", "3"):
        page.keyboard.press(key)
    page.keyboard.press("/")
    page.keyboard.type("volunteering")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert axe(page) == []
    page.goto(f"{live_server.url}/versions/")
    page.get_by_role("link", name="anyway").click()
    page.get_by_role("dialog").get_by_role("button", name="Promote").click()
    page.get_by_text("Enter a reason").wait_for()
    assert axe(page) == []


def test_an_empty_site_breaks_no_rule(live_server, page, log_in, axe):
    log_in(page, AdministratorFactory())
    for path in ("/", "/grants/", "/coverage/", "/versions/"):
        page.goto(live_server.url + path)
        assert axe(page) == [], path


@pytest.mark.parametrize("width", [320, 390, 683, 1024])
def test_nothing_scrolls_sideways(live_server, page, log_in, world, administrator, width):
    page.set_viewport_size({"width": width, "height": 700})
    log_in(page, administrator)
    for path in ["/sign-in/", *pages(world)]:
        page.goto(live_server.url + path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} wide"


def test_nothing_lies_over_half_a_tick_box_wherever_one_stops(live_server, page, log_in, world):
    """Small screens: the bar of deeds is the end of the page, not a lid on it."""
    page.set_viewport_size({"width": 320, "height": 800})
    log_in(page, UserFactory())
    page.goto(live_server.url)
    opened(page, "A waiting grant")
    covered = page.evaluate(
        """() => {
          const bar = document.querySelector("#actions");
          const found = [];
          const end = document.documentElement.scrollHeight;
          for (let at = 0; at < end; at += 20) {
            scrollTo(0, at);
            const top = bar.getBoundingClientRect().top;
            for (const box of document.querySelectorAll(".box")) {
              const { top: from, bottom } = box.getBoundingClientRect();
              if (from < top && bottom > top) found.push(at);
            }
          }
          return [end, found];
        }"""
    )
    assert covered[0] > 1_000
    assert covered[1] == []


def test_the_menu_of_a_small_screen_leads_everywhere(
    live_server, page, log_in, axe, world, administrator
):
    page.set_viewport_size({"width": 390, "height": 800})
    log_in(page, administrator)
    page.goto(f"{live_server.url}/grants/")
    page.get_by_text("Menu").click()
    assert axe(page) == []
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Versions").click()
    expect(page.get_by_role("heading", name="Model versions")).to_be_visible()


def test_a_chosen_theme_stays_and_never_flashes(live_server, page, log_in, world):
    log_in(page, UserFactory())
    page.goto(f"{live_server.url}/grants/")
    for _ in range(2):
        page.get_by_role("button", name="Theme").click()
    page.goto(f"{live_server.url}/grants/?q=x")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert not page.evaluate("document.querySelector('script[src*=theme]').defer")


def test_skip_links_lead_past_the_header(live_server, page, log_in, world):
    log_in(page, UserFactory(role=User.Role.ANNOTATOR))
    page.goto(live_server.url)
    opened(page, "A waiting grant")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the grant")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#decide")).to_be_focused()
