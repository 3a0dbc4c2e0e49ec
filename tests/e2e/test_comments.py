"""A comment that was added is never lost: without a network, with a reload, with a lost reply."""

import pytest
from playwright.sync_api import expect

from annotation.models import Grant, Note, QueueItem, Suggestion
from annotation.services.rollups import take_out
from tests.conftest import wait_until
from tests.e2e.world import (
    Keys,
    Watch,
    first,
    go_offline,
    opened,
    stored,
    suggested,
    taxonomy,
    until_ahead,
)
from tests.factories import UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
WORDS = "Who ran this?"


@pytest.fixture
def screen(live_server, page, log_in):
    categories = taxonomy()
    first(suggested(categories, title="Saltwater welcome", reference="A-1"))
    suggested(categories, title="A second grant", reference="A-2")
    log_in(page, UserFactory(username="ada"))
    watch = Watch(page, live_server.url)
    page.goto(live_server.url)
    opened(page, "Saltwater welcome")
    until_ahead(page, 2)
    yield page
    assert watch.faults == []


def comment(screen, words=WORDS):
    screen.keyboard.press("c")
    screen.get_by_label("What should others know?").fill(words)
    screen.get_by_role("button", name="Add the comment").click()
    expect(screen.get_by_role("dialog")).to_have_count(0)


def said(n=1):
    wait_until(lambda: Note.objects.count() == n, 10)
    return list(Note.objects.values_list("grant__reference", "text"))


def test_without_a_network_it_is_kept_and_sent_when_it_is_back(screen):
    go_offline(screen)
    comment(screen)
    expect(screen.locator("#toasts")).to_contain_text("kept in this browser until it is sent")
    expect(screen.locator("#notices")).to_contain_text("One comment is kept in this browser")
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    expect(screen.locator("#saved")).to_have_text("2 not sent yet")
    screen.context.set_offline(False)
    assert said() == [("A-1", WORDS)]
    stored(1)


def test_it_survives_a_reload(screen):
    screen.route("**/notes/", lambda route: route.abort())
    comment(screen)
    expect(screen.locator("#notices")).to_contain_text("One comment is kept")
    screen.unroute("**/notes/")
    screen.reload()
    assert said() == [("A-1", WORDS)]
    expect(screen.locator("#noted")).to_contain_text(WORDS)


def test_a_reply_that_was_lost_leaves_one_comment(screen):
    def reply_is_lost(route):
        route.fetch()
        route.abort()

    screen.route("**/notes/", reply_is_lost)
    comment(screen)
    expect(screen.locator("#notices")).to_contain_text("One comment is kept")
    said()
    screen.unroute("**/notes/")
    expect(screen.locator("#toasts")).to_contain_text("Your comment is stored")
    assert said() == [("A-1", WORDS)]


def test_undo_takes_back_the_answer_and_not_the_comment(screen):
    go_offline(screen)
    Keys(screen).press("2", "Enter")
    opened(screen, "A second grant")
    comment(screen)
    screen.keyboard.press("u")
    opened(screen, "Saltwater welcome")
    screen.context.set_offline(False)
    assert said() == [("A-2", WORDS)]
    stored(0)


def test_undo_waits_for_a_try_that_cannot_arrive(screen):
    """The comment sets off another try of all that waits; this one takes its time to fail."""
    go_offline(screen)
    Keys(screen).press("2", "Enter")
    opened(screen, "A second grant")
    expect(screen.locator("#notices")).to_contain_text("One grant is kept in this browser")
    screen.evaluate(
        """() => { const send = window.fetch;
            window.fetch = (...all) => new Promise((resolve) => { setTimeout(resolve, 1_500); })
                .then(() => send(...all)); }"""
    )
    comment(screen)
    screen.keyboard.press("u")
    opened(screen, "Saltwater welcome")
    assert "may have it already" not in screen.locator("#toasts").inner_text()
    screen.context.set_offline(False)
    assert said() == [("A-2", WORDS)]
    stored(0)


def test_a_comment_on_a_grant_that_was_removed_is_refused_in_words(screen):
    removed = Grant.objects.get(reference="A-1")
    screen.keyboard.press("c")
    screen.get_by_label("What should others know?").fill(WORDS)
    QueueItem.objects.filter(grant=removed).delete()
    Suggestion.objects.filter(grant=removed).delete()
    take_out([removed.pk])
    removed.delete()
    screen.get_by_role("button", name="Add the comment").click()
    box = screen.get_by_role("alert").filter(has_text="Comment not stored: A-1")
    expect(box).to_contain_text("The grant has been removed. Your words: Who ran this?")


def test_one_that_is_refused_is_shown_and_kept(screen):
    screen.route(
        "**/notes/", lambda route: route.fulfill(status=422, body="A comment may not say that.")
    )
    comment(screen)
    box = screen.get_by_role("alert").filter(has_text="Comment not stored: A-1")
    expect(box).to_contain_text("A comment may not say that.")
    expect(box).to_contain_text(WORDS)
    screen.locator("#grant").focus()
    screen.keyboard.press("c")
    expect(screen.get_by_label("What should others know?")).to_have_value(WORDS)
    screen.keyboard.press("Escape")
    box.get_by_role("button", name="Discard the comment").click()
    screen.keyboard.press("c")
    expect(screen.get_by_label("What should others know?")).to_have_value("")
