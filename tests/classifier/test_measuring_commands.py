"""The commands that measure: without a database, with every option, in clear words when wrong."""

import csv
import gzip
import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from classifier.management.commands.evaluate_classifier import listed
from classifier.ml import encoder_files
from tests.classifier.demonstration_files import TAXONOMY, Grants

ROOT = Path(__file__).resolve().parent.parent.parent
KEYS = {
    "micro_f1", "macro_f1", "sample_f1", "hierarchical_f1", "precision_at_1", "recall_at_10",
    "ece", "clicks_per_text",
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The demonstration's grants as two files, one of them packed, and its taxonomy."""
    folder = tmp_path_factory.mktemp("files")
    grants = Grants()
    labelled, text = grants.labelled, grants.file
    (folder / "train.csv").write_bytes(text(labelled[:70]))
    (folder / "test.csv.gz").write_bytes(gzip.compress(text(labelled[70:100])))
    (folder / "more.csv").write_bytes(text(grants.rows[-80:]))
    (folder / "blank.csv").write_bytes(grants.with_categories(labelled[70:75], ""))
    (folder / "taxonomy.csv").write_bytes(TAXONOMY.read_bytes())
    return folder


@pytest.fixture
def run(files):
    def run(*words, command="evaluate_classifier"):
        out = StringIO()
        named = ["--taxonomy", files / "taxonomy.csv", "--train", files / "train.csv", *words]
        call_command(command, *map(str, named), stdout=out, stderr=StringIO())
        return out.getvalue()

    return run


def test_a_test_file_is_measured_and_everything_is_written(files, run, tmp_path):
    figures, lines = tmp_path / "figures.json", tmp_path / "predictions.csv"
    said = run(
        "--test", files / "test.csv.gz", "--unlabelled", files / "more.csv",
        "--json", figures, "--predictions", lines, "--seed", "3",
    )  # fmt: skip
    found = json.loads(figures.read_text())
    for key in KEYS:
        assert found[key]["low"] <= found[key]["value"] <= found[key]["high"]
        assert f"{key:16}{found[key]['value']:.3f} [" in said
    assert found["n_measured"] == 30
    assert set(found["by_facet"]) == {"Subject", "Population"}
    assert found["settings"]["seed"] == 3
    assert found["settings"]["test"] == ["test.csv.gz"]
    assert str(files) not in figures.read_text()


def test_predictions_are_the_25_most_probable_and_give_the_same_figures(files, run, tmp_path):
    figures, lines = tmp_path / "figures.json", tmp_path / "predictions.csv"
    run("--test", files / "test.csv.gz", "--json", figures, "--predictions", lines)
    with lines.open(newline="") as file:
        assert file.readline().strip() == "reference,category,probability,suggested"
    with lines.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30 * 25
    of = {}
    for row in rows:
        of.setdefault(row["reference"], []).append(row)
    for mine in of.values():
        probabilities = [float(row["probability"]) for row in mine]
        assert probabilities == sorted(probabilities, reverse=True)
        assert any(row["suggested"] == "1" for row in mine)
    with (files / "taxonomy.csv").open(newline="") as file:
        facet = {row["code"]: row["facet"] for row in csv.DictReader(file)}
    first = []
    with gzip.open(files / "test.csv.gz", "rt", newline="") as file:
        for grant in csv.DictReader(file):
            right = set(grant["categories"].split(";"))
            answered = {facet[code] for code in right}
            codes = [row["category"] for row in of[grant["reference"]]]
            first.append(next(code for code in codes if facet[code] in answered) in right)
    found = json.loads(figures.read_text())
    assert found["precision_at_1"]["value"] == pytest.approx(sum(first) / len(first))


def test_what_is_suggested_is_listed_however_improbable_it_is():
    proba = np.linspace(0.9, 0.1, 40)[None, :]
    decided = np.zeros((1, 40), dtype=bool)
    assert listed(proba, decided).tolist() == [list(range(25))]
    decided[0, [3, 38]] = True
    assert listed(proba, decided).tolist() == [[*range(24), 38]]


def test_without_a_test_file_the_training_grants_are_answered_in_folds(run, tmp_path):
    figures = tmp_path / "figures.json"
    run("--json", figures, "--limit-train", "20")
    found = json.loads(figures.read_text())
    assert found["n_measured"] == 70
    assert found["n_labelled"] == 20


def test_rules_and_start_weights_are_options_that_tell(files, run, tmp_path):
    """With a rule that nearly every text obeys, before there is any label."""
    ruled = (files / "taxonomy.csv").read_text().splitlines(keepends=True)
    ruled[3] = ruled[3].rstrip("\n").rstrip(",") + ",grant|the|a,\n"
    (tmp_path / "ruled.csv").write_text("".join(ruled))
    found = {}
    for word in ("--rules", "--no-rules"):
        out = tmp_path / f"{word}.json"
        words = ["--taxonomy", tmp_path / "ruled.csv", "--test", files / "test.csv.gz"]
        run(*words, "--limit-train", "0", "--prior", "neh", word, "--json", out)
        found[word] = json.loads(out.read_text())
    with_rules, without = found.values()
    assert (with_rules["settings"]["rules"], without["settings"]["rules"]) == (True, False)
    assert without["settings"]["prior"] == "neh"
    assert with_rules["micro_f1"] != without["micro_f1"]
    assert with_rules["baselines"]["rules"] == without["baselines"]["rules"]


def test_no_labels_is_a_number_of_labels_too(files, run, tmp_path):
    figures = tmp_path / "figures.json"
    run("--test", files / "test.csv.gz", "--limit-train", "0", "--json", figures)
    assert json.loads(figures.read_text())["n_labelled"] == 0


def test_predictions_need_no_labels_but_figures_do(files, run, tmp_path):
    lines = tmp_path / "predictions.csv"
    run("--test", files / "blank.csv", "--predictions", lines)
    assert len(lines.read_text().splitlines()) == 1 + 5 * 25
    with pytest.raises(CommandError, match=r"blank.csv has no grant with categories"):
        run("--test", files / "blank.csv")


def test_the_same_seed_writes_the_same_predictions(files, run, tmp_path):
    words = ["--test", files / "test.csv.gz", "--limit-train", "30"]
    for name in ("a", "b"):
        run(*words, "--predictions", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--limit-train", "-1"], "--limit-train -1 is no number of grants"),
        (["--seed", "-1"], "--seed -1 is outside 0 to 4294967295"),
        (["--prior", "mine"], "invalid choice: 'mine'"),
        (["--limit-train", "many"], "invalid int value: 'many'"),
        (["--test", "/nowhere/b.csv"], "/nowhere/b.csv cannot be opened: No such file"),
        (["--json", "/nowhere/out.json"], "/nowhere/out.json cannot be written: No such file"),
    ],
)
def test_a_wrong_value_is_named(run, words, said):
    with pytest.raises(CommandError) as caught:
        run(*words)
    assert said in str(caught.value)


