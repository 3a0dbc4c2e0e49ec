"""The annotating page by keyboard: accept, correct, add, undo, skip."""

import pytest
from playwright.sync_api import expect

from annotation.models import Annotation, Note, Outcome, QueueItem, Skip
from tests.conftest import wait_until
from tests.e2e.world import (
    Keys,
    Watch,
    first,
    opened,
    stored,
    suggested,
    taxonomy,
    until_readable,
    verdicts,
)
from tests.factories import CategoryFactory, GrantFactory, SuggestionFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ada():
    return UserFactory(username="ada")


@pytest.fixture
def categories():
    return taxonomy()


@pytest.fixture
def screen(live_server, page, log_in, ada, categories):
    """Two grants wait; the first stands open on the page."""
    first(suggested(categories, title="Saltwater welcome"))
    suggested(categories, title="A second grant")
    log_in(page, ada)
    watch = Watch(page, live_server.url)
    page.goto(live_server.url)
    yield opened(page, "Saltwater welcome")
    assert watch.faults == []


def test_three_right_suggestions_cost_one_key(screen):
    keys = Keys(screen).press("Enter")

    opened(screen, "A second grant")
    assert keys.count == 1
    stored(1)
    annotation = Annotation.objects.get()
    assert verdicts(annotation) == {
        "Swimming and water safety": "accepted",
        "Settlement": "accepted",
        "Community sport": "left",
        "Children": "accepted",
    }
    assert set(annotation.outcomes.values_list("facet__code", "value")) == {
        ("Subject", "labelled"),
        ("Population", "labelled"),
    }
    expect(screen.get_by_text("1 of 60 today")).to_be_visible()


def test_one_wrong_and_one_missing_deep_category_cost_at_most_eight_keys(screen):
    keys = Keys(screen).press("2", "/", "v", "o", "l")
    expect(screen.get_by_role("option")).to_have_count(1)
    keys.press("Enter", "Enter")

    opened(screen, "A second grant")
    assert keys.count <= 8
    stored(1)
    assert verdicts(Annotation.objects.get()) == {
        "Swimming and water safety": "accepted",
        "Settlement": "rejected",
        "Community sport": "left",
        "Volunteering": "added",
        "Children": "accepted",
    }


def test_a_digit_ticks_then_rejects_then_leaves_undecided(screen):
    box = screen.get_by_role("checkbox", name="Community sport")
    states = []
    for _ in range(3):
        screen.keyboard.press("3")
        states.append(box.get_attribute("aria-checked"))
    assert states == ["true", "false", "mixed"]


# In the page itself: two keys sent one after the other are two saves once a machine is slow enough.
AT_ONCE = """async () => {
  const enter = () => document.body.dispatchEvent(
    new KeyboardEvent("keydown", { key: "Enter", code: "Enter", bubbles: true }));
  const title = document.querySelector("#grant-title").textContent;
  enter();
  enter();
  while (document.querySelector("#grant-title")?.textContent === title)
    await new Promise(requestAnimationFrame);
  enter();
}"""


def test_two_enters_at_once_make_one_annotation(screen):
    screen.evaluate(AT_ONCE)
    screen.get_by_role("heading", name="A second grant").wait_for()
    stored(1)
    screen.wait_for_timeout(300)
    assert Annotation.objects.count() == 1


def test_a_double_click_makes_one_annotation(screen):
    save = screen.get_by_role("button", name="Save and next")
    save.evaluate("button => { button.click(); button.click(); }")
    screen.get_by_role("heading", name="A second grant").wait_for()
    stored(1)
    screen.wait_for_timeout(300)
    assert Annotation.objects.count() == 1


def test_evidence_is_marked_for_the_suggestion_in_focus_only(screen):
    marked = screen.locator(".ev.on")
    expect(marked).to_have_text(["learn-to-swim", "lessons"])
    screen.keyboard.press("Shift+Digit4")
    expect(marked).to_have_text(["children", "aged 6 to 12"])
    expect(screen.locator("#about")).to_contain_text("88 % because of children, aged 6 to 12.")
    screen.keyboard.press("Shift+Digit1")
    expect(screen.locator("#about")).to_contain_text("Not for patrols.")


