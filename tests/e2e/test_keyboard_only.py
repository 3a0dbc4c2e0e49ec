"""A whole grant by keyboard alone, in every state of the annotating page; keys are counted."""

import pytest
from playwright.sync_api import expect

from annotation.models import Annotation, QueueItem
from annotation.services.queue import release_claim
from tests.conftest import wait_until
from tests.e2e.full_site import ARABIC, HEBREW
from tests.e2e.world import (
    TEXT,
    Keys,
    first,
    go_offline,
    opened,
    stored,
    suggested,
    taxonomy,
    until_ahead,
    verdicts,
)
from tests.factories import CategoryFactory, GrantFactory, SuggestionFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
AS_SUGGESTED = {
    "Swimming and water safety": "accepted",
    "Settlement": "accepted",
    "Community sport": "left",
    "Children": "accepted",
}


@pytest.fixture
def ada():
    return UserFactory(username="ada")


@pytest.fixture
def categories():
    return taxonomy()


@pytest.fixture
def annotating(live_server, page, log_in, ada):
    """``annotating("Title")``: that grant stands open, and no pointer is used from here on."""
    log_in(page, ada)

    def annotating(title):
        page.goto(live_server.url)
        return opened(page, title)

    return annotating


@pytest.mark.parametrize(
    "texts",
    [
        {"title": "Long", "description": f"{TEXT}\n\n" * 60},
        {"title": "No text", "description": ""},
        {"title": ARABIC, "description": f"{ARABIC}\n\n{HEBREW}"},
        {"title": "For two people", "queued__n_required": 2},
    ],
    ids=["long", "empty", "right to left", "two people"],
)
@pytest.mark.parametrize("width", [1280, 320])
def test_what_is_suggested_rightly_costs_one_key(page, annotating, categories, texts, width):
    page.set_viewport_size({"width": width, "height": 800})
    suggested(categories, **texts)
    keys = Keys(annotating(texts["title"])).press("Enter")
    page.locator("#empty").wait_for()
    stored(1)
    assert verdicts(Annotation.objects.get()) == AS_SUGGESTED
    assert keys.count == 1


def test_without_any_suggestion_six_keys_name_a_category(page, annotating, categories):
    GrantFactory(title="Unread", queued=True)
    keys = Keys(annotating("Unread")).press("/", "v", "o", "l")
    expect(page.get_by_role("option")).to_have_count(1)
    keys.press("Enter", "Enter")
    page.locator("#empty").wait_for()
    stored(1)
    assert verdicts(Annotation.objects.get()) == {"Volunteering": "added"}
    assert keys.count == 6


def test_of_twelve_suggestions_each_of_the_first_nine_has_its_digit(page, annotating, categories):
    grant = suggested(categories, title="Twelve")
    for n in range(7):
        category = CategoryFactory(facet=categories["subject"], label=f"More {n}")
        SuggestionFactory(grant=grant, category=category, score=0.3, is_ticked=True)
    adults = CategoryFactory(facet=categories["population"], label="Adults")
    SuggestionFactory(grant=grant, category=adults, score=0.6, is_ticked=True)
    annotating("Twelve")
    assert page.locator(".sugg").count() == 12
    ninth = page.locator(".sugg[data-state=ticked]", has=page.get_by_text("9", exact=True))
    code = ninth.get_attribute("data-code")
    keys = Keys(page).press("9", "Enter")
    page.locator("#empty").wait_for()
    stored(1)
    decided = Annotation.objects.get().decisions
    assert [d.category.code for d in decided.filter(verdict="rejected")] == [code]
    assert keys.count == 2


def test_a_blind_grant_and_its_revision_cost_four_keys(page, annotating, categories):
    suggested(categories, title="Measured", stream="audit")
    keys = Keys(annotating("Measured")).press("n", "Enter")
    page.get_by_text("Here is what the model suggests").wait_for()
    opened(page, "Measured")
    keys.press("2", "Enter")
    page.locator("#empty").wait_for()
    wait_until(lambda: Annotation.objects.count() == 2, 10)  # the blind one and its revision
    blind, revision = Annotation.objects.order_by("pk")
    assert (blind.is_blind, revision.revises) == (True, blind)
    assert verdicts(revision)["Settlement"] == "accepted"
    assert keys.count == 4


def test_without_a_network_it_is_one_key_as_well(page, annotating, categories):
    first(suggested(categories, title="Saltwater welcome"))
    suggested(categories, title="A second grant")
    until_ahead(annotating("Saltwater welcome"), 2)
    go_offline(page)
    keys = Keys(page).press("Enter")
    opened(page, "A second grant")
    assert keys.count == 1
    page.context.set_offline(False)
    stored(1)
    assert verdicts(Annotation.objects.get()) == AS_SUGGESTED


def test_a_lost_claim_is_opened_again_and_saved_in_three_keys_more(
    page, annotating, ada, categories
):
    lost = first(suggested(categories, title="Saltwater welcome"))
    suggested(categories, title="A second grant")
    keys = Keys(annotating("Saltwater welcome")).press("2")
    until_ahead(page, 2)
    release_claim(ada, QueueItem.objects.get(grant=lost).claim)
    keys.press("Enter")
    page.get_by_text("is gone").first.wait_for()  # it has the focus
    opened(page, "A second grant")
    keys.press("Tab", "Enter")
    opened(page, "Saltwater welcome")
    keys.press("Enter")
    opened(page, "A second grant")
    stored(1)
    assert verdicts(Annotation.objects.get()) == AS_SUGGESTED | {"Settlement": "rejected"}
    assert keys.count == 5


def test_on_the_empty_queue_one_key_opens_the_last_grant_again(page, annotating, categories):
    suggested(categories, title="Saltwater welcome")
    keys = Keys(annotating("Saltwater welcome")).press("Enter")
    page.locator("#empty").wait_for()
    stored(1)
    keys.press("u")
    opened(page, "Saltwater welcome")
    keys.press("2", "Enter")
    page.locator("#empty").wait_for()
    stored(1)
    last = Annotation.objects.current().get()
    assert verdicts(last)["Settlement"] == "rejected"
    assert keys.count == 4