def test_test_texts_that_were_trained_on_are_told(files):
    words = ["--taxonomy", "taxonomy.csv", "--train", "train.csv", "--test", "train.csv"]
    err = StringIO()
    places = [str(files / w) if w.endswith(".csv") else w for w in words]
    call_command("evaluate_classifier", *places, stdout=StringIO(), stderr=err)
    assert "70 of 70 test texts have the recipient or the words of a " in err.getvalue()


def test_a_curve_is_a_table_and_a_file(files, run, tmp_path):
    out = tmp_path / "curve.json"
    words = ["--test", files / "test.csv.gz", "--sizes", "0", "20", "70", "--seeds", "2"]
    said = run(*words, "--json", out, command="learning_curve")
    points = json.loads(out.read_text())["points"]
    assert [(point["limit"], point["n_draws"]) for point in points] == [(0, 1), (20, 2), (70, 1)]
    assert points[1]["micro_f1"]["sd"] is not None
    assert f"{points[2]['micro_f1']['value']:.3f}" in said
    with pytest.raises(CommandError, match="numbers from 0 on"):
        run("--sizes", "-5", command="learning_curve")


def test_neither_database_nor_services_are_needed(files, tmp_path):
    """In a process of its own, whose database and broker nobody could reach."""
    environment = os.environ | {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "VAR_DIR": str(tmp_path / "var"),
    }
    words = ["--taxonomy", "taxonomy.csv", "--train", "train.csv", "--test", "test.csv.gz"]
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "evaluate_classifier", *words],
        cwd=files, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "30 grants measured, 70 learned from" in done.stdout
    assert "s left" in done.stderr
    assert not (tmp_path / "var").exists()


def test_sentence_vectors_change_the_figures_and_are_named(files, run, tmp_path):
    said = {}
    for words in ((), ("--embeddings",)):
        out = tmp_path / "figures.json"
        run("--test", files / "test.csv.gz", "--no-rules", *words, "--json", out)
        said[words] = json.loads(out.read_text())
    plain, read = said.values()
    assert not plain["settings"]["embeddings"]
    assert read["settings"]["embeddings"]
    assert read["recall_at_10"]["value"] != plain["recall_at_10"]["value"]
    assert read["micro_f1"]["value"] > 0.2


def test_without_the_encoder_its_option_says_what_to_install(run, monkeypatch):
    monkeypatch.setattr(encoder_files, "WHEEL", "no_such_wheel")
    with pytest.raises(CommandError, match="make embeddings"):
        run("--embeddings")
