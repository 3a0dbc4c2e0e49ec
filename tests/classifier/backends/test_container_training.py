"""A training that cannot be done says why in the failure file, and leaves no model."""

import json

import pytest

from classifier.backends.container_paths import ContainerFault, Paths
from classifier.backends.container_serving import serve
from classifier.backends.container_training import train, wanted
from classifier.backends.kept_model import kept
from tests.classifier.demonstration_files import TAXONOMY, Grants


@pytest.fixture
def paths(tmp_path):
    """A folder as SageMaker makes it, with thirty labelled grants."""
    made = Paths(tmp_path / "ml")
    grants = Grants()
    for name, content in (
        ("config/hyperparameters.json", b'{"backend": "complement_naive_bayes", "seed": "1"}'),
        ("data/taxonomy/taxonomy.csv", TAXONOMY.read_bytes()),
        ("data/train/part/a.csv", grants.file(grants.labelled[:30])),
        ("data/test/b.csv", grants.file(grants.labelled[30:45])),
    ):
        path = made.root / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return made


def test_a_training_leaves_a_model_that_can_be_read_and_its_figures(paths):
    assert train(paths) == 0
    assert not paths.failure.exists()
    assert kept(paths.model).backend == "complement_naive_bayes"
    assert json.loads(paths.metrics.read_text())["micro_f1"]["value"] > 0
    (paths.model / "model.skops").write_bytes(b"another")
    with pytest.raises(ContainerFault, match="has changed since it was written"):
        kept(paths.model)


def test_fasttext_is_trained_and_read_there_like_any_other(paths):
    config("hyperparameters", '{"backend": "fasttext", "seed": "1"}')(paths)
    assert train(paths) == 0
    found = kept(paths.model)
    assert found.backend == "fasttext"
    assert [len(part.binary.data) for part in found.model.scorer.parts] != []


def config(name, content):
    return lambda paths: (paths.root / "input/config" / f"{name}.json").write_text(content)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (config("hyperparameters", '{"epochs": "5"}'), "There is no hyperparameter 'epochs'"),
        (config("hyperparameters", '{"seed": "-1"}'), "seed '-1' is no number"),
        (config("hyperparameters", '{"prior": "mine"}'), "prior 'mine' is none of"),
        (config("hyperparameters", '{"use_rules": "maybe"}'), "use_rules 'maybe' is neither"),
        (config("hyperparameters", '{"backend": "oracle"}'), "There is no backend 'oracle'"),
        (config("hyperparameters", "{"), "hyperparameters.json is no JSON"),
        (config("hyperparameters", "[]"), "hyperparameters.json holds a list"),
        (
            config("inputdataconfig", '{"train": {"TrainingInputMode": "Pipe"}}'),
            "The channel train comes as a pipe",
        ),
        (config("inputdataconfig", '{"labels": {}}'), "There is no channel 'labels'"),
        (
            lambda paths: (paths.root / "input/data/taxonomy/taxonomy.csv").unlink(),
            "The channel taxonomy has 0 files",
        ),
        (
            lambda paths: (paths.root / "input/data/train/part/a.csv").unlink(),
            "The channel train has no file",
        ),
        (
            lambda paths: (paths.root / "input/data/train/part/a.csv").write_text(
                "reference,title,description,categories\nG-1,Choir,Songs,NOWHERE\n"
            ),
            "a.csv, row 2, categories: 'NOWHERE' is no category of the taxonomy",
        ),
    ],
)
def test_what_is_wrong_stands_in_the_failure_file(paths, spoil, said):
    spoil(paths)
    assert train(paths) == 1
    assert said in paths.failure.read_text()
    assert not paths.model.exists()


def test_a_long_reason_is_cut_to_what_sagemaker_shows(paths):
    config("hyperparameters", json.dumps({"x" * 5000: "1"}))(paths)
    assert train(paths) == 1
    assert len(paths.failure.read_text()) == 1024


def test_hyperparameters_come_as_text_and_some_are_sagemakers_own():
    found = wanted({"sagemaker_program": "x", "use_rules": "False", "prior": '"neh"'})
    assert (found.use_rules, found.prior, found.seed) == (False, "neh", 0)


def test_without_a_model_nothing_is_served(paths, caplog, monkeypatch):
    assert serve(paths) == 1
    assert "holds no model of ours" in caplog.text
    assert train(paths) == 0
    monkeypatch.setenv("SAGEMAKER_BIND_TO_PORT", "http")
    assert serve(paths) == 1
    assert "SAGEMAKER_BIND_TO_PORT is 'http' and no number" in caplog.text
