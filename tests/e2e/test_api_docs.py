"""The API's own pages: read in the browser, within the policy of every page."""

import pytest
from playwright.sync_api import expect

from tests.e2e.world import Watch
from tests.factories import AdministratorFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_the_reference_of_the_api_opens_without_breaking_the_policy(live_server, page, log_in):
    log_in(page, AdministratorFactory())
    watch = Watch(page, live_server.url)
    page.goto(f"{live_server.url}/api/docs/")
    expect(page.get_by_role("heading", name="Grant annotation")).to_be_visible()
    deed = page.locator("#operations-exports-export")
    deed.get_by_role("button").first.click()
    expect(deed).to_contain_text("A file, streamed, of one state of the database.")
    assert watch.faults == []
