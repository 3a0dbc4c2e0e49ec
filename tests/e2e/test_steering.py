"""What administrators do in the browser: train, stop, promote, roll back, look at coverage."""

import pytest
from playwright.sync_api import expect

from annotation.models import AuditEvent, Category, Grant, ModelVersion, Taxonomy
from annotation.services.demonstration import load_demonstration
from annotation.services.trainings import report_progress, take_training
from tests.e2e.world import Watch, suggested, taxonomy
from tests.factories import AdministratorFactory, LabelFactory, ModelVersionFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def screen(live_server, page, log_in):
    LabelFactory(grant=suggested(categories := taxonomy()), category=categories["swim"])
    log_in(page, AdministratorFactory(username="grace"))
    watch = Watch(page, live_server.url)
    page.goto(f"{live_server.url}/versions/")
    yield page
    assert watch.faults == []


def test_a_training_is_asked_for_watched_and_stopped(screen):
    screen.get_by_role("button", name="Retrain now").click()
    expect(screen.get_by_role("heading", name="is waiting for a worker")).to_be_visible()
    version = take_training()
    report_progress(version, 0.62, "Thresholds, fold 4 of 5")
    expect(screen.get_by_text("62 %")).to_be_visible()
    expect(screen.get_by_text("Thresholds, fold 4 of 5")).to_be_visible()
    expect(screen.get_by_role("button", name="is training")).to_be_visible()

    screen.get_by_role("link", name="Stop training").click()
    screen.get_by_role("dialog").get_by_role("button", name="Stop training").click()

    expect(screen.get_by_text(f"{version} is stopped.")).to_be_visible()
    assert ModelVersion.objects.get(pk=version.pk).status == "cancelled"
    expect(screen.get_by_role("button", name="Retrain now")).to_be_enabled()


def test_a_training_that_ends_shows_its_version_without_a_reload(screen):
    screen.get_by_role("button", name="Retrain now").click()
    expect(screen.get_by_role("heading", name="is waiting for a worker")).to_be_visible()
    version = take_training()
    ModelVersion.objects.filter(pk=version.pk).update(status="rejected", reason="It got worse.")
    expect(screen.locator("#version-list")).to_contain_text("It got worse.")
    expect(screen.get_by_role("heading", name="No training now")).to_be_visible()
    # What was said of the request has gone with it, and its end is said instead.
    said = screen.get_by_role("status").filter(has_text="was refused")
    expect(said).to_contain_text(f"{version} was refused; what was active stays. It got worse.")
    expect(screen.get_by_text("is requested")).to_have_count(0)


def test_figures_are_whole_on_the_narrowest_phone(screen):
    figure = {"value": 0.563, "low": 0.531, "high": 0.594}
    trained = ModelVersion.objects.create(
        taxonomy=Taxonomy.objects.current(),
        status="rejected",
        artifact_sha256="1" * 64,
        metrics={"figures": {"micro_f1": figure, "recall_at_10": figure, "clicks": figure}},
    )
    screen.set_viewport_size({"width": 320, "height": 700})
    screen.reload()
    screen.get_by_text("Figures", exact=True).click()
    for page in ("list", "own"):
        if page == "own":
            screen.get_by_role("link", name=str(trained), exact=True).click()
            screen.get_by_role("heading", name="Life").wait_for()
        cells = screen.locator("table.figures td")
        expect(cells).to_have_count(3)
        for cell in cells.all():
            box = cell.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 320


def test_the_way_through_a_version_and_back(screen):
    active = ModelVersion.objects.active()
    screen.locator("#version-list").get_by_role("link", name=str(active)).click()
    expect(screen.get_by_role("heading", name="What trained it")).to_be_visible()
    screen.get_by_role("main").get_by_role("link", name="Model versions").click()
    screen.get_by_role("link", name="change", exact=True).click()
    expect(screen.get_by_role("heading", name="Settings", level=1)).to_be_visible()


