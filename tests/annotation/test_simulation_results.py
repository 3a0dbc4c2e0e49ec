""" "Does choosing help?": what the curves of a simulation say, drawn, told, tabled and as files."""

import csv
import io
import json

import pytest

from annotation.models import AuditEvent, SimulatedCurve
from annotation.reports.simulation_costs import Ground, proposal, seconds_of
from annotation.reports.simulations import Verdict, chance_of, verdicts
from tests.annotation.played_simulations import RESULTS, play, requested, words
from tests.factories import AdministratorFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


@pytest.fixture
def browser(client, grace):
    client.force_login(grace)
    return client


def test_what_the_curves_say_is_drawn_told_and_tabled(browser, grace):
    run = play(requested(grace, n_seeds=2))
    answer = browser.get(f"/simulations/{run.pk}/")
    page, html = words(answer), answer.content.decode()
    for said in (
        "The mix a site starts with : not better than drawing by lot on micro-F1, macro-F1, "
        "hierarchical F1 and R@10; 5 % more correction clicks (−1 to 11).",
        "Margin, half by lot : saves labels on micro-F1, macro-F1, hierarchical F1 and R@10; "
        "5 % fewer correction clicks (−1 to 11).",
        "12 % (−9 to 40)", "30 % (20 to 40)", "0.205 ± 0.007", "Categories with 5 examples",
        "Correction clicks so far", "2 runs of each on 120 labelled grants",
    ):  # fmt: skip
        assert said in page
    assert html.count("<polyline") == 6 * 3
    assert html.count("<polygon") == 4 * 3  # counts are the same in both runs: no band
    assert 'aria-label="Micro-F1: By lot 0.405 after 40 labels; ' in html
    assert "style=" not in html


@pytest.mark.parametrize(("over", "last"), [("decisions", "80"), ("clicks", "120")])
def test_curves_lie_over_decisions_or_clicks_as_well(browser, grace, over, last):
    run = play(requested(grace))
    html = browser.get(f"/simulations/{run.pk}/", {"over": over}).content.decode()
    assert f"By lot 0.4 after {last} {over}" in html
    assert (html.count("<figure"), "Correction clicks so far" in html) == (
        (5, False) if over == "clicks" else (6, True)
    )
    odd = browser.get(f"/simulations/{run.pk}/", {"over": "<script>"})
    assert "after 40 labels" in odd.content.decode()


def test_one_run_of_each_is_said_to_tell_nothing(grace):
    rows = [row | {"low": None, "high": None, "n_seeds": 1} for row in RESULTS["savings"]]
    run = play(requested(grace), RESULTS | {"savings": rows})
    assert verdicts(run)[0].words == "one run tells nothing: a gain may be chance"


def test_files_hold_every_point(browser, grace):
    run = play(requested(grace))
    answer = browser.post(f"/simulations/{run.pk}/curves.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert len(rows) == 9
    assert (rows[0]["strategy"], rows[0]["labels"], rows[0]["clicks"]) == ("random", "20", "60")
    answer = browser.post(f"/simulations/{run.pk}/simulation.json")
    found = json.loads(b"".join(answer))
    assert len(found["curves"]) == 9
    assert found["settings"]["strategies"] == ["random", "default", "half_margin"]
    assert found["savings"] == RESULTS["savings"]
    assert "attachment" in answer["Content-Disposition"]
    noted = AuditEvent.objects.filter(actor=grace, action="exported").order_by("pk")
    assert [event.subject for event in noted] == [f"{run} as csv", f"{run} as json"]


def test_the_site_reckons_by_what_its_own_curves_took(grace):
    there = Ground(120, 1)
    before = seconds_of(there, 3, 3)
    run = play(requested(grace))
    SimulatedCurve.objects.filter(simulation=run).update(seconds=before)
    assert seconds_of(there, 3, 3) == pytest.approx(3 * before)


@pytest.mark.parametrize("n", [120, 300, 1_000, 6_000])
def test_what_is_proposed_can_be_played(n):
    found, there = proposal(Ground(n, 3)), Ground(n, 3)
    assert found.start < found.budget <= there.n_pool * 3 / 5 + found.batch
    assert (found.budget - found.start) % found.batch == 0


def test_how_many_savings_would_be_chance_stands_beside_them(browser, grace):
    run = play(requested(grace))
    page = words(browser.get(f"/simulations/{run.pk}/"))
    assert "one comparison in forty looks like a saving by chance alone: of the 8 here" in page
    assert "here about 0.2." in page
    one = [row | {"n_seeds": 1, "low": None} for row in run.results["savings"]]
    assert chance_of([Verdict("default", "", "", one, None)]).n == 0