def test_arrows_move_along_the_suggestions_and_the_facets(screen):
    in_focus = screen.locator(".sugg.focus .lab")
    Keys(screen).press("ArrowDown", "ArrowDown", "ArrowDown")
    expect(in_focus).to_have_text("Children")
    Keys(screen).press("ArrowLeft", "Space")
    expect(in_focus).to_have_text("Swimming and water safety")
    expect(screen.get_by_role("checkbox", name="Swimming")).to_have_attribute(
        "aria-checked", "false"
    )


@pytest.mark.parametrize(
    "words", ["unpaid", "S020101", "helping", "vol", "voluntering", "vlounteer"]
)
def test_typing_finds_a_category_by_other_name_code_path_or_label(screen, words):
    screen.keyboard.press("/")
    screen.keyboard.type(words)
    screen.get_by_role("option", name="Volunteering").click()
    expect(screen.locator("#facet-subject")).to_contain_text("+ Volunteering")


def test_a_slip_of_the_finger_finds_the_near_ones_after_those_that_match(screen):
    screen.keyboard.press("/")
    screen.keyboard.type("sport")
    options = screen.get_by_role("option")
    expect(options.first).to_contain_text("port")
    screen.locator("#add-words").fill("swimmnig")
    expect(options.first).to_contain_text("Swimming")


def test_what_a_category_means_stands_beside_it_while_one_looks_for_it(screen):
    screen.keyboard.press("/")
    screen.keyboard.type("swimming")
    expect(screen.locator("#add-meaning")).to_have_text(
        "Work on swimming and water safety. Not for patrols."
    )
    screen.locator("#add-words").fill("settlement")
    expect(screen.locator("#add-meaning")).to_have_text("Work on settlement.")


def test_shift_enter_adds_and_stays(screen):
    screen.keyboard.press("/")
    screen.keyboard.type("volunteering")
    expect(screen.get_by_role("option")).to_have_count(1)
    screen.keyboard.press("Shift+Enter")
    expect(screen.get_by_role("dialog", name="Add a category")).to_be_visible()
    expect(screen.get_by_role("option", name="chosen")).to_be_visible()


def test_undo_takes_back_the_last_change_and_then_the_last_save(screen):
    screen.keyboard.press("2")
    screen.keyboard.press("u")
    expect(screen.get_by_role("checkbox", name="Settlement")).to_have_attribute(
        "aria-checked", "true"
    )
    Keys(screen).press("2", "n")
    screen.keyboard.press("u")
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")

    screen.keyboard.press("u")

    opened(screen, "Saltwater welcome")
    expect(screen.get_by_role("checkbox", name="Settlement")).to_have_attribute(
        "aria-checked", "false"
    )
    stored(0)
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    stored(1)
    assert Annotation.objects.count() == 3  # the log only grows


def test_undo_takes_back_the_skip_that_came_last(screen):
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    Keys(screen).press("s", "2", "Enter")
    screen.locator("#empty").wait_for()
    screen.keyboard.press("u")
    opened(screen, "A second grant")
    wait_until(lambda: not Skip.objects.exists(), 10)
    stored(1)
    screen.keyboard.press("u")
    opened(screen, "Saltwater welcome")
    stored(0)


def test_the_toast_takes_back_the_deed_that_it_names(screen):
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    toast = screen.locator("#toasts")
    expect(toast).to_contain_text("Saved G-")
    screen.keyboard.press("2")  # newer than what the toast speaks of
    toast.get_by_role("button", name="Undo").click()
    opened(screen, "Saltwater welcome")
    stored(0)
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    settlement = screen.get_by_role("checkbox", name="Settlement")
    expect(settlement).to_have_attribute("aria-checked", "false")


def test_the_toast_of_an_added_category_takes_back_nothing_else(screen):
    Keys(screen).press("/", "v", "o", "l")
    expect(screen.get_by_role("option")).to_have_count(1)
    Keys(screen).press("Enter", "2")
    screen.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(screen.locator("#facet-subject")).not_to_contain_text("Volunteering")
    settlement = screen.get_by_role("checkbox", name="Settlement")
    expect(settlement).to_have_attribute("aria-checked", "false")


def test_parked_grants_wait_in_the_status_line(screen):
    screen.keyboard.press("p")
    opened(screen, "A second grant")
    screen.get_by_text("1 parked").click()
    screen.get_by_role("button", name="Saltwater welcome").click()
    opened(screen, "Saltwater welcome")
    assert not Skip.objects.exists()


