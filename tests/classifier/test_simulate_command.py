"""``manage.py simulate``: exact numbers of labels, the same bytes in any way, clear words."""

import csv
import gzip
import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from classifier.ml.mixes import MIXES
from tests.classifier.demonstration_files import TAXONOMY, Grants

ROOT = Path(__file__).resolve().parent.parent.parent
CURVE = {
    "strategy", "seed", "labels", "micro_f1", "macro_f1", "hierarchical_f1", "recall_at_10",
    "clicks",
}  # fmt: skip
SAVING = {"strategy", "metric", "saving", "low", "high"}
SMALL = ("--start", "10", "--batch", "10", "--budget", "30", "--seeds", "2")
PLAIN = ("--model", "plain")
NEEDY = {f"{half}{name}": need
         for name, need in (("committee", "members"), ("stacker_gain", "reach"))
         for half in ("", "half_")}  # fmt: skip
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The demonstration's labelled grants: a pool of 70, a test of 30, and its taxonomy."""
    folder = tmp_path_factory.mktemp("files")
    grants = Grants()
    labelled, text = grants.labelled, grants.file
    (folder / "pool.csv").write_bytes(text(labelled[:70]))
    (folder / "test.csv.gz").write_bytes(gzip.compress(text(labelled[70:100])))
    (folder / "blank.csv").write_bytes(grants.with_categories(labelled[70:75], ""))
    (folder / "strange.csv").write_bytes(grants.with_categories(labelled[:3], "NONE-SUCH"))
    (folder / "taxonomy.csv").write_bytes(TAXONOMY.read_bytes())
    return folder


def words_of(files, *words, test=True):
    named = ["--taxonomy", files / "taxonomy.csv", "--labelled", files / "pool.csv"]
    named += ["--test", files / "test.csv.gz"] if test else []
    return [str(word) for word in (*named, *SMALL, *words)]


@pytest.fixture
def run(files):
    def run(*words, test=True):
        out, said = StringIO(), StringIO()
        call_command("simulate", *words_of(files, *words, test=test), stdout=out, stderr=said)
        return out.getvalue(), said.getvalue()

    return run


@pytest.fixture(scope="module")
def whole(files, tmp_path_factory):
    """What one undisturbed call writes, with the model that learns quickest."""
    out = tmp_path_factory.mktemp("whole") / "out.json"
    words = words_of(files, "--json", out, *PLAIN)
    call_command("simulate", *words, stdout=StringIO(), stderr=StringIO())
    return out.read_bytes()


def test_the_file_has_the_curves_and_the_savings(run, tmp_path):
    run("--json", tmp_path / "out.json")
    found = json.loads((tmp_path / "out.json").read_text())
    assert all(set(row) >= CURVE for row in found["curves"])
    assert [(row["strategy"], row["seed"], row["labels"]) for row in found["curves"]] == [
        (name, seed, labels)
        for seed in (0, 1)
        for name in ("random", "default")
        for labels in (10, 20, 30)
    ]
    assert all(set(row) >= SAVING for row in found["savings"])
    assert {(row["strategy"], row["metric"]) for row in found["savings"]} == {
        ("default", metric)
        for metric in ("micro_f1", "macro_f1", "hierarchical_f1", "recall_at_10")
    }
    for key in ("savings_in_decisions", "savings_in_clicks"):
        assert {row["cost"] for row in found[key]} == {key.removeprefix("savings_in_")}


def test_what_is_said_has_a_line_for_each_strategy_and_a_sentence_for_each_metric(run):
    said, progress = run("--strategies", "random,half_margin", *PLAIN)
    assert "30 labels" in said
    for metric in ("micro-F1", "macro-F1", "hierarchical F1", "R@10"):
        assert f"random on {metric}" in said or f"of the labels on {metric}" in said
    assert "correction clicks against random" in said
    assert "half_margin, run 2: 100% done" in progress


def test_without_random_nothing_is_claimed(run):
    said, _ = run("--strategies", "default", "--seeds", "1", "--budget", "10", *PLAIN)
    assert "Name random too" in said and "not better" not in said


def test_several_processes_give_the_same_bytes(run, whole, tmp_path):
    run("--json", tmp_path / "out.json", "--processes", "2", *PLAIN)
    assert (tmp_path / "out.json").read_bytes() == whole


def test_a_simulation_that_was_killed_goes_on_to_the_same_bytes(files, run, whole, tmp_path):
    out = tmp_path / "out.json"
    command = [sys.executable, "manage.py", "simulate", *words_of(files, "--json", out, *PLAIN)]
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        until = time.monotonic() + 120
        while not out.exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert 6 <= 2 * len(json.loads(out.read_text())["curves"]) <= 24
    run("--json", out, *PLAIN)
    assert out.read_bytes() == whole


def test_what_is_done_is_not_played_again_and_may_be_added_to(run, whole, tmp_path):
    out = tmp_path / "out.json"
    out.write_bytes(whole)
    _, progress = run("--json", out, *PLAIN)
    assert "run" not in progress and out.read_bytes() == whole
    _, progress = run("--json", out, "--strategies", "random,coverage", *PLAIN)
    assert "coverage, run 1" in progress and "random, run" not in progress
    names = {row["strategy"] for row in json.loads(out.read_text())["curves"]}
    assert names == {"random", "default", "coverage"}


