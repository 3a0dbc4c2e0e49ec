"""Kinds of model that shall be compared: what is asked for, and what is refused."""

import pytest

from annotation.models import AuditEvent, BackendComparison, Grant
from annotation.reports import backend_comparisons
from annotation.reports.backend_comparisons import Ground, ground
from annotation.reports.labelled_ground import n_with_answers
from annotation.services.backend_comparisons import stop_backend_comparison
from classifier.backends.options import OPTIONS, Option
from tests.annotation.compared_backends import browser, grace, labels, requested
from tests.annotation.played_simulations import words
from tests.factories import CategoryFactory, GrantFactory, LabelFactory, counted_at_once

__all__ = ["browser", "grace", "labels"]
pytestmark = pytest.mark.django_db
ASKED = {
    "backends": ["sgd", "production"], "texts_a_month": "500", "trainings_a_month": "0",
    "price_an_hour": "0.25",
}  # fmt: skip


def test_too_few_labels_are_told_with_how_many_are_missing(browser):
    LabelFactory()
    page = words(browser.get("/backends/"))
    assert "needs 50 labelled grants to learn from; there is 1, so 49 grants more" in page
    assert "Compare them" not in page
    answer = browser.post("/backends/start/", ASKED)
    assert answer.status_code == 422
    assert "Label 49 more first" in words(answer)
    assert not BackendComparison.objects.exists()


def test_what_is_wanted_first_is_named_before_there_are_labels(browser):
    page = browser.get("/backends/")
    assert "There is no taxonomy yet" in words(page)
    assert "A comparison needs 50 grants" in words(page)
    assert 'href="/import/?kind=taxonomy"' in page.content.decode()
    CategoryFactory()
    assert "There are no grants yet" in words(browser.get("/backends/"))
    GrantFactory()
    page = words(browser.get("/backends/"))
    assert "there are 0, so" in page and "Annotate Import labelled grants" in page


def test_what_it_is_measured_on_is_said_before_it_starts(browser, labels):
    short = LabelFactory(
        category=labels, grant=GrantFactory(stream="audit", quality_flags=["short"])
    )
    assert n_with_answers(9, Grant.Stream.AUDIT) == 1 and short
    page = words(browser.get("/backends/"))
    assert "50 labelled grants to learn from" in page
    assert "The audit stream has 1 of the 50 labelled grants it needs" in page
    with counted_at_once():
        for grant in GrantFactory.create_batch(49, stream="audit"):
            LabelFactory(category=labels, grant=grant)
    assert ground() == Ground(50, 50)
    assert "Measured on the 50 labelled grants of the audit stream" in words(
        browser.get("/backends/")
    )


def test_many_labels_are_counted_no_further_than_anybody_has_to_know(
    browser, labels, monkeypatch, django_assert_max_num_queries
):
    """The comparison draws no more of them, so what a page says may end there."""
    monkeypatch.setattr(backend_comparisons, "MOST_GRANTS", 50)
    monkeypatch.setattr(backend_comparisons, "MOST_AUDIT_COUNTED", 1)
    monkeypatch.setattr(backend_comparisons, "ENOUGH_AUDIT_GRANTS", 1)
    for stream in ("pool", "audit", "audit"):
        LabelFactory(category=labels, grant=GrantFactory(stream=stream))
    with django_assert_max_num_queries(5):
        assert ground() == Ground(50, 1)
    page = words(browser.get("/backends/"))
    assert "50 labelled grants or more to learn from" in page
    assert "Measured on 1 or more labelled grants of the audit stream" in page


def test_every_way_is_offered_and_one_that_cannot_run_here_is_greyed_with_its_sentence(
    browser, labels, monkeypatch
):
    lacks = Option("lacks", dict, lambda: "Install it with <pip>.", "Lacks a library")
    monkeypatch.setitem(OPTIONS, "lacks", lacks)
    html = browser.get("/backends/").content.decode()
    for option in OPTIONS.values():
        assert option.words in html
    assert 'value="production" checked' in html
    assert 'value="lacks" disabled' in html and "Install it with &lt;pip&gt;." in html
    answer = browser.post("/backends/start/", ASKED | {"backends": ["lacks"]})
    assert "lacks cannot be measured here." in words(answer)


def test_starting_writes_a_row_for_each_the_sites_own_first(browser, labels, grace):
    answer = browser.post("/backends/start/", ASKED)
    run = BackendComparison.objects.get()
    assert answer.url == f"/backends/{run.pk}/"
    assert (run.status, run.requested_by) == ("requested", grace)
    assert (run.texts_a_month, run.trainings_a_month, run.price_an_hour) == (500, 0, 0.25)
    assert list(run.backends.values_list("name", flat=True)) == ["production", "sgd"]
    page = words(browser.get(answer.url))
    assert "It waits for a worker" in page and "0 of 2 measured" in page
    assert AuditEvent.objects.filter(action="backend comparison requested", actor=grace).exists()


def test_without_a_price_none_is_stored(browser, labels):
    browser.post("/backends/start/", ASKED | {"price_an_hour": ""})
    assert BackendComparison.objects.get().price_an_hour is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"backends": []}, "Choose one or more."),
        ({"backends": ["<b>"]}, "<b> cannot be measured here."),
        ({"texts_a_month": "-1"}, "Enter a whole number from 0 to 1,000,000,000."),
        ({"texts_a_month": "x\0y"}, "Enter a whole number from 0 to 1,000,000,000."),
        ({"trainings_a_month": "10001"}, "Enter a whole number from 0 to 10,000."),
        ({"price_an_hour": "nan"}, "Enter a number from 0 to 10,000"),
        ({"price_an_hour": "-1"}, "Enter a number from 0 to 10,000"),
        ({"price_an_hour": "dear"}, "Enter a number from 0 to 10,000"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_reason(browser, labels, change, said):
    answer = browser.post("/backends/start/", ASKED | change)
    assert answer.status_code == 422
    assert said in words(answer)
    assert "<b> cannot" not in answer.content.decode()
    assert not BackendComparison.objects.exists()


def test_a_second_one_waits_for_the_end_of_the_first(browser, labels, grace):
    first = requested(grace)
    assert "A comparison is under way." in words(browser.get("/backends/"))
    answer = browser.post("/backends/start/", ASKED)
    assert answer.status_code == 409
    assert "Wait for its end, or stop it." in words(answer)
    stop_backend_comparison(grace, first)
    assert browser.post("/backends/start/", ASKED).status_code == 302
