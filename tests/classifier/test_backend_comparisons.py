"""Ways to train compared by a worker on the site's labels: each once, on the same grants."""

import json
import os
import subprocess
import sys
import threading
from datetime import timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from django.utils import timezone

from annotation.errors import ComparisonRefused
from annotation.models import Grant, Label, MeasuredBackend
from annotation.reports.backend_comparisons import (
    ENOUGH_AUDIT_GRANTS,
    LEAST_GRANTS,
    found_in,
    n_labelled_since,
)
from annotation.reports.ways_to_train import ways_to_train
from annotation.services.backend_comparisons import (
    Order,
    request_backend_comparison,
    stop_backend_comparison,
)
from annotation.services.measured_backends import take_backend, work_waits
from annotation.services.rollups import take_out
from classifier import measuring, tasks
from classifier.backend_comparisons import measure_waiting_backend
from classifier.backends import apart
from classifier.backends.apart import TrialFailed, measured_apart
from classifier.backends.options import OPTIONS, Option
from classifier.backends.trials import NAMES, Setting, TrialLost, measured
from classifier.dataset import background, categories_of, corpus_of, training_set
from classifier.ml.holdout import LabelledTexts
from classifier.ml.preferring import prefer
from classifier.ml.text import Corpus
from classifier.ways_to_train import NOT_HERE
from tests.classifier.conftest import WORDS, text_about
from tests.conftest import ROOT
from tests.factories import AdministratorFactory, GrantFactory, LabelFactory

pytestmark = pytest.mark.django_db(transaction=True)
CHEAP, OTHER = "complement_naive_bayes", "nearest_neighbours"


@pytest.fixture
def grants(categories):
    """As many labelled ones as are needed, and one more without a label."""
    found = labelled(categories, LEAST_GRANTS)
    GrantFactory(title="Nobody has read it", description="compost and football")
    return found


@pytest.fixture
def quickly(monkeypatch):
    """Measured all the same, without the seconds that a process of its own takes to begin."""
    monkeypatch.setattr(
        "classifier.backend_comparisons.measured_apart",
        lambda setting, name, is_wanted: measured(setting, name),
    )


def labelled(categories, n, **facts):
    codes = [list(WORDS)[at % len(WORDS)] for at in range(n)]
    return [
        LabelFactory(
            category=categories[code],
            grant=GrantFactory(title=f"{at}", description=text_about(code, at), **facts),
        ).grant
        for at, code in enumerate(codes)
    ]


def requested(*names, by=None, **facts):
    order = Order(names or (CHEAP, OTHER), 10_000, 30, **facts)
    return request_backend_comparison(by or AdministratorFactory(), order)


def measured_to_the_end(run):
    while measure_waiting_backend():
        pass
    run.refresh_from_db()
    return {each.name: each for each in run.backends.all()}


def die(backend):
    """What is left of a worker that was killed two minutes ago."""
    then = timezone.now() - timedelta(minutes=3)
    MeasuredBackend.objects.filter(pk=backend.pk).update(heartbeat_at=then)


def without_costs(row):
    return {name: value for name, value in row.items() if name not in ("costs", "order")}


def test_each_is_measured_in_turn_and_the_figures_are_those_of_the_same_texts(grants):
    run = requested(price_an_hour=0.5)
    assert str(measure_waiting_backend()) == CHEAP
    run.refresh_from_db()
    assert (run.status, run.held_out) == ("running", "folds")
    assert (run.n_train, run.n_measured, run.n_categories) == (LEAST_GRANTS, LEAST_GRANTS, 3)
    assert [row["name"] for row in found_in(run)["options"]] == [CHEAP]
    backends = measured_to_the_end(run)
    assert run.status == "done" and run.ended_at and run.material is None
    assert {each.status for each in backends.values()} == {"done"}
    assert all(each.seconds > 0 and each.attempt == 1 for each in backends.values())

    # The second way: the rows of the training set, measured in this process.
    rows = training_set(categories_of(run.taxonomy))
    references = [str(pk) for pk in rows.grant_ids]
    train = LabelledTexts(references, rows.corpus, rows.y, rows.known)
    more = corpus_of(Grant.objects.filter(title="Nobody has read it"))
    assert len(more) + len(train) == len(background())
    setting = Setting(categories_of(run.taxonomy).texts, train, None, more, None, 0, "pooled", True)
    found = found_in(run, is_whole=True)
    for row in found["options"]:
        alone = measured(setting, row["name"])
        assert without_costs(row) == without_costs(
            json.loads(json.dumps(alone.row)) | {"month": row["month"]}
        )
        assert found["replicates"][row["name"]] == alone.replicates
        costs = row["costs"]
        seconds = 10_000 / costs["batch_texts_per_cpu_second"] + 30 * costs["fit_cpu_seconds"]
        hours = seconds / 3600
        assert row["month"]["hours_a_month"] == pytest.approx(hours)
        assert row["month"]["price_a_month"] == pytest.approx(hours / 2)
    advice = prefer(found["replicates"], "production", LEAST_GRANTS)
    assert found["recommendation"] == json.loads(json.dumps(advice.as_json()))


