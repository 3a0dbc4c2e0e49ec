"""Kinds of model compared: progress, what was found, stopping, deleting."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.utils import timezone

from annotation.errors import ComparisonRefused, NotAllowed
from annotation.models import AuditEvent, BackendComparison, Grant, MeasuredBackend
from annotation.reports.backend_comparisons import found_in, progress_of
from annotation.services.backend_comparisons import (
    delete_backend_comparison,
    stop_backend_comparison,
)
from annotation.services.measured_backends import (
    beat,
    end_short,
    fail_backend,
    take_backend,
)
from annotation.services.rollups import recount
from tests.annotation.compared_backends import browser, grace, labels, measure, requested
from tests.annotation.played_simulations import words
from tests.factories import UserFactory

__all__ = ["browser", "grace", "labels"]
pytestmark = pytest.mark.django_db


def test_only_administrators_steer(grace):
    run, annotator = requested(grace), UserFactory()
    for deed in (stop_backend_comparison, delete_backend_comparison):
        with pytest.raises(NotAllowed):
            deed(annotator, run)
    with pytest.raises(NotAllowed):
        requested(annotator)


def test_progress_says_what_is_measured_and_how_long_still(browser, grace):
    run = measure(requested(grace), n=1)
    assert words(browser.get(f"/backends/{run.pk}/")).count("about 40 s left") == 1
    backend = take_backend()
    now = backend.taken_at + timedelta(seconds=5)
    found = progress_of(BackendComparison.objects.get(), now)
    assert (found.n_whole, found.n_over, found.seconds_left) == (1, 1, 35.0)
    assert found.share == pytest.approx(1 / 3)
    late = progress_of(run, now + timedelta(hours=1))
    assert late.seconds_left == 20.0  # of the one that waits
    page = words(browser.get(f"/backends/{run.pk}/"))
    assert "1 of 3 measured. Now: Linear support vector machine ." in page


def test_the_card_brings_figures_only_when_there_is_another_one(browser, grace):
    run = measure(requested(grace), n=1)
    address = f"/backends/{run.pk}/progress/"
    same = browser.get(address, {"was": "running", "over": "1"})
    assert b'id="results"' not in same.content
    turned = browser.get(address, {"was": "running", "over": "0"})
    assert b'id="results" hx-swap-oob="true"' in turned.content
    assert b"every 3s" in turned.content
    measure(run)
    assert b"every 3s" not in browser.get(address, {"was": "running", "over": "1"}).content


def test_the_page_says_what_was_found(browser, grace):
    run = measure(requested(grace))
    page = words(browser.get(f"/backends/{run.pk}/"))
    for said in (
        "Take “The site’s own recipe”.", "It leads on both deciding figures.",
        "120 labelled grants of the pool and measured on 60 grants of the audit stream",
        "3 measured grants have the recipient or the words of a labelled one",
        "−0.100 (−0.150 to −0.050)", "0.400 (0.350 to 0.450)", "Too few: 9 of 10",
        "0.200 (0.150 to 0.250)", "Sport A1 , but Club A2 : 7", "1,234", "34.4", "2,000",
        "1.250", "0.5000", "nothing at all", "10,000 texts and 30 trainings at 0.5",
        "a" * 16,
    ):  # fmt: skip
        assert said in page, said
    html = browser.get(f"/backends/{run.pk}/").content.decode()
    assert html.count('class="dots"') == 5 and "style=" not in html
    assert html.index("5-9") < html.index("50+")


def test_kinds_of_model_are_named_in_words_and_once_as_commands_name_them(browser, grace):
    run = measure(requested(grace))
    report = b"".join(browser.post(f"/backends/{run.pk}/comparison.html"))
    for said in (words(browser.get(f"/backends/{run.pk}/")), words(HttpResponse(report))):
        assert said.count("Linear support vector machine") > 10
        # The one place is the table of what each is; "sgd" is no part of another word.
        assert [said.count(name) for name in ("linear_svm", "sgd")] == [1, 1]


def test_progress_never_says_that_nothing_is_left_before_it_is_over(browser, grace):
    run = measure(requested(grace), n=2)
    backend = take_backend()
    MeasuredBackend.objects.filter(pk=backend.pk).update(
        taken_at=backend.taken_at - timedelta(minutes=5)  # the others took 20 s
    )
    found = progress_of(BackendComparison.objects.get(), timezone.now())
    assert (found.seconds_left, found.is_overdue) == (None, True)
    card = words(browser.get(f"/backends/{run.pk}/progress/", {"was": "running", "over": "2"}))
    assert "67 % the last one takes longer than the others let expect" in card
    assert "left" not in card


def test_only_one_that_is_left_alone_is_called_the_last_one(browser, grace):
    run = measure(requested(grace), n=1)
    MeasuredBackend.objects.filter(status="done").update(seconds=0.01)
    backend = take_backend()
    MeasuredBackend.objects.filter(pk=backend.pk).update(
        taken_at=backend.taken_at - timedelta(minutes=5)
    )
    found = progress_of(BackendComparison.objects.get(), timezone.now())
    assert (found.n_left, found.seconds_left, found.is_overdue) == (2, None, True)
    card = words(browser.get(f"/backends/{run.pk}/progress/", {"was": "running", "over": "1"}))
    assert "33 % the time left cannot be told" in card
    assert "the last one" not in card


def test_the_parts_keep_the_order_in_which_they_were_measured(grace):
    run = measure(requested(grace))
    MeasuredBackend.objects.update(
        row={**run.backends.first().row, "order": {
            "by_level": ["2", "1"], "by_support": ["50+", "5-9"], "by_facet": ["subject"],
        }}
    )  # fmt: skip
    row = found_in(run)["options"][0]
    assert [list(row[part]) for part in ("by_level", "by_support")] == [["2", "1"], ["50+", "5-9"]]


def test_labels_that_came_since_are_told(browser, grace, labels):
    recount(Grant.objects.values_list("pk", flat=True))
    run = measure(requested(grace))
    address = f"/backends/{run.pk}/"
    assert "been labelled since" not in words(browser.get(address))
    BackendComparison.objects.update(n_labelled=48)
    assert "2 grants have been labelled since it began; they are not in these figures." in words(
        browser.get(address)
    )


def test_one_that_failed_is_told_beside_those_that_were_measured(browser, grace):
    run = measure(requested(grace), n=1)
    fail_backend(take_backend(), "The process of <b>linear_svm</b> was ended.")
    measure(run)
    html = browser.get(f"/backends/{run.pk}/").content.decode()
    assert run.status == "done" and "2 of 3 measured" in words(browser.get(f"/backends/{run.pk}/"))
    assert "The process of &lt;b&gt;linear_svm&lt;/b&gt; was ended." in html


def test_where_none_could_be_measured_it_has_failed(browser, grace):
    run = requested(grace, "sgd")
    fail_backend(take_backend(), "No words.")
    page = words(browser.get(f"/backends/{run.pk}/"))
    assert "It failed" in page and "None of the kinds of model could be measured." in page
    assert "It ended before one was measured." in page


def test_one_that_lacks_grants_says_so_and_has_not_failed(browser, grace):
    run = requested(grace)
    end_short(take_backend(), "There are 24 labelled grants. Label more first.")
    page = browser.get(f"/backends/{run.pk}/").content.decode()
    assert "It could not go on" in page and "Label more first." in page
    assert "notice bad" not in page and "failed" not in page


def test_stopping_asks_once_more_and_keeps_what_is_measured(browser, grace):
    run = measure(requested(grace), n=1)
    taken = take_backend()
    address = f"/backends/{run.pk}/stop/"
    assert "What is measured stays" in words(browser.get(address))
    assert browser.post(address).url == f"/backends/{run.pk}/"
    run.refresh_from_db()
    assert (run.status, run.backends.filter(status="done").count()) == ("stopped", 1)
    again = browser.post(address)
    assert again.status_code == 409
    assert "there is nothing to stop" in words(again)
    with pytest.raises(ComparisonRefused):
        beat(taken)
    fail_backend(taken, "too late")
    assert not run.backends.exclude(error="").exists()


def test_deleting_asks_once_more_and_takes_only_one_that_is_over(browser, grace):
    run = requested(grace)
    address = f"/backends/{run.pk}/delete/"
    refused = browser.post(address)
    assert refused.status_code == 409
    assert "Stop it first." in words(refused)
    measure(run)
    assert "Its figures are gone then." in words(browser.get(address))
    assert browser.post(address).url == "/backends/"
    assert not MeasuredBackend.objects.exists()
    assert AuditEvent.objects.filter(action="backend comparison deleted", actor=grace).exists()


def test_the_list_says_what_was_recommended_and_leads_to_older_ones(browser, grace):
    first = measure(requested(grace))
    page = words(browser.get("/backends/"))
    assert "60 grants of the audit stream 3 of 3 The site’s own recipe" in page
    BackendComparison.objects.bulk_create(
        BackendComparison(
            taxonomy=first.taxonomy, requested_by=grace, status="stopped",
            ended_at=timezone.now(), texts_a_month=1, trainings_a_month=1,
        )
        for _ in range(50)
    )  # fmt: skip
    last = BackendComparison.objects.all()[49].pk
    newest, address = browser.get("/backends/").content.decode(), f"/backends/{first.pk}/"
    assert address not in newest and f"/backends/?before={last}#comparisons" in newest
    assert address in browser.get("/backends/", {"before": last}).content.decode()
    for odd in ("x", "9" * 30, "-1"):
        assert address not in browser.get("/backends/", {"before": odd}).content.decode()


@pytest.mark.parametrize("address", ["/backends/", "/backends/{}/", "/backends/{}/progress/"])
def test_a_page_costs_a_bounded_number_of_queries(
    browser, grace, labels, django_assert_max_num_queries, address
):
    run = measure(requested(grace))
    address = address.format(run.pk)
    browser.get(address)  # what every page asks once a session
    with django_assert_max_num_queries(12):
        assert browser.get(address).status_code == 200
