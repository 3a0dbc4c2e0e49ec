"""The product in one walk: first sign-in, ten grants by keyboard, a retraining, a new order.

Real browser, real web server, real broker and worker; the demonstration as a newcomer gets it.
"""

import pytest
from playwright.sync_api import expect

from annotation.models import Annotation, Grant, ModelVersion, QueueItem, Suggestion
from annotation.services.demonstration import load_demonstration
from annotation.services.people import create_first_administrator
from tests.conftest import wait_until
from tests.e2e.world import Watch, until_readable
from tests.patience import patience

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.worker,
    pytest.mark.django_db(transaction=True),
]
Status = ModelVersion.Status
OWN_PASSWORD = "salt water and long walks"


def trained():
    return ModelVersion.objects.filter(kind="trained")


def all_read_by_the_active_version():
    active = ModelVersion.objects.active()
    return active and not Grant.objects.not_scored_by(active).exists()


def sign_in(page, address, username, password):
    page.goto(address)
    page.get_by_label("Name", exact=True).fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Choose your own password").wait_for()
    page.keyboard.type(OWN_PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type(OWN_PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Skip the tour").click()
    page.locator("#workspace").wait_for()


def annotate_by_keyboard(page):
    """Save what is ticked; where a facet has nothing, say that none fits."""
    reference = page.locator("#workspace").get_attribute("data-grant")
    is_blind = page.locator(".why", has_text="without suggestions").count() > 0
    page.keyboard.press("ArrowLeft")  # the first suggestion may stand in the second facet
    for facet in page.locator(".facet").all():
        if not facet.locator('[aria-checked="true"]').count():
            page.keyboard.press("n")
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    if is_blind:  # what the model says is shown afterwards, and changes nothing here
        page.get_by_role("button", name="Keep this and go on").wait_for()
        until_readable(page)
        page.keyboard.press("Enter")
    expect(page.locator("#workspace")).not_to_have_attribute("data-grant", reference)
    until_readable(page)


def test_the_loop_runs_from_first_sign_in_to_a_reordered_queue(live_server, page, start_worker):
    worker = start_worker(concurrency=2)
    load_demonstration()
    wait_until(lambda: trained().exclude(finished_at=None).exists(), 60, worker.log.read_text)
    wait_until(all_read_by_the_active_version, 30, worker.log.read_text)
    first = trained().get()
    watch = Watch(page, live_server.url)

    sign_in(page, live_server.url, *create_first_administrator())
    until_readable(page)
    for _ in range(10):
        annotate_by_keyboard(page)
    # The last one may be on its way still.
    wait_until(lambda: Annotation.objects.count() == 10, 10)
    before = list(QueueItem.objects.open().order_by("-priority").values_list("pk", flat=True))

    page.get_by_role("link", name="Versions").first.click()
    page.get_by_role("button", name="Retrain now").click()
    wait_until(lambda: trained().exclude(pk=first.pk).exists(), 10)
    second = trained().exclude(pk=first.pk).get()
    wait_until(
        lambda: ModelVersion.objects.get(pk=second.pk).status in (Status.ACTIVE, Status.REJECTED),
        90,
        worker.log.read_text,
    )
    wait_until(all_read_by_the_active_version, 30, worker.log.read_text)
    expect(page.locator("#version-list")).to_contain_text(f"{second}", timeout=patience(10) * 1000)

    second.refresh_from_db()
    assert second.n_training_grants > first.n_training_grants
    assert second.reason
    # The page tells what the gate said without being loaded again.
    word = "Active" if second.status == Status.ACTIVE else "Refused"
    expect(page.locator("#version-list li").first).to_contain_text(
        word, timeout=patience(10) * 1000
    )
    if second.status == Status.REJECTED:
        promote_by_hand(page, second)
        wait_until(all_read_by_the_active_version, 30, worker.log.read_text)
    after = QueueItem.objects.open().order_by("-priority")
    read = Suggestion.objects.of_last_readers().values_list("model_version", flat=True)
    assert set(read) == {second.pk}
    # Of the version before only what somebody saw is kept.
    kept = Suggestion.objects.exclude(model_version=second).values_list("grant", flat=True)
    opened = QueueItem.objects.exclude(shown_version=None).values_list("grant", flat=True)
    assert set(kept) <= {*Annotation.objects.values_list("grant", flat=True), *opened}
    assert len(after) == len(before)
    assert {"random", "least_confident", "coverage"} >= set(
        after.exclude(stream="audit").values_list("stream", flat=True)
    )
    assert all(item.reason for item in after.exclude(stream="audit"))
    assert watch.faults == []


def promote_by_hand(page, version):
    page.get_by_role("link", name=f"Promote {version} anyway").click()
    page.get_by_label("Reason").fill("To see it at work")
    page.get_by_role("dialog").get_by_role("button", name=f"Promote {version}").click()
    expect(page.locator("#version-list li").first).to_contain_text(
        "Active", timeout=patience(10) * 1000
    )
