"""Kinds of model compared by a worker on the site's labels: each once, on the same grants."""

import json
import subprocess
import sys
import threading
from io import StringIO

import pytest
from django.core.management import call_command

from annotation.errors import ComparisonRefused
from annotation.models import Grant
from annotation.reports.backend_comparisons import (
    LEAST_GRANTS,
    NOT_HERE,
    found_in,
    measurable_backends,
)
from annotation.services.backend_comparisons import stop_backend_comparison
from annotation.services.measured_backends import take_backend, work_waits
from classifier import tasks
from classifier.backend_comparisons import measure_waiting_backend
from classifier.backends.apart import measured_apart
from classifier.backends.options import OPTIONS, Option
from classifier.backends.trials import NAMES, Setting, measured
from classifier.comparison import WORDS
from classifier.dataset import background, categories_of, corpus_of, training_set
from classifier.ml.holdout import LabelledTexts
from classifier.ml.preferring import prefer
from tests.classifier.comparing_backends import (
    CHEAP,
    OTHER,
    die,
    grants,
    measured_to_the_end,
    quickly,
    requested,
)
from tests.conftest import ROOT
from tests.factories import AdministratorFactory

__all__ = ["grants", "quickly"]
pytestmark = pytest.mark.django_db(transaction=True)


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
    advice = prefer(found["replicates"], "production", LEAST_GRANTS, WORDS)
    assert found["recommendation"] == json.loads(json.dumps(advice.as_json()))


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


def test_one_that_cannot_be_measured_says_why_and_the_others_go_on(grants, quickly):
    run = requested("no_such_way", CHEAP)
    backends = measured_to_the_end(run)
    assert "There is no backend 'no_such_way'." in backends["no_such_way"].error
    assert (run.status, backends[CHEAP].status) == ("done", "done")
    alone = requested("no_such_way")
    measured_to_the_end(alone)
    assert (alone.status, alone.error) == (
        "failed", "None of the kinds of model could be measured.",
    )  # fmt: skip


def test_an_error_nobody_thought_of_stands_in_the_row_and_not_in_the_log(
    grants, monkeypatch, capfd, caplog
):
    def broken(setting, name, is_wanted):
        if name == OTHER:
            return measured(setting, name)
        raise ValueError(setting.train.corpus.texts[0])

    monkeypatch.setattr("classifier.backend_comparisons.measured_apart", broken)
    run = requested()
    call_command("measure_waiting_backend", stdout=StringIO())
    backends = measured_to_the_end(run)
    assert (backends[CHEAP].status, backends[OTHER].status) == ("failed", "done")
    assert backends[CHEAP].error == f"ValueError: {corpus_of([grants[0]]).texts[0]}"
    assert f"{CHEAP} of {run} failed: ValueError" in caplog.text
    assert all(grants[0].description not in said for said in (caplog.text, *capfd.readouterr()))


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
    assert [way.name for way in measurable_backends()] == list(OPTIONS)
    assert {way.name for way in measurable_backends() if not way.wants} <= set(NAMES)
    aside = Option("sagemaker_x", dict, lambda: "", "In SageMaker")
    lacks = Option("lacks", dict, lambda: "Install it.", "Lacks a library")
    monkeypatch.setitem(OPTIONS, aside.name, aside)
    monkeypatch.setitem(OPTIONS, lacks.name, lacks)
    assert [way.wants for way in measurable_backends()[-2:]] == [NOT_HERE, "Install it."]
