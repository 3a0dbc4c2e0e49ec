"""Adjudication and guidelines in the browser: keys counted, rules of accessibility held."""

import pytest
from playwright.sync_api import expect

from annotation.models import Adjudication, GuidelinesVersion
from tests.annotation.test_adjudication import annotated
from tests.e2e.world import Keys, Watch, taxonomy, until_listening
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    FacetFactory,
    GrantFactory,
    UserFactory,
)

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
LONG = "We will run lessons for families who have recently arrived. " * 40


@pytest.fixture
def cases():
    """Two grants on whose subject ada and bob differ; both say children."""
    world = taxonomy()
    people = [UserFactory(username="ada"), UserFactory(username="bob")]
    for title in ("Saltwater welcome", "عربي: درس السباحة"):
        grant = GrantFactory(title=title, description=LONG, amount_awarded="1200", currency="AUD")
        annotated(grant, people[0], [world["swim"], world["settle"]])
        annotated(grant, people[1], [world["club"], world["volunteer"]])
    return world


@pytest.fixture
def screen(live_server, page, log_in, cases):
    log_in(page, AdministratorFactory(username="grace"))
    watch = Watch(page, live_server.url)
    page.goto(f"{live_server.url}/adjudicate/")
    yield page
    assert watch.faults == []


def press(page, keys):
    until_listening(page)  # a decision leads to a page of its own
    for key in keys:
        page.keyboard.press(key)


def test_a_whole_annotation_is_taken_and_saved_with_two_keys(screen):
    expect(screen.get_by_role("heading", name="Saltwater welcome")).to_be_visible()
    press(screen, ["2", "Enter"])
    expect(screen.get_by_text("Saved G-")).to_be_visible()
    rulings = Adjudication.objects.get().rulings
    assert set(rulings.filter(is_in=True).values_list("category__code", flat=True)) == {
        "S0101",
        "S020101",
    }


def test_four_disputed_categories_are_decided_with_five_keys(screen):
    press(screen, ["i", "o", "i", "o", "Enter"])
    expect(screen.get_by_text("Saved G-")).to_be_visible()
    decided = Adjudication.objects.get().rulings.order_by("category__position")
    assert list(decided.values_list("is_in", flat=True)) == [True, False, True, False]


@pytest.fixture
def many(live_server, page, log_in):
    """``many(n)`` opens a grant on which three differ in n categories, a third each pair."""
    facet = FacetFactory(label="Subject", has_general_public=True)

    def open_case(n):
        categories = [CategoryFactory(facet=facet, code=f"C{i:02}") for i in range(n)]
        grant = GrantFactory(title="Much to say", description=LONG)
        for i, name in enumerate(("ada", "bob", "cleo")):
            chosen = [c for at, c in enumerate(categories) if at % 3 != i]
            annotated(grant, UserFactory(username=name), chosen)
        log_in(page, AdministratorFactory(username="grace"))
        page.goto(f"{live_server.url}/adjudicate/{grant.pk}/")
        page.locator("tr.here").wait_for()
        return Keys(page)

    watch = Watch(page, live_server.url)
    yield open_case
    assert watch.faults == []


def decided(page):
    expect(page.get_by_text("Saved G-")).to_be_visible()
    rulings = Adjudication.objects.get().rulings.order_by("category__code")
    return [int(is_in) for is_in in rulings.values_list("is_in", flat=True)]


@pytest.mark.parametrize("n", [4, 8, 12])
@pytest.mark.parametrize(
    ("pressed", "wanted"),
    [
        (["2", "Enter"], [1, 0, 1] * 4),  # bob's
        (["m", "Enter"], [1] * 12),  # each was chosen by two of three
        # ada's, but for the first three
        (["1", "Shift+Digit1", "Shift+Digit2", "Shift+Digit3", "Enter"], [1, 0, 0] + [0, 1, 1] * 3),
        (["i", "Shift+KeyO", "Enter"], [1] + [0] * 11),
        (["o", "o", "o", "Shift+KeyI", "Enter"], [0] * 3 + [1] * 9),
    ],
)
def test_however_many_are_disputed_five_keys_are_enough(page, many, n, pressed, wanted):
    keys = many(n).press(*pressed)
    assert decided(page) == wanted[:n]
    assert keys.count <= 5


