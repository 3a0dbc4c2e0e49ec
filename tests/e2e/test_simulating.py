"""From the question to the curves in a browser: they come in place, and the dialog deletes."""

import pytest
from playwright.sync_api import expect

from annotation.models import SimulationRun
from tests.annotation.played_simulations import enough_labels, play
from tests.e2e.test_every_page import looked_at
from tests.e2e.world import Watch
from tests.factories import AdministratorFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_curves_come_by_themselves_and_an_old_simulation_is_deleted(live_server, page, log_in, axe):
    enough_labels()
    log_in(page, AdministratorFactory(username="grace"))
    watch = Watch(page, live_server.url)
    page.goto(f"{live_server.url}/simulations/")
    assert looked_at(page, axe, "/simulations/") == []
    page.get_by_label("Margin, half by lot").check()
    page.get_by_label("Labelled at the end").fill("40")
    page.get_by_role("button", name="Say what it will cost").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Start this simulation?")
    assert looked_at(page, axe, "/simulations/start/") == []
    page.get_by_role("button", name="Start the simulation").click()
    expect(page.locator("#progress")).to_contain_text("It waits for a worker")

    run = SimulationRun.objects.get()
    play(run, n=3)
    expect(page.locator("#progress")).to_contain_text("3 of 9 curves are whole")
    expect(page.get_by_role("img", name="Micro-F1: By lot")).to_be_visible()
    play(run)
    expect(page.locator("#progress")).to_contain_text("It is done")
    page.get_by_text("As a table").first.click()
    expect(page.get_by_role("region", name="Micro-F1, table")).to_contain_text("0.210 ± 0.010")

    page.get_by_role("link", name="Delete this simulation").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("The simulation is deleted.")).to_be_visible()
    assert not watch.faults
