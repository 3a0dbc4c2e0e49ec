"""The comparison as a command: same figures as the single measurement, and it can be taken up."""

import json
import multiprocessing
import sys
import threading
import time
from html.parser import HTMLParser
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotation.models.backend_comparisons import RECIPE
from classifier.backends.trials import Setting, TrialLost, in_processes, measured
from classifier.labelled_files import read_categories, read_grants
from classifier.ml.sheet import KEYS
from classifier.ml.text import Corpus
from tests.classifier.demonstration_files import TAXONOMY, Grants

CHEAP = "complement_naive_bayes"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    grants = Grants()
    (folder / "train.csv").write_bytes(grants.file(grants.labelled[:60]))
    (folder / "test.csv").write_bytes(grants.file(grants.labelled[60:90]))
    (folder / "few.csv").write_bytes(grants.file(grants.labelled[60:65]))
    (folder / "taxonomy.csv").write_bytes(TAXONOMY.read_bytes())
    return folder


@pytest.fixture
def run(files):
    def run(*words, command="compare_models"):
        out = StringIO()
        named = ["--taxonomy", files / "taxonomy.csv", "--train", files / "train.csv", *words]
        call_command(command, *map(str, named), stdout=out, stderr=StringIO())
        return out.getvalue()

    return run


def setting(files, test="test.csv"):
    categories = read_categories(files / "taxonomy.csv", lambda words: None)
    train = read_grants([files / "train.csv"], categories)
    measured_on = read_grants([files / test], categories) if test else None
    return Setting(categories, train, measured_on, Corpus([], [], []), None, 0, "pooled", True)


class Tags(HTMLParser):
    """What a page would fetch or run, and its words."""

    def __init__(self, page):
        super().__init__()
        self.fetched, self.words, self.open = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.fetched += [given[name] for name in ("src", "href") if name in given]
        assert tag not in ("script", "link", "img", "iframe")

    def handle_data(self, data):
        self.words.append(data)


def test_options_are_measured_on_the_same_texts_and_a_call_cut_off_goes_on(files, run, tmp_path):
    figures, page, alone = tmp_path / "out.json", tmp_path / "out.html", tmp_path / "alone.json"
    words = ["--test", files / "test.csv", "--json", figures, "--html", page]
    run(*words, "--backends", "production")
    found = json.loads(figures.read_text())
    [ours] = found["options"]
    run("--test", files / "test.csv", "--json", alone, command="evaluate_classifier")
    single = json.loads(alone.read_text())
    for key in (*KEYS.values(), "n_measured", "by_level", "by_support", "by_category"):
        assert ours[key] == single[key]
    assert found["settings"]["test"] == ["test.csv"]
    assert str(files) not in figures.read_text()

    found["options"][0]["method"] = "kept from the first call"
    figures.write_text(json.dumps(found))
    said = run(*words, "--backends", f"production,{CHEAP}", "--price-an-hour", "0.2")
    found = json.loads(figures.read_text())
    assert [row["name"] for row in found["options"]] == ["production", CHEAP]
    assert found["options"][0]["method"] == "kept from the first call"
    for row in found["options"]:
        assert row["costs"]["peak_memory_mb"] > 50
        assert row["costs"]["batch_texts_per_cpu_second"] > 0
        assert row["month"]["price_a_month"] == pytest.approx(0.2 * row["month"]["hours_a_month"])
        assert row["leaves"].startswith("nothing")
        assert f"{row['macro_f1']['value']:.3f} [" in said
    advice = found["recommendation"]
    assert f"({advice['option']}): {advice['reason']}" in said
    assert set(advice["differences"]) == {CHEAP}

    shown = Tags(page.read_text())
    text = " ".join(" ".join(shown.words).split())
    assert shown.fetched == []
    assert advice["reason"] in text
    assert page.read_text().count("<svg") == 5
    assert "calibrated by the same rule (a softmax category by category)" in text
    with pytest.raises(CommandError, match="a comparison with another seed: 0, and not 1"):
        run(*words, "--seed", "1")
    # Figures of another way of fitting or calibrating never stand beside those of today.
    for earlier in ({"recipe": RECIPE - 1}, {}):
        rest = {name: value for name, value in found["settings"].items() if name != "recipe"}
        figures.write_text(json.dumps(found | {"settings": rest | earlier}))
        before = figures.read_text()
        with pytest.raises(CommandError, match=f"with another recipe: .*, and not {RECIPE}"):
            run(*words)
        assert figures.read_text() == before


def test_without_a_test_file_the_options_answer_the_training_grants_in_folds(files):
    row = measured(setting(files, test=None), CHEAP).row
    assert row["n_measured"] == 60
    assert 40 <= row["n_labelled"] <= 54
    again = measured(setting(files, test=None), CHEAP)
    assert again.row["macro_f1"] == row["macro_f1"]
    assert again.replicates["macro_f1"][0] == pytest.approx(row["macro_f1"]["value"], abs=1e-5)
    assert again.replicates["recall_at_10"][0] == pytest.approx(
        row["recall_at_10"]["value"], abs=1e-5
    )


def test_an_option_whose_process_is_killed_is_named(files):
    done = threading.Event()

    def kill():
        while not done.wait(0.05):
            for child in multiprocessing.active_children():
                child.kill()
                time.sleep(0.1)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        with pytest.raises(TrialLost, match=f"one of {CHEAP} was ended"):
            list(in_processes(setting(files), [CHEAP], 1, lambda words, share: None))
    finally:
        done.set()
        thread.join()


def test_what_has_to_be_installed_first_is_left_out_and_named(files, run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fasttext", None)  # as if it were not there
    figures, page = tmp_path / "out.json", tmp_path / "out.html"
    said = run("--backends", CHEAP, "--json", figures, "--html", page)
    install = "Install fastText: pip install 'classie-annotation[fasttext]'"
    assert f"fasttext is left out. {install}" in said
    assert json.loads(figures.read_text())["left_out"]["fasttext_softmax"] == install
    shown = " ".join(" ".join(Tags(page.read_text()).words).split())
    assert f"Left out: fastText fasttext . {install}" in shown
    with pytest.raises(CommandError, match=r"'fasttext' does not run here yet\. Install fastText"):
        run("--backends", "production,fasttext")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--backends", "production,oracle"], "'oracle' does not run here. There are production"),
        (["--backends", ","], "--backends names none"),
        (["--processes", "0"], "--processes 0 is too few: give 1 or more"),
        (["--processes", "99"], "--processes 99 is too many"),
        (["--limit-train", "-1"], "--limit-train -1 is too few"),
        (["--texts-a-month", "-1"], "--texts-a-month -1 is too few"),
        (["--price-an-hour", "nan"], "--price-an-hour nan is no price"),
        (["--seed", "-1"], "--seed -1 is outside"),
        (["--html", "/nowhere/out.html"], "there is no folder /nowhere. Make it first"),
        (["--json", "{files}/taxonomy.csv"], "taxonomy.csv is no comparison of this command"),
    ],
)
def test_a_wrong_value_is_named_before_anything_is_measured(files, run, words, said):
    with pytest.raises(CommandError) as caught:
        run(*(word.format(files=files) for word in words))
    assert said in str(caught.value)
