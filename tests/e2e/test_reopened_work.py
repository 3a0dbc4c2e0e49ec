"""What is opened again keeps its answer: after an undo, a change, a reload, a lost reply."""

import pytest
from playwright.sync_api import expect

from annotation.models import Annotation, Grant, QueueItem, Skip
from tests.conftest import wait_until
from tests.e2e.world import (
    Keys,
    first,
    go_offline,
    opened,
    stored,
    suggested,
    taxonomy,
    until_ahead,
    until_readable,
    until_sent,
    verdicts,
)
from tests.factories import UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def screen(live_server, page, log_in):
    """One grant is saved, with a suggestion rejected; two more wait."""
    categories = taxonomy()
    first(suggested(categories, title="Saltwater welcome"))
    suggested(categories, title="A second grant")
    suggested(categories, title="A third grant")
    log_in(page, UserFactory(username="ada"))
    page.goto(live_server.url)
    opened(page, "Saltwater welcome")
    until_ahead(page, 3)  # the last in vain; else the save may come between, and one fewer is asked
    Keys(page).press("2", "Enter")
    opened(page, "A second grant")
    stored(1)
    until_ahead(page, 4)
    until_sent(page)
    return page


def rejected(page):
    return expect(page.get_by_role("checkbox", name="Settlement"))


def test_after_an_undo_a_reload_keeps_the_answer(screen):
    screen.keyboard.press("u")
    opened(screen, "Saltwater welcome")
    stored(0)
    screen.reload()
    opened(screen, "Saltwater welcome")
    rejected(screen).to_have_attribute("aria-checked", "false")
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    stored(1)
    assert verdicts(Annotation.objects.current().get())["Settlement"] == "rejected"


def test_an_undo_whose_reply_was_lost_takes_back_one_grant(screen):
    def reply_is_lost(route):
        route.fetch()
        route.abort()

    screen.keyboard.press("Enter")
    opened(screen, "A third grant")
    stored(2)
    until_sent(screen)
    screen.route("**/annotations/undo/", reply_is_lost)
    screen.keyboard.press("u")
    expect(screen.locator("#toasts")).to_contain_text("cannot be reached")
    stored(1)
    screen.unroute("**/annotations/undo/")
    screen.keyboard.press("u")
    opened(screen, "A second grant")
    stored(1)


def test_change_and_a_reload_keep_the_annotation_and_the_work_on_it(screen, live_server):
    screen.goto(f"{live_server.url}/my-work/")
    screen.get_by_role("link", name="Change the annotation of").click()
    opened(screen, "Saltwater welcome")
    rejected(screen).to_have_attribute("aria-checked", "false")
    stored(1)
    screen.keyboard.press("1")
    screen.reload()
    opened(screen, "Saltwater welcome")
    expect(screen.get_by_text("until you save another")).to_be_visible()
    expect(screen.get_by_role("checkbox", name="Swimming")).to_have_attribute(
        "aria-checked", "false"
    )
    stored(1)
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    assert "change" not in screen.url
    wait_until(lambda: Annotation.objects.count() == 2, 10)
    correction = Annotation.objects.current().get()
    assert correction.supersedes is not None and not correction.supersedes.is_withdrawal
    assert verdicts(correction)["Swimming and water safety"] == "rejected"


def test_a_change_that_changes_nothing_stores_nothing(screen, live_server):
    past = Annotation.objects.get()
    screen.goto(f"{live_server.url}/?change=annotation-{past.pk}")
    opened(screen, "Saltwater welcome")
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    until_sent(screen)
    assert list(Annotation.objects.all()) == [past]


