"""Keys of one's own, and the same keys on keyboards of other countries."""

import pytest
from playwright.sync_api import expect

from annotation.models import Annotation, KeyChoice
from annotation.services.key_choices import USUAL
from tests.e2e.world import Keys, Watch, first, opened, stored, suggested, taxonomy, verdicts
from tests.factories import UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PRESS = """([key, code, shiftKey]) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { key, code, shiftKey, bubbles: true, cancelable: true }))"""


@pytest.fixture
def screen(live_server, page, log_in):
    categories = taxonomy()
    first(suggested(categories, title="Saltwater welcome"))
    suggested(categories, title="A second grant")
    log_in(page, UserFactory(username="ada"))
    watch = Watch(page, live_server.url)
    page.goto(live_server.url)
    yield opened(page, "Saltwater welcome")
    assert watch.faults == []


def state_of(screen, name):
    return screen.get_by_role("checkbox", name=name).get_attribute("aria-checked")


def field(screen, words):
    return screen.get_by_role("dialog", name="Keys").get_by_label(words)


def save_keys(screen):
    screen.get_by_role("button", name="Save my keys").click()
    expect(screen.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_enter_space_arrows_and_digits_can_be_other_keys(screen):
    screen.keyboard.press("?")
    for words, key in [
        ("Key for: Save and open", "F2"),
        ("Key for: Tick, reject, undecide the one", "Delete"),
        ("Key for: Move down", "k"),
        ("Key for: Go to the next facet", "Enter"),
    ]:
        field(screen, words).press(key)
    field(screen, "Nine keys for").fill("QWERTYASD")
    screen.get_by_role("button", name="Save my keys").click()
    problem = screen.get_by_role("dialog", name="Keys").get_by_role("alert")
    expect(problem).to_contain_text("The key 't' would do two things")
    expect(problem).to_contain_text("Browse the tree")
    field(screen, "Nine keys for").fill("QWERZYADV")
    save_keys(screen)

    expect(screen.locator(".sugg kbd").first).to_have_text("q")
    expect(screen.locator("[data-do=save] kbd")).to_have_text("F2")
    keys = Keys(screen).press("e", "Digit1", "k", "Delete")
    assert [state_of(screen, name) for name in ("Community", "Swimming", "Children")] == [
        "true",
        "true",
        "false",
    ]
    keys.press("Shift+KeyQ")
    expect(screen.locator(".sugg.focus .lab")).to_have_text("Swimming and water safety")
    keys.press("Enter")
    expect(screen.locator(".facet.active h2")).to_have_text("Population")
    keys.press("ArrowDown", "Space")
    assert Annotation.objects.count() == 0
    keys.press("n", "F2")
    opened(screen, "A second grant")
    stored(1)
    assert verdicts(Annotation.objects.get())["Community sport"] == "accepted"
    expect(screen.locator(".sugg kbd").first).to_have_text("q")


def test_back_to_the_usual_keys(screen):
    screen.keyboard.press("?")
    field(screen, "Key for: Save and open").press("F2")
    field(screen, "Key for: Move down").press("ArrowUp")
    field(screen, "Key for: Move up").press("ArrowDown")
    save_keys(screen)
    assert KeyChoice.objects.count() == 3
    screen.keyboard.press("?")
    expect(field(screen, "Key for: Move up")).to_have_value("↓")
    screen.get_by_role("button", name="Back to the usual keys").click()
    expect(screen.locator("[data-do=save] kbd")).to_have_text("Enter")
    assert not KeyChoice.objects.exists()
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")


def test_every_deed_has_a_field_that_says_its_key(screen):
    screen.keyboard.press("?")
    assert screen.locator(".key-field").count() == len(USUAL)
    assert [
        field(screen, words).input_value()
        for words in ("Key for: Save", "Key for: Tick", "Nine keys", "Key for: Browse")
    ] == ["Enter", "Space", "123456789", "t"]


@pytest.mark.parametrize(
    ("key", "code"), [("/", "Digit4"), ("$", "Digit4"), ("4", "Digit4"), ("ArrowLeft", "Numpad4")]
)
def test_shift_and_a_digit_says_why_on_every_layout(screen, key, code):
    screen.evaluate(PRESS, [key, code, True])
    expect(screen.locator(".sugg.focus .lab")).to_have_text("Children")
    expect(screen.get_by_role("dialog")).to_have_count(0)
    assert state_of(screen, "Children") == "true"


def test_a_digit_that_is_made_with_shift_is_one_without_it(screen):
    screen.evaluate(PRESS, ["é", "Digit2", False])
    assert state_of(screen, "Settlement") == "false"


@pytest.mark.parametrize("key", ["-", "/"])
def test_the_key_beside_the_right_shift_opens_the_type_ahead(screen, key):
    screen.evaluate(PRESS, [key, "Slash", False])
    expect(screen.get_by_role("dialog", name="Add a category")).to_be_visible()


def test_a_reason_to_skip_is_chosen_by_its_digit_on_every_layout(screen):
    screen.keyboard.press("s")
    screen.evaluate(PRESS, ["é", "Digit2", False])
    expect(screen.get_by_role("radio", name="another language")).to_be_checked()