def test_promoting_asks_for_a_reason_and_keeps_it(screen):
    active = ModelVersion.objects.active()
    refused = ModelVersion.objects.create(
        taxonomy=active.taxonomy,
        status="rejected",
        reason="It got worse.",
        artifact_sha256="1" * 64,
    )
    screen.reload()
    screen.get_by_role("link", name=f"Promote {refused} anyway").click()
    dialog = screen.get_by_role("dialog")
    expect(dialog).to_contain_text("The gate refused it: It got worse.")
    expect(dialog).to_contain_text("No annotation changes")
    dialog.get_by_role("button", name=f"Promote {refused}").click()
    expect(dialog).to_contain_text("Enter a reason")
    dialog.get_by_label("Reason").fill("The gate counted relabelled grants.")
    dialog.get_by_role("button", name=f"Promote {refused}").click()

    expect(screen.get_by_role("heading", name=f"{refused} is active")).to_be_visible()
    assert ModelVersion.objects.active() == refused
    expect(screen.locator("#version-list")).to_contain_text("The gate counted relabelled grants.")
    expect(screen.get_by_role("link", name=f"Promote {active}")).to_have_count(0)
    screen.get_by_role("link", name=f"Roll back to {active}").click()
    screen.get_by_label("Reason").fill("No, it did not.")
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("heading", name=f"{active} is active")).to_be_visible()
    assert AuditEvent.objects.filter(action="model version promoted").count() == 2


def test_a_dialog_closes_without_a_deed(screen):
    ModelVersion.objects.create(
        taxonomy=Taxonomy.objects.current(), status="retired", artifact_sha256="1" * 64
    )  # later than the active one
    screen.reload()
    for how in ("Escape", "Keep"):
        screen.get_by_role("link", name="Promote").click()
        screen.get_by_role("dialog").wait_for()
        if how == "Escape":
            screen.keyboard.press("Escape")
        else:
            screen.get_by_role("link", name="Keep").click()
        expect(screen.get_by_role("dialog")).to_have_count(0)
    assert ModelVersion.objects.active().is_lexical


def test_the_demonstration_is_removed_after_saying_what_goes(live_server, page, log_in):
    load_demonstration()
    log_in(page, UserFactory())
    page.goto(live_server.url)
    expect(page.get_by_role("link", name="Remove the demonstration")).to_have_count(0)

    log_in(page, AdministratorFactory())
    page.goto(f"{live_server.url}/grants/")
    page.get_by_role("link", name="Remove the demonstration").click()
    expect(page.get_by_role("main")).to_contain_text(f"Categories{Category.objects.count()}")
    page.get_by_role("link", name="Keep the demonstration").click()
    assert Grant.objects.exists()
    page.get_by_role("link", name="Remove the demonstration").click()
    page.get_by_role("button", name="Delete the demonstration").click()

    expect(page.get_by_text("The demonstration is removed")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing to annotate yet")).to_be_visible()
    expect(page.get_by_role("link", name="Remove the demonstration")).to_have_count(0)
    expect(page.get_by_role("contentinfo")).not_to_contain_text("Demonstration")
    assert not Grant.objects.exists()


def test_an_empty_site_leads_an_administrator_to_the_import(live_server, page, log_in):
    log_in(page, AdministratorFactory())
    page.goto(live_server.url)
    page.get_by_role("link", name="Import a taxonomy").click()
    expect(page).to_have_url(f"{live_server.url}/import/?kind=taxonomy")
    log_in(page, UserFactory())
    page.goto(live_server.url)
    expect(page.get_by_text("An administrator has to bring in")).to_be_visible()


def test_coverage_shows_the_thin_first_and_leads_to_the_grants(live_server, page, log_in):
    categories = taxonomy()
    LabelFactory(grant=suggested(categories), category=categories["swim"])
    ModelVersionFactory()
    log_in(page, AdministratorFactory())
    page.goto(f"{live_server.url}/coverage/")
    rows = page.locator("#coverage-table tbody tr")
    expect(rows.last).to_contain_text("Swimming and water safety")
    page.get_by_role("link", name="Examples", exact=True).click()
    expect(rows.first).to_contain_text("Swimming and water safety")
    expect(page.get_by_role("columnheader", name="Examples")).to_have_attribute(
        "aria-sort", "descending"
    )
    page.get_by_label("Find a category").fill("community sport")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name="1 grant of Swimming and water safety or below").click()
    expect(page.get_by_role("link", name="Saltwater welcome")).to_be_visible()
    expect(page.get_by_text("1 grant", exact=True)).to_be_visible()