def test_a_revision_that_was_undone_and_is_saved_unchanged_is_stored(live_server, page, log_in):
    first(suggested(taxonomy(), title="Measured", stream="audit"))
    log_in(page, UserFactory())
    page.goto(live_server.url)
    opened(page, "Measured")
    Keys(page).press("n", "Enter")
    expect(page.get_by_text("Here is what the model suggests")).to_be_visible()
    until_readable(page)
    Keys(page).press("1", "Enter")
    page.locator("#empty").wait_for()
    standing = Annotation.objects.standing().filter(revises__isnull=False)
    wait_until(lambda: standing.count() == 1, 10)
    page.keyboard.press("u")
    opened(page, "Measured")
    wait_until(lambda: not standing.exists(), 10)
    page.keyboard.press("Enter")
    page.locator("#empty").wait_for()
    wait_until(lambda: standing.count() == 1, 10)
    assert verdicts(standing.get())["Swimming and water safety"] == "accepted"


def test_a_revision_from_another_tab_is_not_replaced_unseen(live_server, page, log_in):
    first(suggested(taxonomy(), title="Measured", stream="audit"))
    log_in(page, UserFactory())
    page.goto(live_server.url)
    opened(page, "Measured")
    Keys(page).press("n", "Enter")
    expect(page.get_by_text("Here is what the model suggests")).to_be_visible()
    other = page.context.new_page()
    other.goto(f"{live_server.url}/?change=annotation-{Annotation.objects.get().pk}")
    opened(other, "Measured")
    expect(other.get_by_role("checkbox", name="Swimming")).to_be_visible()
    until_readable(other)
    Keys(other).press("1", "Enter")
    standing = Annotation.objects.standing().filter(revises__isnull=False)
    wait_until(lambda: standing.count() == 1, 10)
    theirs = standing.get()

    Keys(page).press("2", "Enter")
    alert = page.get_by_role("alert").filter(has_text="Not saved")
    expect(alert).to_contain_text("another revision of it since, in another tab or window")
    assert standing.get() == theirs
    alert.get_by_role("button", name="Open it again with my work").click()
    opened(page, "Measured")
    page.keyboard.press("Enter")
    wait_until(lambda: standing.get() != theirs, 10)
    assert standing.get().supersedes == theirs
    assert verdicts(standing.get())["Settlement"] == "accepted"


def swimming(page):
    return expect(page.get_by_role("checkbox", name="Swimming"))


def test_a_new_claim_on_a_grant_finds_the_work_that_was_done_on_it(screen, live_server):
    screen.keyboard.press("1")
    expect(screen.locator("#saved")).to_have_text("Draft kept")
    screen.goto(f"{live_server.url}/grants/")
    screen.wait_for_load_state("networkidle")
    QueueItem.objects.update(claim=None, claimed_by=None, claimed_until=None)  # all ran out
    first(Grant.objects.get(title="A second grant"))
    screen.goto(live_server.url)
    opened(screen, "A second grant")
    swimming(screen).to_have_attribute("aria-checked", "false")


def test_what_was_set_aside_with_work_on_it_is_not_given_back(screen, live_server):
    screen.keyboard.press("1")
    screen.get_by_role("button", name="Undo", exact=True).click()  # of the grant before
    opened(screen, "Saltwater welcome")
    until_sent(screen)
    screen.goto(f"{live_server.url}/grants/")
    screen.wait_for_load_state("networkidle")
    held = QueueItem.objects.exclude(claim=None).values_list("grant__title", flat=True)
    assert {"Saltwater welcome", "A second grant"} <= set(held)
    screen.goto(live_server.url)
    opened(screen, "Saltwater welcome")
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    swimming(screen).to_have_attribute("aria-checked", "false")


