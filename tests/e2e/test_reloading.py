"""A reload at a bad moment: it opens on the grant that was on the screen, or on the next one."""

from datetime import timedelta

import pytest
from django.db.models import F
from playwright.sync_api import expect

from annotation.models import Annotation, QueueItem
from tests.e2e.world import Watch, first, opened, stored, suggested, taxonomy, until_ahead
from tests.factories import UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
RENEWALS = "**/claims/*/renew/"


@pytest.fixture
def screen(live_server, page, log_in):
    """Four grants wait; the first stands open, the others are fetched ahead."""
    categories = taxonomy()
    first(suggested(categories, title="Saltwater welcome"))
    for title in ("A second grant", "A third grant", "A fourth grant"):
        suggested(categories, title=title)
    log_in(page, UserFactory(username="ada"))
    watch = Watch(page, live_server.url)
    page.goto(live_server.url)
    yield opened(page, "Saltwater welcome")
    assert watch.faults == []


def test_a_reload_keeps_the_grant_and_those_fetched_ahead(screen):
    until_ahead(screen, 3)
    held = dict(QueueItem.objects.values_list("grant", "claim"))
    assert None not in held.values()
    # It was a moment ago that they were fetched, however slow the machine is.
    QueueItem.objects.update(claimed_until=F("claimed_until") + timedelta(minutes=1))
    screen.reload()
    opened(screen, "Saltwater welcome")
    until_ahead(screen, 3)
    assert dict(QueueItem.objects.values_list("grant", "claim")) == held


def test_a_reload_before_the_claim_is_held_for_long_opens_the_same_grant(screen):
    until_ahead(screen, 3)
    screen.route(RENEWALS, lambda route: route.abort())
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    stored(1)
    screen.unroute(RENEWALS)
    screen.reload()
    opened(screen, "A second grant")


def test_a_page_that_was_made_before_the_save_was_stored_goes_on_to_the_next(screen, live_server):
    """The server may answer a reload before it has stored what the page sent it."""
    until_ahead(screen, 3)
    stale = screen.request.get(live_server.url).text()
    assert "Saltwater welcome" in stale
    screen.keyboard.press("Enter")
    opened(screen, "A second grant")
    stored(1)
    expect(screen.locator("#saved")).to_have_text("All saved")
    screen.route(
        f"{live_server.url}/",
        lambda route: route.fulfill(body=stale, content_type="text/html; charset=utf-8"),
        times=1,
    )
    screen.reload()
    opened(screen, "A second grant")
    assert Annotation.objects.count() == 1
