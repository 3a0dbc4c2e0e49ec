"""Simulations as workers play them on the site's labels: nothing lost, doubled or peeked at."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from annotation.errors import SimulationRefused
from annotation.models import Grant, Label, SimulatedCurve, SimulationRun
from annotation.reports.query_strategies import BY_LOT, QUERY_STRATEGIES, mix_labels
from annotation.reports.simulations import COSTS, METRICS
from annotation.services import simulated_curves
from annotation.services.rollups import take_out
from annotation.services.simulated_curves import add_point, finish_curve, take_curve
from annotation.services.simulations import Order, request_simulation, stop_simulation
from classifier import simulations, tasks
from classifier.ml.mixes import MIXES
from classifier.ml.querying import STRATEGIES
from classifier.ml.replays import Player
from classifier.ml.savings import COSTS as SAVED
from classifier.ml.savings import NAMES
from classifier.ml.simulation import AT_THE_START
from classifier.simulation_material import material_of, setting_of
from classifier.simulations import play_waiting_curve
from tests.factories import AdministratorFactory, GrantFactory, LabelFactory

pytestmark = pytest.mark.django_db(transaction=True)
FIGURES = ("micro_f1", "macro_f1", "hierarchical_f1", "recall_at_10")


def requested(by=None, **facts):
    order = {
        "strategies": ["random", "default"], "n_seeds": 1, "start": 4, "batch": 4, "budget": 12,
        "n_grants": 24, "n_categories": 3,
    }  # fmt: skip
    return request_simulation(by or AdministratorFactory(), Order(**(order | facts)))


def played_to_the_end(run):
    while play_waiting_curve():
        pass
    run.refresh_from_db()
    return {(c.strategy, c.seed): c.points for c in run.curves.all()}


def die(curve):
    """What is left of a worker that was killed two minutes ago."""
    then = timezone.now() - timedelta(minutes=3)
    SimulatedCurve.objects.filter(pk=curve.pk).update(heartbeat_at=then)


def test_a_simulation_is_played_curve_by_curve(labelled_grants):
    run = requested()
    assert str(play_waiting_curve()) == "random, run 1"
    run.refresh_from_db()
    assert run.status == "running" and run.material and run.n_grants == 24
    curves = played_to_the_end(run)
    assert run.status == "done" and run.ended_at and run.material is None
    for points in curves.values():
        assert [point["labels"] for point in points] == [4, 8, 12]
        assert all(0 <= point[name] <= 1 for point in points for name in FIGURES)
    assert {row["strategy"] for row in run.results["savings"]} == {"default"}
    assert run.results["savings"][0]["words"].startswith("default: ")
    assert run.results["corrections"][0]["words"].endswith("against random.")


def test_a_second_message_finds_nothing_to_do(labelled_grants):
    assert tasks.play_waiting_curve() is False
    run = requested()
    played_to_the_end(run)
    assert play_waiting_curve() is None
    assert tasks.play_waiting_curve() is False


def test_a_killed_worker_loses_no_point_and_the_next_one_goes_on_behind_it(labelled_grants):
    by = AdministratorFactory()
    whole = played_to_the_end(requested(by))
    run = requested(by)
    curve = take_curve(1)
    material = material_of(run.taxonomy)
    simulated_curves.keep_material(curve, material, n_grants=24, n_categories=3, budget=12)
    steps = Player(setting_of(run, material)).play_on(("random", 0), AT_THE_START)
    point, standing = next(steps)
    add_point(curve, point.as_json(), standing.chosen.tolist(), 1.0)
    die(curve)
    assert played_to_the_end(run) == whole
    again = run.curves.get(pk=curve.pk)
    assert again.attempt == 2 and again.stalls == 0
    with pytest.raises(SimulationRefused):  # the dead one wakes up
        add_point(curve, point.as_json(), [], 1.0)


def test_a_curve_makes_room_behind_its_point_and_is_played_on_to_the_same_digit(
    labelled_grants, monkeypatch
):
    by = AdministratorFactory()
    whole = played_to_the_end(requested(by))
    rung = []
    monkeypatch.setattr("annotation.services.doorbell.ring_on_commit", rung.append)
    monkeypatch.setattr(simulations, "PLAYED_AT_ONCE", 0.0)
    run = requested(by)
    turns = []
    while curve := play_waiting_curve():
        turns.append((curve.strategy, SimulatedCurve.objects.get(pk=curve.pk).status))
    run.refresh_from_db()
    assert {(c.strategy, c.seed): c.points for c in run.curves.all()} == whole
    one = ["waiting", "waiting", "done"]  # three points a curve
    assert turns == [(name, status) for name in ("random", "default") for status in one]
    # One message at a time: for the request, for each turn but the last.
    assert len(rung) == len(turns)
    assert run.status == "done" and {c.stalls for c in run.curves.all()} == {0}


def test_three_deaths_without_a_point_between_them_end_it(labelled_grants):
    run = requested()
    for _ in range(3):
        die(take_curve(1))
    assert play_waiting_curve() is None
    run.refresh_from_db()
    assert run.status == "failed"
    assert "died 3 times" in run.error


def test_only_so_many_curves_are_played_at_once(labelled_grants):
    requested()
    assert take_curve(1) and take_curve(1) is None
    assert not simulated_curves.work_waits(1)
    second = take_curve(2)
    assert second.strategy == "default" and take_curve(9) is None


def test_grants_of_the_audit_stream_are_never_read(labelled_grants):
    before = {grant.pk for grant in labelled_grants}
    Grant.objects.filter(pk=labelled_grants[0].pk).update(stream="audit")
    run = requested()
    references = setting_of(run, material_of(run.taxonomy)).pool.references
    assert set(map(int, references)) == before - {labelled_grants[0].pk}


def test_what_is_labelled_while_it_runs_changes_nothing(labelled_grants, categories):
    by = AdministratorFactory()
    whole = played_to_the_end(requested(by))
    run = requested(by)
    play_waiting_curve()
    Label.objects.filter(grant=labelled_grants[3]).update(category=categories["GARDEN"])
    LabelFactory(category=categories["SPORT"], grant=GrantFactory(title="Late", description="x"))
    assert played_to_the_end(run) == whole


@pytest.mark.parametrize("change", ["text", "category", "grant"])
def test_it_says_so_when_what_it_plays_on_is_no_longer_the_same(
    labelled_grants, categories, change
):
    run = requested()
    play_waiting_curve()
    if change == "text":
        Grant.objects.filter(pk=labelled_grants[0].pk).update(title="Another")
    elif change == "category":
        categories["ARTS"].alt_labels = ["Painting"]
        categories["ARTS"].save()
    else:
        Label.objects.filter(grant=labelled_grants[0]).delete()
        take_out([labelled_grants[0].pk])
        labelled_grants[0].delete()
    played_to_the_end(run)
    assert run.status == "stopped"
    assert "since it began. Start another simulation." in run.error
    assert run.results["savings"] == []  # random alone was played, and that stays
    assert len(run.curves.get(strategy="random").points) == 3


def test_too_few_labels_are_told_with_their_number(labelled_grants):
    run = requested(start=19, budget=19)
    played_to_the_end(run)
    assert run.status == "stopped"
    assert run.error.startswith("There are 24 labelled grants.") and "the 19 to start" in run.error


def test_a_budget_beyond_the_labels_is_cut_to_what_they_allow(labelled_grants):
    run = requested(budget=40)
    assert {len(points) for points in played_to_the_end(run).values()} == {4}
    assert run.budget == 16


def test_a_stopped_simulation_stops_at_its_next_point(labelled_grants, monkeypatch):
    by = AdministratorFactory()
    run = requested(by)

    def stop_behind_the_first(curve, *rest):
        add_point(curve, *rest)
        stop_simulation(by, SimulationRun.objects.get(pk=run.pk))

    monkeypatch.setattr(simulations, "add_point", stop_behind_the_first)
    play_waiting_curve()
    run.refresh_from_db()
    assert run.status == "stopped"
    assert len(run.curves.get(strategy="random").points) == 1
    assert play_waiting_curve() is None


def test_an_error_is_kept_with_the_run_that_it_ended(labelled_grants):
    run = requested(strategies=["random", "no such mix"])
    play_waiting_curve()
    with pytest.raises(ValueError, match="no such mix"):
        play_waiting_curve()
    run.refresh_from_db()
    assert run.status == "failed"
    assert run.error.startswith("no such mix, run 1: ")


def test_a_curve_that_was_given_up_cannot_be_finished(labelled_grants):
    requested()
    first = take_curve(1)
    die(first)
    take_curve(1)
    with pytest.raises(SimulationRefused):
        finish_curve(first, dict)


def test_more_labelled_grants_than_can_be_played_are_drawn_by_lot(labelled_grants, monkeypatch):
    monkeypatch.setattr("classifier.simulation_material.MOST_GRANTS", 9)
    run = requested()
    pools = [setting_of(run, material_of(run.taxonomy)).pool for _ in "ab"]
    assert len(pools[0]) == 9
    assert pools[0].references == pools[1].references
    assert np.array_equal(pools[0].y, pools[1].y)


def test_the_pages_name_every_way_of_choosing_as_the_classifier_does():
    own = {s.name: (s.reason, s.source) for s in (BY_LOT, *QUERY_STRATEGIES)}
    assert own == {s.name: (s.reason, s.source) for s in STRATEGIES.values()}
    assert set(mix_labels()) == set(MIXES)
    assert set(METRICS) == set(NAMES) and COSTS == SAVED
