"""A grant that turns out to be somebody else's leaves the desk only once no dialog lies on it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation.models import Grant, Note, QueueItem, Skip
from annotation.services.queue import claim_next_grant
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


@pytest.fixture
def screen(live_server, page, log_in):
    """Offline, with the second of three grants on the desk; somebody else has taken it."""
    categories = taxonomy()
    first(suggested(categories, title="Saltwater welcome", reference="A-1"))
    second = suggested(categories, title="A second grant", reference="A-2")
    QueueItem.objects.filter(grant=second).update(priority=8)
    suggested(categories, title="A third grant", reference="A-3")
    log_in(page, UserFactory(username="ada"))
    watch = Watch(page, live_server.url)
    page.goto(live_server.url)
    opened(page, "Saltwater welcome")
    until_ahead(page, 3)
    go_offline(page)
    page.keyboard.press("Enter")
    opened(page, "A second grant")
    expect(page.locator("#notices")).to_contain_text("cannot be reached")
    long_ago = timezone.now() - timedelta(minutes=1)
    QueueItem.objects.filter(grant=second).update(claimed_until=long_ago)
    assert claim_next_grant(UserFactory(username="bob")).grant == second
    yield page
    assert watch.faults == []


def online_again(screen):
    """Until the page has heard that the grant on its desk is another's."""
    with screen.expect_response(lambda reply: "/renew/" in reply.url and reply.status == 409):
        screen.context.set_offline(False)
    stored(1)
    screen.wait_for_load_state("networkidle")


def heading(screen):
    return expect(screen.get_by_role("heading", level=1))


def test_a_comment_stays_with_the_grant_that_it_was_begun_on(screen):
    screen.keyboard.press("c")
    screen.get_by_label("What should others know?").fill("Who ran this?")
    online_again(screen)
    heading(screen).to_have_text("A second grant")
    screen.get_by_label("What should others know?").press_sequentially(" And when?")
    screen.get_by_role("button", name="Add the comment").click()
    wait_until(lambda: Note.objects.exists(), 10)
    assert Note.objects.get().grant == Grant.objects.get(reference="A-2")
    assert Note.objects.get().text == "Who ran this? And when?"
    heading(screen).to_have_text("A third grant")


def test_a_skip_never_means_the_grant_that_came_after(screen):
    screen.keyboard.press("s")
    screen.get_by_role("dialog").wait_for()
    online_again(screen)
    heading(screen).to_have_text("A second grant")
    Keys(screen).press("1", "Enter")
    heading(screen).to_have_text("A third grant")
    expect(screen.locator("#toasts")).to_contain_text("A-2 was not skipped")
    assert not Skip.objects.exists()


def test_what_is_added_stays_with_its_grant(screen):
    screen.keyboard.press("/")
    screen.get_by_label("Name, other name, code or path").fill("volunteer")
    online_again(screen)
    screen.get_by_role("option").wait_for()
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("dialog")).to_have_count(0)
    heading(screen).to_have_text("A second grant")
    expect(screen.locator("#facet-subject .chip[data-code]").last).to_have_text("+ Volunteering")


def test_a_dialog_that_is_shut_lets_the_next_grant_come(screen):
    screen.keyboard.press("c")
    screen.get_by_role("dialog").wait_for()
    online_again(screen)
    heading(screen).to_have_text("A second grant")
    screen.keyboard.press("Escape")
    heading(screen).to_have_text("A third grant")