def test_nothing_chosen_anywhere_is_asked_about(screen):
    Keys(screen).press("1", "1", "2", "2", "4", "4", "Enter")
    alert = screen.locator("#facet-subject").get_by_role("alert")
    expect(alert).to_contain_text("Nothing is chosen yet")
    assert not Annotation.objects.exists()
    Keys(screen).press("x", "Enter")
    opened(screen, "A second grant")


def test_the_parent_stands_in_for_a_category_that_says_too_much(screen):
    expect(screen.get_by_role("button", name="Back off to Community sport")).to_be_visible()
    screen.keyboard.press("b")
    box = screen.get_by_role("checkbox", name="Community sport")
    expect(box).to_have_attribute("aria-checked", "true")
    swimming = screen.get_by_role("checkbox", name="Swimming")
    expect(swimming).to_have_attribute("aria-checked", "mixed")
    Keys(screen).press("u", "Enter")
    opened(screen, "A second grant")
    stored(1)
    assert verdicts(Annotation.objects.get())["Swimming and water safety"] == "accepted"


def test_a_flag_and_a_comment_are_noted(screen, ada):
    screen.keyboard.press("f")
    expect(screen.get_by_role("button", name="Flagged")).to_be_visible()
    screen.keyboard.press("c")
    screen.get_by_label("What should others know?").fill("Two programs in one")
    screen.get_by_role("button", name="Add the comment").click()
    expect(screen.locator("#noted")).to_contain_text("Two programs in one")
    assert set(Note.objects.values_list("kind", "text", "author")) == {
        ("flag", "", ada.pk),
        ("comment", "Two programs in one", ada.pk),
    }
    screen.reload()
    opened(screen, "Saltwater welcome")
    expect(screen.get_by_role("button", name="Flagged")).to_be_visible()


def test_keys_can_be_chosen_and_stay_chosen(screen):
    screen.keyboard.press("?")
    dialog = screen.get_by_role("dialog", name="Keys")
    dialog.get_by_label("Key for: Browse the tree").fill("u")
    dialog.get_by_role("button", name="Save my keys").click()
    expect(dialog.get_by_role("alert")).to_contain_text("would do two things")
    dialog.get_by_label("Key for: Undo").fill("z")
    dialog.get_by_role("button", name="Save my keys").click()
    expect(dialog).to_be_hidden()
    expect(screen.get_by_role("button", name="Undo z")).to_be_visible()
    screen.reload()
    opened(screen, "Saltwater welcome")
    Keys(screen).press("2", "z")
    settlement = screen.get_by_role("checkbox", name="Settlement")
    expect(settlement).to_have_attribute("aria-checked", "true")
    screen.keyboard.press("u")
    expect(screen.get_by_role("tree")).to_be_visible()


def test_undo_with_nothing_to_undo_says_so(screen):
    screen.keyboard.press("u")
    expect(screen.locator("#toasts")).to_contain_text("nothing left to undo")


def test_skipping_asks_for_a_reason_and_passes_the_grant_on(screen, ada):
    Keys(screen).press("s", "2", "Enter")
    opened(screen, "A second grant")
    wait_until(Skip.objects.exists, 10)
    skip = Skip.objects.get()
    assert (skip.grant.title, skip.reason) == ("Saltwater welcome", "other_language")
    assert not Annotation.objects.exists()
    assert QueueItem.objects.get(grant=skip.grant).claimed_by is None


def test_n_x_and_g_answer_the_facet_in_use(screen):
    Keys(screen).press("ArrowRight", "g", "ArrowLeft", "x", "Enter")
    opened(screen, "A second grant")
    stored(1)
    assert set(Outcome.objects.values_list("facet__code", "value")) == {
        ("Subject", "not_enough_text"),
        ("Population", "general_public"),
    }


def test_a_required_facet_is_asked_for_before_the_save(screen, categories):
    facet = categories["subject"]
    facet.is_required = True
    facet.save()
    screen.reload()
    opened(screen, "Saltwater welcome")

    Keys(screen).press("1", "2", "Enter")

    alert = screen.locator("#facet-subject").get_by_role("alert")
    expect(alert).to_contain_text("Subject needs a category")
    assert not Annotation.objects.exists()
    Keys(screen).press("n")
    expect(alert).to_be_hidden()
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    stored(1)
    assert Outcome.objects.get(facet=facet).value == "none_fits"


def test_a_category_and_its_ancestor_together_are_pointed_out(screen):
    screen.keyboard.press("3")
    expect(screen.get_by_text("Community sport is already implied")).to_be_visible()


