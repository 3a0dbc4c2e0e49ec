"""The card that says from when figures are: asking anew, how far it is, what failed."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from annotation.models import ModelVersion, StoredReport
from annotation.services.stored_reports import (
    fail_report,
    finish_report,
    report_progress,
    request_report,
    take_report,
)
from tests.factories import AdministratorFactory, ModelVersionFactory

pytestmark = pytest.mark.django_db
BODY = {
    "n_grants": 0, "least": 10, "facets": [], "categories": [], "pairs": [],
    **{name: {"n": 0} for name in ("overall", "blind", "assisted", "more_assisted")},
}  # fmt: skip


@pytest.fixture
def admin(client):
    person = AdministratorFactory()
    client.force_login(person)
    return person


@pytest.fixture
def part(client, admin):
    """``part()``: the card as the page asks for it again."""
    return lambda: client.get(reverse("report_progress", args=["agreement"]))


def test_asking_leads_back_to_the_page_and_asks_once(client, admin):
    address = reverse("ask_report", args=["agreement"])
    for _ in range(2):
        assert client.post(address).url == reverse("agreement")
    assert [(r.question, r.requested_by) for r in StoredReport.objects.all()] == [
        ("agreement", admin)
    ]


def test_an_unknown_question_has_no_figures(client, admin):
    for name in ("ask_report", "report_progress"):
        assert client.post(reverse(name, args=["nothing"])).status_code in (404, 405)
        assert client.get(reverse(name, args=["nothing"])).status_code in (404, 405)
    assert not StoredReport.objects.exists()


def test_the_card_from_the_request_to_the_figures(part):
    before = part()
    assert b"Not worked out yet" in before.content and b"Work out now" in before.content
    request_report("agreement")
    assert b"Waiting for a worker" in part().content and "HX-Refresh" not in part()
    version = ModelVersionFactory()
    report = take_report()
    report_progress(report, 0.4, "Agreement by category")
    StoredReport.objects.update(started_at=timezone.now() - timedelta(seconds=120))
    under_way = part().content.decode()
    assert "40 %" in under_way and "Agreement by category" in under_way
    assert "left" in under_way and 'hx-trigger="every 3s"' in under_way
    assert "Work out" not in under_way
    finish_report(report, BODY)
    after = part()
    assert after["HX-Refresh"] == "true"
    assert f"with {version}" in after.content.decode() and b"Work out again" in after.content
    assert b"is active now" not in after.content
    ModelVersion.objects.filter(pk=version.pk).update(status="retired")
    newer = ModelVersion.objects.create(
        taxonomy=version.taxonomy, status="active", artifact_sha256="a" * 64
    )
    told = part().content.decode()
    assert f"{newer} is active now; these figures are of {version}." in told


def test_a_dead_worker_and_a_failure_are_told(part, client):
    request_report("agreement")
    take_report()
    report = take_report()
    report_progress(report, 0.1, "Reading")
    assert b"Attempt 2: the worker before died." in part().content
    fail_report(report, ValueError("<b>no</b> numbers"))
    told = client.get(reverse("agreement")).content.decode()
    assert "could not be worked out anew" in told
    assert "ValueError: &lt;b&gt;no&lt;/b&gt; numbers" in told
