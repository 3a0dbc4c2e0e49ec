""" "Does choosing help?": asking, cost, progress, what the curves say, files, deleting."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.errors import NotAllowed, SimulationRefused
from annotation.models import AuditEvent, SimulatedCurve, SimulationRun
from annotation.reports.simulation_costs import Ground, ground
from annotation.reports.simulations import progress_of
from annotation.services.simulated_curves import add_point, end_short, fail_curve, take_curve
from annotation.services.simulations import delete_simulation, stop_simulation
from tests.annotation.played_simulations import enough_labels, play, point, requested, words
from tests.factories import (
    AdministratorFactory,
    CategoryFactory,
    GrantFactory,
    LabelFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ASKED = {
    "strategies": ["default", "half_margin"], "n_seeds": "2", "start": "20", "batch": "10",
    "budget": "45",
}  # fmt: skip


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


@pytest.fixture
def browser(client, grace):
    client.force_login(grace)
    return client


@pytest.fixture
def labels():
    enough_labels()


def test_too_few_labels_are_told_with_how_many_are_missing(browser):
    LabelFactory()
    page = words(browser.get("/simulations/"))
    assert "needs 120 labelled grants; there is 1, so 119 grants more" in page
    assert "Say what it will cost" not in page
    answer = browser.post("/simulations/start/", ASKED)
    assert answer.status_code == 422
    assert "Label 119 more first" in words(answer)
    assert not SimulationRun.objects.exists()


def test_what_is_wanted_first_is_named_before_there_are_labels(browser):
    page = browser.get("/simulations/")
    assert "There is no taxonomy yet" in words(page)
    assert "A simulation needs 120 grants" in words(page)
    assert 'href="/import/?kind=taxonomy"' in page.content.decode()
    CategoryFactory()
    assert "There are no grants yet" in words(browser.get("/simulations/"))
    GrantFactory()
    page = words(browser.get("/simulations/"))
    assert "there are 0, so" in page and "Annotate Import labelled grants" in page


def test_the_audit_stream_does_not_count(labels):
    assert ground() == Ground(120, 1)


def test_every_way_of_choosing_is_offered_with_reason_and_source(browser, labels):
    page = words(browser.get("/simulations/"))
    for said in (
        "Margin", "A category is close to the probability from which it is ticked.",
        "Tong and Koller 2001", "modAL: maximum loss", "By lot – always",
    ):  # fmt: skip
        assert said in page


def test_what_it_costs_is_said_before_it_starts(browser, labels):
    answer = browser.get("/simulations/start/", ASKED)
    page = words(answer)
    assert "About 30 s on one core" in page
    assert "Runs of each 2, so 6 curves" in page
    assert "20 by lot, then 10 after 10 up to 40: 3 trainings a curve" in page
    assert "With 2 runs of each, chance and gain can hardly be told apart." in page
    assert not SimulationRun.objects.exists()


def test_starting_writes_a_row_for_each_curve_seed_by_seed(browser, labels, grace):
    answer = browser.post("/simulations/start/", ASKED)
    run = SimulationRun.objects.get()
    assert answer.url == f"/simulations/{run.pk}/"
    assert (run.status, run.budget, run.requested_by) == ("requested", 40, grace)
    found = run.curves.order_by("position").values_list("seed", "strategy")
    names = ["random", "default", "half_margin"]
    assert list(found) == [(seed, name) for seed in (0, 1) for name in names]
    assert "It waits for a worker" in words(browser.get(answer.url))
    assert AuditEvent.objects.filter(action="simulation requested", actor=grace).exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"strategies": []}, "Choose one or more."),
        ({"strategies": ["<b>"]}, "There is no way of choosing called <b>."),
        ({"strategies": ["random"]}, "There is no way of choosing called random."),
        ({"n_seeds": "11"}, "Enter a whole number from 1 to 10."),
        ({"start": "x\0y"}, "Enter a whole number from 5 to 5,000."),
        ({"batch": "0"}, "Enter a whole number from 1 to 1,000."),
        ({"budget": "91"}, "A run can choose from about 90 grants"),
        ({"budget": "10"}, "Enter 20 or more"),
        ({"budget": "9" * 30}, "Enter a whole number from 5 to 5,000."),
        (
            {"strategies": ["default", "margin", "coverage", "value", "committee", "macro_gain",
                            "mean_entropy", "stacker_gain", "half_margin"]},
            "9 at once are too many",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_played_is_refused_with_the_reason(browser, labels, change, said):
    for answer in (
        browser.get("/simulations/start/", ASKED | change),
        browser.post("/simulations/start/", ASKED | change),
    ):
        assert answer.status_code == 422
        assert said in words(answer)
        assert "<b>." not in answer.content.decode()
    assert not SimulationRun.objects.exists()


def test_a_second_one_waits_for_the_end_of_the_first(browser, labels, grace):
    first = requested(grace)
    assert "A simulation is under way." in words(browser.get("/simulations/"))
    answer = browser.post("/simulations/start/", ASKED)
    assert answer.status_code == 409
    assert "Wait for its end, or stop it." in words(answer)
    stop_simulation(grace, first)
    assert browser.post("/simulations/start/", ASKED).status_code == 302


def test_only_administrators_steer(grace):
    run, annotator = requested(grace), UserFactory()
    for deed in (stop_simulation, delete_simulation):
        with pytest.raises(NotAllowed):
            deed(annotator, run)
    with pytest.raises(NotAllowed):
        requested(annotator)


def test_progress_says_what_is_played_and_how_long_still(browser, grace):
    run = requested(grace)
    play(run, n=1)
    curve = take_curve(1)
    add_point(curve, point(curve, 20), [], 2.0)
    found = progress_of(SimulationRun.objects.get())
    assert (found.n_whole, found.n_curves, found.seconds_left) == (1, 3, 10.0)
    assert found.share == pytest.approx(4 / 9)
    page = words(browser.get(f"/simulations/{run.pk}/"))
    assert "about 10 s left" in page
    assert "The mix a site starts with, run 1, 1 of 3" in page


def test_the_card_brings_the_curves_only_when_there_is_another_one(browser, grace):
    run = requested(grace)
    play(run, n=1)
    address = f"/simulations/{run.pk}/progress/"
    same = browser.get(address, {"was": "running", "whole": "1"})
    assert b'id="results"' not in same.content
    turned = browser.get(address, {"was": "running", "whole": "0", "over": "clicks"})
    assert b'id="results" hx-swap-oob="true"' in turned.content
    assert b"every 3s" in turned.content
    play(run)
    assert b"every 3s" not in browser.get(address, {"was": "running", "whole": "1"}).content


def test_a_failed_one_says_why_and_keeps_what_was_played(browser, grace):
    run = requested(grace)
    play(run, n=1)
    curve = take_curve(1)
    fail_curve(curve, ValueError("<b>no words</b>"))
    page = browser.get(f"/simulations/{run.pk}/").content.decode()
    assert "It failed" in page and "notice bad" in page
    assert "default, run 1: &lt;b&gt;no words&lt;/b&gt;" in page
    assert "By lot 0.4 after 40 labels" in page


def test_the_card_asks_for_no_figure_of_a_point(browser, grace):
    run = requested(grace)
    play(run, n=1)
    address = f"/simulations/{run.pk}/progress/?was=running&whole=1"
    with CaptureQueriesContext(connection) as asked:
        assert b"1 of 3" in browser.get(address).content
    assert not [query["sql"] for query in asked if '"points"' in query["sql"]]


def test_one_that_lacks_grants_says_so_in_words_and_has_not_failed(browser, grace):
    run = requested(grace)
    end_short(take_curve(1), "There are 24 labelled grants. Start with fewer, or label more.")
    page = browser.get(f"/simulations/{run.pk}/").content.decode()
    assert "It could not go on" in page and "Start with fewer, or label more." in page
    assert "notice bad" not in page and "failed" not in page


def test_while_one_is_under_way_no_label_is_counted(browser, labels, grace):
    requested(grace)
    with CaptureQueriesContext(connection) as asked:
        page = words(browser.get("/simulations/"))
    assert "A simulation is under way." in page and "Say what it will cost" not in page
    assert not [query["sql"] for query in asked if "annotation_label" in query["sql"]]


def test_stopping_asks_once_more_and_keeps_whole_curves(browser, grace):
    run = requested(grace)
    play(run, n=1)
    address = f"/simulations/{run.pk}/stop/"
    assert "Curves that are whole stay" in words(browser.get(address))
    assert browser.post(address).url == f"/simulations/{run.pk}/"
    run.refresh_from_db()
    assert (run.status, run.curves.filter(status="done").count()) == ("stopped", 1)
    again = browser.post(address)
    assert again.status_code == 409
    assert "there is nothing to stop" in words(again)
    with pytest.raises(SimulationRefused):
        add_point(SimulatedCurve.objects.filter(status="waiting").first(), {}, [], 1.0)


def test_deleting_asks_once_more_and_takes_only_one_that_is_over(browser, grace):
    run = requested(grace)
    address = f"/simulations/{run.pk}/delete/"
    refused = browser.post(address)
    assert refused.status_code == 409
    assert "Stop it first." in words(refused)
    play(run)
    assert "Its curves and what they say are gone then." in words(browser.get(address))
    assert browser.post(address).url == "/simulations/"
    assert not SimulatedCurve.objects.exists()
    assert AuditEvent.objects.filter(action="simulation deleted", actor=grace).exists()


def test_the_list_names_what_was_compared(browser, grace):
    play(requested(grace))
    page = words(browser.get("/simulations/"))
    assert "The mix a site starts with; Margin, half by lot" in page
    assert "3 of 3" in page and "20 to 40" in page


def test_older_ones_are_reached_by_pages_and_odd_addresses_show_the_newest(browser, grace):
    first = play(requested(grace))
    SimulationRun.objects.bulk_create(
        SimulationRun(
            taxonomy=first.taxonomy, requested_by=grace, status="done", ended_at=first.ended_at,
            strategies=["random"], n_seeds=1, start=5, batch=5, budget=5, n_grants=120,
            n_categories=1,
        )
        for _ in range(50)
    )  # fmt: skip
    last = SimulationRun.objects.all()[49].pk
    newest, address = browser.get("/simulations/").content.decode(), f"/simulations/{first.pk}/"
    assert address not in newest and f"/simulations/?before={last}#simulations" in newest
    older = browser.get("/simulations/", {"before": last}).content.decode()
    assert address in older and "Newest" in older and ">Older<" not in older
    for odd in ("x", "9" * 30, "-1"):
        same = browser.get("/simulations/", {"before": odd}).content.decode()
        assert address not in same and f"/simulations/{last}/" in same