def test_the_tree_is_walked_by_keys(screen):
    screen.keyboard.press("t")
    tree = screen.get_by_role("tree", name="Subject")
    expect(tree.get_by_role("treeitem", name="Swimming and water safety")).to_be_focused()
    expect(tree.get_by_role("treeitem", name="Volunteering")).to_have_count(0)
    Keys(screen).press("c", "c", "ArrowRight", "h", "ArrowRight", "ArrowDown", "Space", "Escape")
    expect(screen.locator("#facet-subject")).to_contain_text("+ Volunteering")


def test_single_keys_can_be_switched_off_for_good(screen):
    screen.keyboard.press("?")
    screen.get_by_role("checkbox", name="Single-key shortcuts").uncheck()
    screen.keyboard.press("Escape")
    screen.reload()
    opened(screen, "Saltwater welcome")
    screen.keyboard.press("1")
    expect(screen.get_by_role("checkbox", name="Swimming")).to_have_attribute(
        "aria-checked", "true"
    )
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")


def test_folded_suggestions_that_nobody_unfolded_are_no_decisions(
    live_server, page, log_in, ada, categories
):
    grant = suggested(categories)
    for n in range(7):
        category = CategoryFactory(facet=categories["subject"], label=f"Unlikely {n}")
        SuggestionFactory(grant=grant, category=category, score=0.05, is_ticked=False)
    log_in(page, ada)
    page.goto(live_server.url)
    opened(page, "Saltwater welcome")
    expect(page.get_by_text("Also consider 2 more")).to_be_visible()
    page.keyboard.press("Enter")
    page.locator("#empty").wait_for()
    stored(1)
    left = {
        label for label, verdict in verdicts(Annotation.objects.get()).items() if verdict == "left"
    }
    assert left == {"Community sport", *(f"Unlikely {n}" for n in range(5))}


def test_a_blind_grant_shows_no_suggestion(live_server, page, log_in, ada, categories):
    suggested(categories, title="Measured", stream="audit")
    log_in(page, ada)
    page.goto(live_server.url)
    opened(page, "Measured")
    expect(page.get_by_text("without suggestions", exact=True)).to_be_visible()
    expect(page.locator(".sugg, .ev")).to_have_count(0)
    assert "Settlement" not in page.content()

    page.get_by_label("Add a category").first.press_sequentially("vol")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Here is what the model suggests")).to_be_visible()
    expect(page.locator(".sugg")).to_have_count(4)
    expect(page.locator("[aria-checked=true]")).to_have_count(0)
    expect(page.locator("#facet-subject")).to_contain_text("+ Volunteering")
    until_readable(page)
    Keys(page).press("2", "Enter")
    page.locator("#empty").wait_for()
    wait_until(lambda: Annotation.objects.count() == 2, 10)
    blind, revision = Annotation.objects.order_by("pk")
    assert blind.is_blind
    assert verdicts(blind) == {"Volunteering": "added"}
    assert revision.revises == blind
    assert verdicts(revision)["Settlement"] == "accepted"


def test_a_blind_annotation_that_is_kept_is_not_revised(live_server, page, log_in, ada, categories):
    suggested(categories, title="Measured", stream="audit")
    log_in(page, ada)
    page.goto(live_server.url)
    opened(page, "Measured")
    Keys(page).press("n", "Enter")
    expect(page.get_by_text("Here is what the model suggests")).to_be_visible()
    until_readable(page)
    page.keyboard.press("Enter")
    page.locator("#empty").wait_for()
    page.keyboard.press("u")
    expect(page.get_by_text("Here is what the model suggests")).to_be_visible()
    assert Annotation.objects.count() == 1


def test_after_the_last_grant_the_page_says_what_is_left(
    live_server, page, log_in, ada, categories
):
    suggested(categories)
    GrantFactory(queued=True)
    log_in(page, ada)
    page.goto(live_server.url)
    opened(page, "Saltwater welcome")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Saltwater welcome")).to_have_count(0)
    until_readable(page)
    Keys(page).press("n", "Enter")
    expect(page.get_by_role("heading", name="No grants are waiting for you")).to_be_visible()
    page.keyboard.press("u")
    page.locator("#workspace").wait_for()


def test_the_page_opened_cold_asks_for_few_things(live_server, page, log_in, ada, categories):
    suggested(categories)
    log_in(page, ada)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(live_server.url)
    page.wait_for_load_state("networkidle")
    assert len(asked) < 15, asked