def test_the_audit_stream_measures_where_it_is_big_enough_and_teaches_nothing(
    grants, categories, quickly
):
    labelled(categories, ENOUGH_AUDIT_GRANTS - 1, stream="audit")
    run = requested(CHEAP)
    measured_to_the_end(run)
    assert (run.held_out, run.n_train, run.n_measured) == ("folds", LEAST_GRANTS, LEAST_GRANTS)
    labelled(categories, 1, stream="audit")
    run = requested(CHEAP)
    row = measured_to_the_end(run)[CHEAP].row
    assert (run.held_out, run.n_train, run.n_measured) == ("audit", LEAST_GRANTS, 50)
    assert (row["n_measured"], row["n_labelled"], row["n_background"]) == (50, 50, 51)
    assert found_in(run)["settings"]["test"] == ["its audit stream"]
    assert measuring.ENOUGH_AUDIT_GRANTS == ENOUGH_AUDIT_GRANTS


def test_too_few_labels_are_told_with_their_number(labelled_grants):
    run = requested()
    measured_to_the_end(run)
    assert run.status == "stopped"
    assert run.error.startswith("There are 24 labelled grants to learn from, and 50 are needed.")


def test_a_killed_worker_begins_its_option_anew_and_loses_no_other(grants, quickly):
    run = requested()
    measure_waiting_backend()
    first = run.backends.get(name=CHEAP)
    lost = take_backend()
    assert lost.name == OTHER and not work_waits() and take_backend() is None
    die(lost)
    assert work_waits()
    backends = measured_to_the_end(run)
    assert run.status == "done"
    assert (backends[CHEAP].row, backends[CHEAP].attempt) == (first.row, 1)
    assert (backends[OTHER].status, backends[OTHER].attempt) == ("done", 2)


def test_three_deaths_over_one_option_end_it_and_the_next_is_measured(grants, quickly):
    run = requested()
    for _ in range(3):
        die(take_backend())
    backends = measured_to_the_end(run)
    assert (backends[CHEAP].status, backends[OTHER].status) == ("failed", "done")
    assert backends[CHEAP].error.startswith("Its worker died 3 times.")
    assert run.status == "done"


def test_a_worker_that_was_given_up_writes_nothing(grants, monkeypatch):
    run = requested(CHEAP)

    def given_up_meanwhile(setting, name, is_wanted):
        found = measured(setting, name)
        backend = run.backends.get()
        die(backend)
        assert take_backend().attempt == 2
        return found

    monkeypatch.setattr("classifier.backend_comparisons.measured_apart", given_up_meanwhile)
    measure_waiting_backend()
    again = run.backends.get()
    assert (again.status, again.row, again.attempt) == ("measuring", {}, 2)


def test_a_stopped_comparison_ends_the_process_that_measures(grants, monkeypatch):
    by = AdministratorFactory()
    run = requested(by=by)
    measure_waiting_backend()
    monkeypatch.setattr("classifier.heartbeat.INTERVAL", 0.05)
    monkeypatch.setattr("classifier.backends.apart.LOOKS", 0.05)
    began = threading.Event()

    def stopped_at_once(setting, name, is_wanted):
        stop_backend_comparison(by, run)
        began.set()
        return measured_apart(setting, name, is_wanted)

    monkeypatch.setattr("classifier.backend_comparisons.measured_apart", stopped_at_once)
    measure_waiting_backend()
    run.refresh_from_db()
    assert began.is_set() and run.status == "stopped" and run.material is None
    assert run.backends.get(name=CHEAP).status == "done"
    assert run.backends.get(name=OTHER).row == {}
    assert measure_waiting_backend() is None and not work_waits()
    with pytest.raises(ComparisonRefused):
        stop_backend_comparison(by, run)