def test_without_a_test_file_each_run_measures_on_another_quarter(run, tmp_path):
    run("--json", tmp_path / "out.json", "--strategies", "random", *PLAIN, test=False)
    curves = json.loads((tmp_path / "out.json").read_text())["curves"]
    assert [row["labels"] for row in curves] == [10, 20, 30] * 2
    assert len({row["recall_at_10"] for row in curves}) > 1


def test_a_budget_between_two_batches_is_told(run, tmp_path):
    out = tmp_path / "out.json"
    said = run("--budget", "27", "--seeds", "1", "--strategies", "random", "--json", out, *PLAIN)[1]
    assert "--budget 27: measured up to 20, which is --start 10 and whole batches of 10" in said
    assert [row["labels"] for row in json.loads(out.read_text())["curves"]] == [10, 20]


def test_the_curves_are_drawn_for_those_who_see_and_those_who_hear(run, tmp_path):
    run("--plot", tmp_path / "out.svg", "--seeds", "1", *PLAIN)
    root = ET.parse(tmp_path / "out.svg").getroot()  # noqa: S314 - written a line above
    named = {root.find(f"{SVG}{tag}").get("id"): root.find(f"{SVG}{tag}").text
             for tag in ("title", "desc")}  # fmt: skip
    assert root.get("role") == "img"
    assert root.get("aria-labelledby").split() == list(named)
    title, told = named.values()
    assert title == "micro-F1, macro-F1, hierarchical F1, R@10 by labels"
    assert told.count("default") == told.count("at 30 labels, default") == 4
    assert len(root.findall(f".//{SVG}polyline")) == 8


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--strategies", "random,best"], r"no strategy 'best'.*half_coverage"),
        (["--strategies", " , "], "--strategies names none"),
        (["--start", "71", "--budget", "80"], "--start 71 is more than the 70 grants of the pool"),
        (["--start", "0"], "--start 0 is too few: give 1 or more"),
        (["--batch", "0"], "--batch 0 is too few"),
        (["--seeds", "0"], "--seeds 0 is too few"),
        *(
            (["--strategies", f"random,{name}", *PLAIN], f"strategy {name} needs {need}.*plain")
            for name, need in NEEDY.items()
        ),
        (["--budget", "9"], "--budget 9 is too few: give 10 or more"),
        (["--processes", "0"], "--processes 0 is too few"),
        (["--processes", "65"], "--processes 65 is too many"),
        (["--json", "/no/such/folder/a.json"], "there is no folder /no/such/folder"),
        (["--plot", "/no/such/folder/a.svg"], "there is no folder /no/such/folder"),
        (["--labelled", "{}/gone.csv"], "gone.csv"),
        (["--taxonomy", "{}/gone.csv"], "gone.csv"),
        (["--test", "{}/gone.csv"], "gone.csv"),
        (["--labelled", "{}/strange.csv"], "'NONE-SUCH' is no category of the taxonomy"),
        (["--labelled", "{}/blank.csv"], "blank.csv has 0 grants with categories.*to choose from"),
        (["--test", "{}/blank.csv"], "blank.csv has 0 grants with categories.*to measure on"),
    ],
)
def test_what_cannot_be_simulated_is_told(files, run, words, said):
    with pytest.raises(CommandError, match=said):
        run(*(word.format(files) for word in words))


def test_every_strategy_but_the_needy_is_played_with_the_plain_model(run):
    names = [name for name in MIXES if name not in NEEDY]
    told, _ = run("--strategies", ",".join(names), "--seeds", "1", "--budget", "20", *PLAIN)
    assert [line.split()[0] for line in told.splitlines()[1 : len(names) + 1]] == names


def test_a_file_about_something_else_is_neither_read_nor_overwritten(run, whole, tmp_path):
    out = tmp_path / "out.json"
    out.write_bytes(whole)
    with pytest.raises(CommandError, match=r"another batch: 10, and not 5"):
        run("--json", out, "--batch", "5", *PLAIN)
    assert out.read_bytes() == whole
    for content in ("{", "[]", '{"settings": {}}', '{"settings": {}, "curves": [{"a": 1}]}'):
        out.write_text(content)
        with pytest.raises(CommandError, match="is no simulation of this command"):
            run("--json", out)
        assert out.read_text() == content


def test_the_money_of_the_grants_is_read_for_the_strategy_that_asks_for_it(files, run, tmp_path):
    run("--json", tmp_path / "a.json", "--strategies", "value", "--seeds", "1", *PLAIN)
    with (files / "pool.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for n, row in enumerate(rows):
        row["amount_awarded"] = "unknown" if n % 2 else f"{1000 * n + 1}"
    with (tmp_path / "rich.csv").open("w", newline="") as file:
        lines = csv.DictWriter(file, rows[0])
        lines.writeheader()
        lines.writerows(rows)
    rich = ("--labelled", tmp_path / "rich.csv", "--json", tmp_path / "b.json")
    run(*rich, "--strategies", "value", "--seeds", "1", *PLAIN)
    a, b = (json.loads((tmp_path / f"{name}.json").read_text())["curves"] for name in "ab")
    assert a[0] == b[0] and a[-1] != b[-1]
