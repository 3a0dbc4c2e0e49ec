"""Fitted classifiers as files: what is written, what is read, what is refused."""

import io
import os
import stat
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression

from classifier.ml import artifacts
from classifier.ml.artifacts import CorruptArtifact
from classifier.ml.estimators import CategoryClassifier
from tests.classifier.ml.examples import category, corpus, everything, evidence_of, topic_grants

CANARY = "Zyxwinowska"


@pytest.fixture(scope="module")
def fitted():
    texts, y = topic_grants()
    categories = [
        category("MU", "Music", alt_labels=("Bands",), include_pattern=r"\bchoirs?\b"),
        category("AN", "Animals", scope_note="Includes pets"),
        category("AN1", "Stray dogs", ancestors=("AN",)),
    ]
    named = [f"Bequest of {CANARY}", f"In memory of {CANARY} {CANARY.upper()}"]
    common = ["support " * 2] * 200
    background = corpus(
        *texts.texts, *named, *common, recipients=[*texts.recipients, "One", "One", *["Many"] * 200]
    )
    few = y.copy()
    few[np.flatnonzero(y[:, 2])[3:], 2] = 0
    return CategoryClassifier(categories).fit(texts, few, *everything(few), background)


@pytest.fixture(scope="module")
def data(fitted):
    return artifacts.dump(fitted)


def test_a_loaded_classifier_says_the_same(fitted, data):
    loaded = artifacts.load(data)
    texts = corpus("a choir and a puppy", "stray dogs by the canal", "support", "")
    proba = fitted.predict_proba(texts)
    assert (loaded.predict_proba(texts) == proba).all()
    assert (loaded.decide(proba) == fitted.decide(proba)).all()
    assert loaded.categories == fitted.categories
    assert loaded.falls_back_.tolist() == [False, False, True]
    for text in texts.texts:
        expected = evidence_of(fitted, text, "Programme", [0, 1, 2])
        assert evidence_of(loaded, text, "Programme", [0, 1, 2]) == expected


def test_a_classifier_without_labels_can_be_stored():
    none = np.zeros((0, 1), dtype=np.int64)
    background = corpus("Music")
    model = CategoryClassifier([category("MU", "Music")])
    model.fit(corpus(), none, *everything(none), background)
    loaded = artifacts.load(artifacts.dump(model))
    assert (loaded.predict_proba(background) == model.predict_proba(background)).all()


def test_no_type_needs_to_be_trusted(data):
    assert skops.io.get_untrusted_types(data=data) == []


def test_a_name_in_one_recipients_grants_only_is_not_in_the_file(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist()).lower()
    assert b"choir" in content
    assert CANARY[:7].lower().encode() not in content


def test_the_name_of_a_programme_is_not_in_the_file():
    texts = corpus(*["Grants for a choir"] * 60, batches=["Zebedee Quux Memorial"] * 60)
    y = np.ones((60, 1), dtype=np.int64)
    grants = category("G", "Grants", include_pattern="grants")
    model = CategoryClassifier([grants]).fit(texts, y, *everything(y), texts)
    assert model.reader_.word_stops.of("Zebedee Quux Memorial")
    assert model.reader_.rule_stops.of("Zebedee Quux Memorial")
    data = artifacts.dump(model)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist()).lower()
    assert b"zebedee" not in content
    loaded = artifacts.load(data)
    assert (loaded.predict_proba(texts) == model.predict_proba(texts)).all()


def test_out_of_fold_probabilities_stay_behind(data):
    assert not hasattr(artifacts.load(data), "proba_oof_")


def test_an_artifact_is_stored_under_its_hash_for_its_owner_alone(tmp_path, data):
    folder = tmp_path / "models"
    sha256 = artifacts.write(folder, data)
    assert artifacts.write(folder, data) == sha256
    assert [file.name for file in folder.iterdir()] == [f"{sha256}.skops"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / f"{sha256}.skops").stat().st_mode) == 0o600
    assert artifacts.read(folder, sha256) == data


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        artifacts.write(tmp_path, b"data")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [lambda d: d[: len(d) // 2], lambda d: d[:-1], lambda d: b""])
def test_a_truncated_file_is_refused(tmp_path, data, damage):
    sha256 = artifacts.write(tmp_path, data)
    (tmp_path / f"{sha256}.skops").write_bytes(damage(data))
    with pytest.raises(CorruptArtifact, match="has changed since it was written"):
        artifacts.read(tmp_path, sha256)


def test_one_flipped_bit_is_refused(tmp_path, data):
    sha256 = artifacts.write(tmp_path, data)
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 1
    (tmp_path / f"{sha256}.skops").write_bytes(flipped)
    with pytest.raises(CorruptArtifact, match="Train a new version"):
        artifacts.read(tmp_path, sha256)


def test_a_link_is_refused(tmp_path, data):
    sha256 = artifacts.write(tmp_path / "elsewhere", data)
    (tmp_path / f"{sha256}.skops").symlink_to(tmp_path / "elsewhere" / f"{sha256}.skops")
    with pytest.raises(CorruptArtifact, match="cannot be opened"):
        artifacts.read(tmp_path, sha256)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_not_a_regular_file_is_refused_without_waiting(tmp_path, make):
    make(tmp_path / f"{'0' * 64}.skops")
    with pytest.raises(CorruptArtifact, match="is not a regular file"):
        artifacts.read(tmp_path, "0" * 64)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CorruptArtifact, match=f"{'0' * 64}.skops is missing"):
        artifacts.read(tmp_path, "0" * 64)


@pytest.mark.parametrize("name", ["../secret", "", "A" * 64, "0" * 64 + "\n"])
def test_a_name_that_is_no_hash_opens_nothing(tmp_path, name):
    with pytest.raises(CorruptArtifact, match="is not a SHA-256"):
        artifacts.read(tmp_path, name)


def test_damaged_bytes_are_refused(data):
    for bad in (b"", b"not a zip", data[: len(data) // 2]):
        with pytest.raises(CorruptArtifact, match="cannot be read"):
            artifacts.load(bad)


def test_a_file_that_asks_for_a_foreign_type_is_refused_by_its_name():
    class Foreign:
        """Something that nobody trusts."""

    foreign = skops.io.dumps({"format": 1, "terms": Foreign()})
    with pytest.raises(CorruptArtifact, match="Foreign"):
        artifacts.load(foreign)


@pytest.mark.parametrize("other", [{"format": 99}, {}, [1], LogisticRegression()])
def test_another_content_is_refused(other):
    with pytest.raises(CorruptArtifact, match="cannot be read"):
        artifacts.load(skops.io.dumps(other))


def test_arrays_that_do_not_belong_together_are_refused(fitted):
    from classifier.ml.state import state_of

    state = state_of(fitted) | {"ridge_mean": np.zeros(7, dtype=np.float32)}
    with pytest.raises(CorruptArtifact, match="do not belong together"):
        artifacts.load(skops.io.dumps(state))


def test_a_signature_binds_hash_and_version():
    signature = artifacts.sign(b"key", "0" * 64, 7)
    assert artifacts.is_signed(b"key", "0" * 64, 7, signature)
    assert not artifacts.is_signed(b"key", "0" * 64, 8, signature)
    assert not artifacts.is_signed(b"key", "1" * 64, 7, signature)
    assert not artifacts.is_signed(b"other", "0" * 64, 7, signature)
    assert not artifacts.is_signed(b"key", "0" * 64, 7, "")