def test_what_is_labelled_while_it_runs_changes_no_figure_and_is_told(grants, categories, quickly):
    run = requested()
    measure_waiting_backend()
    Label.objects.filter(grant=grants[0]).update(category=categories["GARDEN"])
    labelled(categories, 2)
    run.refresh_from_db()
    assert n_labelled_since(run) == 2
    rows = [each.row for each in measured_to_the_end(run).values()]
    assert {row["n_measured"] for row in rows} == {LEAST_GRANTS}
    assert len({row["n_background"] for row in rows}) == 1


@pytest.mark.parametrize("change", ["text", "category", "grant"])
def test_it_says_so_when_its_grants_are_no_longer_the_same(grants, categories, quickly, change):
    run = requested()
    measure_waiting_backend()
    if change == "text":
        Grant.objects.filter(pk=grants[0].pk).update(title="Another")
    elif change == "category":
        categories["ARTS"].alt_labels = ["Painting"]
        categories["ARTS"].save()
    else:
        Label.objects.filter(grant=grants[0]).delete()
        take_out([grants[0].pk])
        grants[0].delete()
    backends = measured_to_the_end(run)
    assert run.status == "stopped"
    assert "since it began. Start another comparison." in run.error
    assert backends[CHEAP].status == "done" and backends[OTHER].status != "done"
    assert [row["name"] for row in found_in(run)["options"]] == [CHEAP]


def test_one_that_cannot_be_measured_says_why_and_the_others_go_on(grants, quickly):
    run = requested("no_such_way", CHEAP)
    backends = measured_to_the_end(run)
    assert "There is no backend 'no_such_way'." in backends["no_such_way"].error
    assert (run.status, backends[CHEAP].status) == ("done", "done")
    alone = requested("no_such_way")
    measured_to_the_end(alone)
    assert (alone.status, alone.error) == (
        "failed", "None of the ways to train could be measured.",
    )  # fmt: skip


def tiny():
    nothing = np.zeros((1, 0), dtype=np.int64)
    texts = LabelledTexts(["1"], Corpus(["x"], [""], [""]), nothing, nothing.astype(bool))
    return Setting([], texts, None, Corpus([], [], []), None, 0, "pooled", True)


def test_an_error_in_the_process_comes_back_with_its_kind():
    with pytest.raises(TrialFailed, match=r"^\w+Error: "):
        measured_apart(tiny(), CHEAP, lambda: True)


def end_at_once(pipe, setting, name):
    os._exit(1)


def test_a_process_that_is_ended_from_outside_is_told(monkeypatch):
    monkeypatch.setattr(apart, "_measure", end_at_once)
    with pytest.raises(TrialLost, match=CHEAP):
        measured_apart(tiny(), CHEAP, lambda: True)


def test_a_second_message_finds_nothing_to_do(grants, quickly):
    assert tasks.measure_waiting_backend() is False
    run = requested(CHEAP)
    measured_to_the_end(run)
    assert measure_waiting_backend() is None
    assert tasks.measure_waiting_backend() is False


def test_the_command_measures_one_in_a_process_of_its_own(grants, process_environment):
    run = requested(CHEAP)
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "measure_waiting_backend"],
        env=process_environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{CHEAP}: comparison of backends {run.pk}.\n"
    assert grants[0].description not in done.stderr
    run.refresh_from_db()
    assert run.status == "done"
    out = StringIO()
    call_command("measure_waiting_backend", stdout=out)
    assert out.getvalue() == "None waits.\n"


def test_the_pages_offer_every_option_and_grey_out_what_is_not_measured_here(monkeypatch):
    assert [way.name for way in ways_to_train()] == list(OPTIONS)
    assert {way.name for way in ways_to_train() if not way.wants} <= set(NAMES)
    aside = Option("sagemaker_x", dict, lambda: "", "In SageMaker")
    lacks = Option("lacks", dict, lambda: "Install it.", "Lacks a library")
    monkeypatch.setitem(OPTIONS, aside.name, aside)
    monkeypatch.setitem(OPTIONS, lacks.name, lacks)
    assert [way.wants for way in ways_to_train()[-2:]] == [NOT_HERE, "Install it."]