def test_what_reached_the_server_is_undone_there_and_can_be_saved_anew(screen):
    def reply_is_lost(route):
        route.fetch()
        route.abort()

    screen.route("**/annotations/*-*/", reply_is_lost)
    Keys(screen).press("1", "Enter")
    opened(screen, "A third grant")
    stored(2)
    screen.keyboard.press("u")
    expect(screen.locator("#toasts")).to_contain_text("once the connection is back")
    screen.unroute("**/annotations/*-*/")
    expect(screen.locator("#saved")).to_have_text("All saved")
    screen.keyboard.press("u")
    opened(screen, "A second grant")
    swimming(screen).to_have_attribute("aria-checked", "false")
    Keys(screen).press("1", "Enter")
    opened(screen, "A third grant")
    stored(2)
    current = Annotation.objects.current().get(grant__title="A second grant")
    assert verdicts(current)["Swimming and water safety"] == "left"


def test_parked_work_is_there_when_the_grant_is_opened_again(screen):
    Keys(screen).press("1", "p")
    opened(screen, "A third grant")
    screen.get_by_text("1 parked").click()
    screen.get_by_role("button", name="A second grant").click()
    opened(screen, "A second grant")
    swimming(screen).to_have_attribute("aria-checked", "false")


def test_undo_of_a_skip_brings_the_work_back(screen):
    Keys(screen).press("1", "s", "1", "Enter")
    opened(screen, "A third grant")
    until_sent(screen)
    screen.keyboard.press("u")
    opened(screen, "A second grant")
    swimming(screen).to_have_attribute("aria-checked", "false")


def test_an_undo_of_a_skip_whose_reply_was_lost_takes_back_one_deed(screen):
    def reply_is_lost(route):
        route.fetch()
        route.abort()

    Keys(screen).press("s", "1", "Enter")
    opened(screen, "A third grant")
    until_sent(screen)
    screen.route("**/annotations/undo/", reply_is_lost)
    screen.keyboard.press("u")
    expect(screen.locator("#toasts")).to_contain_text("cannot be reached")
    wait_until(lambda: not Skip.objects.exists(), 10)
    screen.unroute("**/annotations/undo/")
    screen.keyboard.press("u")
    opened(screen, "A second grant")
    stored(1)
    screen.keyboard.press("u")
    opened(screen, "Saltwater welcome")
    stored(0)


def test_a_comment_begun_stays_with_its_grant(screen):
    field = screen.get_by_label("What should others know?")
    screen.keyboard.press("c")
    field.press_sequentially("Who ran this?")
    screen.reload()
    opened(screen, "A second grant")
    screen.keyboard.press("c")
    expect(field).to_have_value("Who ran this?")
    Keys(screen).press("Escape", "Enter")
    opened(screen, "A third grant")
    screen.keyboard.press("c")
    expect(field).to_have_value("")
    Keys(screen).press("Escape", "u")
    opened(screen, "A second grant")
    screen.keyboard.press("c")
    expect(field).to_have_value("Who ran this?")
    screen.get_by_role("button", name="Add the comment").click()
    expect(screen.locator("#noted")).to_contain_text("Who ran this?")
    screen.keyboard.press("c")
    expect(field).to_have_value("")


def test_suggestions_are_offered_once_a_blind_annotation_made_offline_is_sent(
    live_server, page, log_in
):
    categories = taxonomy()
    first(suggested(categories, title="Measured", stream="audit"))
    suggested(categories, title="A second grant")
    log_in(page, UserFactory())
    page.goto(live_server.url)
    opened(page, "Measured")
    until_ahead(page, 2)
    go_offline(page)
    Keys(page).press("n", "Enter")
    opened(page, "A second grant")
    page.context.set_offline(False)
    stored(1)
    expect(page.locator("#saved")).to_have_text("All saved")
    page.keyboard.press("Enter")
    opened(page, "Measured")
    expect(page.get_by_text("Here is what the model suggests")).to_be_visible()
    Keys(page).press("s")
    expect(page.locator("#skip")).to_be_hidden()
    expect(page.locator("#toasts")).to_contain_text("This grant is decided")
    Keys(page).press("1", "Enter")
    page.locator("#empty").wait_for()
    stored(2)
    wait_until(lambda: Annotation.objects.standing().filter(revises__isnull=False).count() == 1, 10)
