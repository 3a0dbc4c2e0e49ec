"""My work in the browser: a past annotation is found, opened again and changed."""

import pytest
from playwright.sync_api import expect

from annotation.models import Annotation
from tests.conftest import wait_until
from tests.e2e.world import Watch, opened, stored, suggested, taxonomy
from tests.factories import UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_a_past_annotation_is_opened_again_and_saved_anew(live_server, page, log_in, axe):
    categories = taxonomy()
    for title in ("Saltwater welcome", "Second", "Third"):
        suggested(categories, title=title)
    user = UserFactory(username="ada")
    log_in(page, user)
    watch = Watch(page, live_server.url)
    page.goto(f"{live_server.url}/my-work/")
    expect(page.get_by_role("heading", name="You have annotated nothing yet")).to_be_visible()
    page.get_by_role("link", name="Open the first grant").click()
    opened(page, "Saltwater welcome")
    page.keyboard.press("Enter")
    opened(page, "Second")
    stored(1)
    expect(page.locator("#done")).to_have_text("1")
    page.goto(f"{live_server.url}/my-work/")
    assert axe(page) == []
    page.screenshot(path="test-results/my-work.png", full_page=True)
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.set_viewport_size({"width": 1366, "height": 850})
    page.get_by_role("link", name="Change the annotation of").click()
    opened(page, "Saltwater welcome")
    page.keyboard.press("1")  # the first suggestion is rejected now
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Saltwater welcome")).to_have_count(0)
    current = Annotation.objects.current()
    wait_until(lambda: current.filter(decisions__verdict="rejected").exists())
    expect(page.locator("#done")).to_have_text("1")
    page.goto(f"{live_server.url}/my-work/")
    expect(page.get_by_text("1 rejected")).to_be_visible()
    assert current.get().decisions.filter(verdict="rejected").count() == 1
    assert watch.faults == []