def test_where_voices_are_even_the_majority_leaves_the_row_open(screen):
    expect(screen.get_by_role("button", name="most of them")).to_have_count(0)
    press(screen, ["m", "Enter"])
    expect(screen.get_by_role("alert")).to_contain_text("is not decided yet")
    assert screen.locator("input[value=yes]:checked, input[value=no]:checked").count() == 0


def test_a_digit_with_shift_turns_a_row_on_every_layout(page, many):
    many(4)
    page.evaluate(
        """() => document.body.dispatchEvent(new KeyboardEvent(
          "keydown", { key: "/", code: "Digit3", shiftKey: true, bubbles: true }))"""
    )
    expect(page.get_by_role("row", name="C02").get_by_role("radio", name="In")).to_be_checked()


def test_all_may_stand_is_one_key_and_the_last_leaves_an_empty_page(screen):
    press(screen, ["b"])
    expect(screen.get_by_text("1 grant wait")).to_be_visible()
    press(screen, ["b"])
    expect(screen.get_by_role("heading", name="Nobody differs")).to_be_visible()
    assert Adjudication.objects.filter(both_may_stand=True).count() == 2


def test_what_is_undecided_is_asked_for_and_the_rest_kept(screen):
    press(screen, ["i", "Enter"])
    expect(screen.get_by_role("alert")).to_contain_text("is not decided yet")
    assert screen.locator("input[value=yes]:checked").count() == 1


@pytest.mark.parametrize("width", [1366, 320])
def test_the_pages_break_no_rule(screen, axe, width, live_server):
    screen.set_viewport_size({"width": width, "height": 850})
    for path in ("/adjudicate/", "/guidelines/", "/guidelines/edit/"):
        screen.goto(live_server.url + path)
        assert axe(screen) == []
        wide = screen.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} scrolls sideways by {wide} px"
        name = path.strip("/").replace("/", "-")
        screen.screenshot(path=f"test-results/{name}-{width}.png", full_page=True)


def test_guidelines_are_written_previewed_and_read(screen, live_server, axe):
    screen.goto(f"{live_server.url}/guidelines/")
    screen.get_by_role("link", name="Write the guidelines").click()
    field = screen.get_by_label("Guidelines, in Markdown")
    expect(field).to_contain_text("How we classify")
    field.fill("# Purpose first\n\n- lights are **equipment**\n\n<script>alert(1)</script>")
    screen.get_by_role("button", name="Preview").click()
    expect(screen.get_by_role("article", name="Preview")).to_contain_text("lights are equipment")
    screen.get_by_role("button", name="Save the guidelines").click()
    expect(screen.get_by_text("Saved as version 1.")).to_be_visible()
    expect(screen.get_by_role("heading", name="Purpose first")).to_be_visible()
    expect(screen.get_by_text("<script>alert(1)</script>")).to_be_visible()
    assert axe(screen) == []
    screen.screenshot(path="test-results/guidelines-read.png", full_page=True)
    assert GuidelinesVersion.objects.count() == 1


def test_an_annotation_without_a_category_is_taken_with_its_reason(screen, cases, live_server):
    grant, facet = GrantFactory(title="Only a title"), cases["swim"].facet
    annotated(grant, UserFactory(username="cleo"), [], "none_fits", facet)
    annotated(grant, UserFactory(username="dora"), [], "not_enough_text", facet)
    screen.goto(f"{live_server.url}/adjudicate/{grant.pk}/")
    press(screen, ["Enter"])
    expect(screen.get_by_role("alert")).to_contain_text("Say which")
    press(screen, ["2", "Enter"])
    expect(screen.get_by_text(f"Saved {grant}")).to_be_visible()
    ruling = Adjudication.objects.get().facet_rulings.get()
    assert ruling.value == "not_enough_text"


def test_what_a_facet_holds_instead_is_one_key(screen, cases, live_server):
    grant, facet = GrantFactory(title="Only a title"), cases["swim"].facet
    annotated(grant, UserFactory(username="cleo"), [], "none_fits", facet)
    annotated(grant, UserFactory(username="dora"), [], "not_enough_text", facet)
    screen.goto(f"{live_server.url}/adjudicate/{grant.pk}/")
    press(screen, ["n", "Enter"])
    expect(screen.get_by_text(f"Saved {grant}")).to_be_visible()
    assert Adjudication.objects.get().facet_rulings.get().value == "none_fits"
