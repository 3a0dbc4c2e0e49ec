"""A model.bin goes to SageMaker and comes back from there, as files."""

import hashlib
import json
import tarfile
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from classifier.augmented_manifests import class_map_of
from classifier.backends.kept_model import keep, kept
from classifier.backends.options import made
from classifier.backends.protocol import Snapshot
from classifier.labelled_files import read_categories, read_grants
from tests.classifier.demonstration_files import TAXONOMY, Grants


def call(*words):
    out, err = StringIO(), StringIO()
    call_command(*map(str, words), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with grants, and with a model that fastText has learned from some of them."""
    folder = tmp_path_factory.mktemp("fasttext")
    grants = Grants()
    (folder / "train.csv").write_bytes(grants.file(grants.labelled[:60]))
    (folder / "others.csv").write_bytes(grants.file(grants.labelled[60:100]))
    categories = read_categories(TAXONOMY, lambda said: None)
    train = read_grants([folder / "train.csv"], categories)
    option = made("fasttext")
    keep(folder / "ours", option, option.fit(Snapshot(categories, train, train.corpus)))
    call("unpack_fasttext", folder / "ours", folder / "sent")
    with tarfile.open(folder / "sent" / "model-1.tar.gz") as archive:
        archive.extractall(folder / "sent", filter="data")
    return folder


def test_what_goes_out_is_what_blazingtext_serves(place):
    note = json.loads((place / "sent" / "model-1.json").read_text())
    data = (place / "sent" / "model.bin").read_bytes()
    assert hashlib.sha256(data).hexdigest() == note["sha256"]
    ours = kept(place / "ours")
    [*parts] = ours.model.scorer.parts
    assert data == parts[0].binary.data
    codes = [ours.categories[column].code for column in parts[0].columns]
    assert list(note["labels"].values()) == codes
    with pytest.raises(CommandError, match=r"sent cannot be made: File exists\. Name a new folder"):
        call("unpack_fasttext", place / "ours", place / "sent")


def packed(place, folder, *more, sha256=None):
    source = place / "sent" / "model.bin"
    right = hashlib.sha256(source.read_bytes()).hexdigest()
    words = ["--taxonomy", TAXONOMY, "--calibrate", place / "others.csv", *more]
    return call("pack_fasttext", source, folder, "--sha256", sha256 or right, *words)


def test_what_comes_back_is_a_folder_that_the_container_serves(place, tmp_path):
    said, noted = packed(place, tmp_path / "back")
    assert "calibrated on 40 grants" in said
    assert "categories have no label in it and stay behind all others" in noted
    found, ours = kept(tmp_path / "back"), kept(place / "ours")
    assert found.backend == "fasttext" and not found.sensitive
    assert [c.code for c in found.categories] == [c.code for c in ours.categories]
    assert found.model.scorer.parts[0].binary.data == ours.model.scorer.parts[0].binary.data
    others = read_grants([place / "others.csv"], read_categories(TAXONOMY, lambda said: None))
    proba = found.model.predict_proba(others.corpus)
    # Calibrated on these: as many as there are, by and large.
    assert proba[others.known].sum() == pytest.approx(others.y.sum(), rel=0.5)


def test_what_only_a_person_ticks_stays_so_in_the_folder(place, tmp_path):
    above = next(c for c in kept(place / "ours").categories if c.ancestors).ancestors[0]
    packed(place, tmp_path / "back", "--sensitive", f" {above} ;")
    found = kept(tmp_path / "back")
    assert found.sensitive == {above}
    marked = {category.code for category in found.categories if found.is_sensitive(category)}
    assert marked == {c.code for c in found.categories if above in (c.code, *c.ancestors)}
    assert len(marked) > 1
    with pytest.raises(CommandError, match="sensitive names 'NOWHERE', which is no code"):
        packed(place, tmp_path / "none", "--sensitive", f"{above};NOWHERE")
    assert not (tmp_path / "none").exists()


def test_what_cannot_be_taken_is_said_and_leaves_no_folder(place, tmp_path):
    back, classes = tmp_path / "back", tmp_path / "classes.json"
    with pytest.raises(CommandError, match=r"model\.bin: The fastText file has not the SHA-256 00"):
        packed(place, back, sha256="00")
    classes.write_text(json.dumps(class_map_of(["NOWHERE"])))
    with pytest.raises(CommandError, match=r"classes\.json: its number 1 is 'NOWHERE'"):
        packed(place, back, "--class-map", classes)
    with pytest.raises(CommandError, match=r"nothing\.json cannot be opened"):
        packed(place, back, "--class-map", tmp_path / "nothing.json")
    empty = tmp_path / "empty.csv"
    empty.write_text("reference,title,description,categories\nG-1,A choir,Songs,\n")
    with pytest.raises(CommandError, match=r"empty\.csv has no labelled grant to calibrate on"):
        packed(place, back, "--calibrate", empty)
    assert not back.exists()
    with pytest.raises(CommandError, match="holds no model of ours"):
        call("unpack_fasttext", tmp_path, tmp_path / "out")
