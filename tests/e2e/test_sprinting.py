"""A sprint in the browser: one key a grant."""

import pytest
from playwright.sync_api import expect

from annotation.models import SprintDecision
from annotation.services.sprints import Candidate, fill_sprint, take_sprint
from tests.e2e.world import Watch, taxonomy
from tests.factories import AdministratorFactory, GrantFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def screen(live_server, page, log_in):
    taxonomy()
    log_in(page, AdministratorFactory(username="grace"))
    watch = Watch(page, live_server.url)
    page.goto(f"{live_server.url}/coverage/")
    yield page
    assert watch.faults == []


def fill():
    titles = ["Nippers trailer", "تدريب السباحة", "<script>alert(1)</script>", "Choirs", "Last"]
    grants = [
        GrantFactory(title=title, description="Patrol numbers doubled. " * 30, queued=True)
        for title in titles
    ]
    candidates = [Candidate(grant.pk, "model", 0.4, ["patrol"]) for grant in grants]
    fill_sprint(take_sprint(), candidates, None)


def look(screen, axe, name):
    assert axe(screen) == []
    screen.screenshot(path=f"test-results/sprint-{name}.png", full_page=True)
    screen.set_viewport_size({"width": 320, "height": 700})
    assert screen.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    screen.screenshot(path=f"test-results/sprint-{name}-phone.png", full_page=True)
    screen.set_viewport_size({"width": 1366, "height": 850})


def test_from_a_thin_category_to_five_decisions_with_five_keys(screen, axe):
    screen.get_by_role("link", name="Sprint for Swimming and water safety").click()
    expect(screen.get_by_label("Category, name or code")).to_have_value("S010101")
    look(screen, axe, "list-empty")
    screen.get_by_role("button", name="Start a sprint").click()
    expect(screen.get_by_role("heading", name="Waiting for its grants")).to_be_visible()
    look(screen, axe, "waiting")
    fill()
    expect(screen.get_by_role("heading", name="Nippers trailer")).to_be_visible()
    look(screen, axe, "ready")
    screen.keyboard.press("y")
    expect(screen.get_by_text("Grant 2 of 5")).to_be_visible()
    screen.keyboard.press("n")
    expect(screen.get_by_role("heading", name="<script>alert(1)</script>")).to_be_visible()
    screen.keyboard.press("k")
    expect(screen.get_by_text("Grant 4 of 5")).to_be_visible()
    screen.keyboard.press("u")
    expect(screen.get_by_text("Grant 3 of 5")).to_be_visible()
    screen.keyboard.press("n")
    expect(screen.get_by_text("Grant 4 of 5")).to_be_visible()
    screen.keyboard.press("y")
    expect(screen.get_by_text("Grant 5 of 5")).to_be_visible()
    screen.keyboard.press("y")
    expect(screen.get_by_role("heading", name="All 5 are decided")).to_be_visible()
    look(screen, axe, "done")
    stand = SprintDecision.objects.current().order_by("sprint_grant__position")
    assert list(stand.values_list("verdict", flat=True)) == ["yes", "no", "no", "yes", "yes"]
    screen.get_by_role("button", name="End this sprint").click()
    expect(screen.get_by_text("is ended.")).to_be_visible()
    look(screen, axe, "list")
