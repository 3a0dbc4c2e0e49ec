"""A model.bin that fastText or BlazingText has trained elsewhere serves here, if it is one."""

import hashlib
import struct

import fasttext
import numpy as np
import pytest

from classifier.backends.fasttext import FASTTEXT, FASTTEXTS, wrapped
from classifier.backends.fasttext_binary import read
from classifier.interchange import FORMS, LabelledRow
from classifier.ml.artifacts import CorruptArtifact
from classifier.ml.holdout import LabelledTexts
from tests.classifier.ml.examples import TOPICS, category, topic_categories, topic_grants

CODES = [topic.upper() for topic in TOPICS]


def labelled(n, seed=0):
    texts, y = topic_grants(n, seed)
    return LabelledTexts([f"G-{row}" for row in range(n)], texts, y, np.ones(y.shape, dtype=bool))


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def trained(tmp_path):
    """The bytes of a model that fastText's own doors have trained on 60 grants."""

    def trained(names=CODES, **settings):
        train = labelled(60)
        rows = [
            LabelledRow("", text, "", (names[at],))
            for text, at in zip(train.corpus.texts, train.y.argmax(axis=1), strict=True)
        ]
        source, target = tmp_path / "train.txt", tmp_path / "model.bin"
        source.write_text("".join(f"{line}\n" for line in FORMS["fasttext"].write(rows, names)))
        # As many threads as blocks of random numbers: with fewer it does not fill all of them.
        usual = {"epoch": 50, "lr": 0.5, "dim": 20, "bucket": 2_000, "verbose": 0, "thread": 10}
        fasttext.train_supervised(str(source), **(usual | settings)).save_model(str(target))
        return target.read_bytes()

    return trained


@pytest.mark.parametrize(
    "settings", [{"loss": "softmax", "wordNgrams": 2}, {"loss": "ova", "minn": 3, "maxn": 5}]
)
def test_it_is_calibrated_on_texts_given_and_served(trained, settings):
    data = trained(**settings)
    found = wrapped(data, sha256(data), topic_categories(), labelled(60, seed=5))
    assert (found.unanswered, found.unknown) == ([], [])
    new = labelled(30, seed=9)
    proba = found.model.predict_proba(new.corpus)
    assert (proba.argmax(axis=1) == new.y.argmax(axis=1)).mean() > 0.9
    assert (found.model.decide(proba, at_least_one=True) == new.y).all(axis=1).mean() > 0.8
    kept = FASTTEXTS[FASTTEXT].load(FASTTEXTS[FASTTEXT].dump(found.model))
    assert np.array_equal(kept.predict_proba(new.corpus), proba)


def test_numbers_are_read_by_their_class_map_and_what_does_not_fit_is_told(trained):
    data = trained(names=["1", "2", "77"])
    categories = [*topic_categories(), category("SPORT")]
    texts = labelled(60, seed=5)
    more = LabelledTexts(
        texts.references,
        texts.corpus,
        np.pad(texts.y, ((0, 0), (0, 1))),
        np.pad(texts.known, ((0, 0), (0, 1)), constant_values=True),
    )
    found = wrapped(data, sha256(data), categories, more, {"1": CODES[0], "2": CODES[1]})
    assert found.unanswered == ["WATER", "SPORT"]
    assert found.unknown == ["__label__77"]
    proba = found.model.predict_proba(topic_grants(3, seed=9)[0])
    assert proba[:2].argmax(axis=1).tolist() == [0, 1]
    with pytest.raises(CorruptArtifact, match=r"None of the 3 labels .* Give the class map"):
        wrapped(data, sha256(data), categories, more)


def test_a_number_that_the_class_map_leaves_out_is_no_category_of_that_name(trained):
    data = trained(names=["1", "2", "3"])
    categories = [category("3"), *topic_categories()[1:]]
    classes = {"1": CODES[1], "2": CODES[2]}
    found = wrapped(data, sha256(data), categories, labelled(60, seed=5), classes)
    assert (found.unanswered, found.unknown) == (["3"], ["__label__3"])


def test_another_hash_keeps_it_from_fasttext(trained, monkeypatch):
    data = trained()
    monkeypatch.delattr(fasttext, "load_model")
    with pytest.raises(CorruptArtifact, match="has not the SHA-256"):
        read(data, sha256(data + b"x"))


def cut(data):
    return data[: len(data) // 2]


def huge(data):
    """Says that it has two thousand million buckets."""
    return data[:40] + struct.pack("<i", 2_000_000_000) + data[44:]


@pytest.mark.parametrize(
    ("settings", "spoil", "said"),
    [
        ({"loss": "softmax"}, cut, "is cut short"),
        ({"loss": "softmax"}, huge, "is cut short"),
        ({"loss": "softmax"}, lambda data: data[:50], "is no model.bin"),
        ({"loss": "softmax"}, lambda data: b"PK" + data, "is no model.bin"),
        ({"loss": "hs"}, bytes, "trained with a hierarchical softmax"),
    ],
)
def test_what_cannot_be_served_is_refused_before_fasttext_sees_it(
    trained, monkeypatch, settings, spoil, said
):
    data = spoil(trained(**settings))
    monkeypatch.delattr(fasttext, "load_model")
    with pytest.raises(CorruptArtifact, match=said):
        read(data, sha256(data))


def test_word_vectors_are_no_classifier(tmp_path):
    source, target = tmp_path / "texts.txt", tmp_path / "vectors.bin"
    source.write_text("choir concert orchestra\n" * 20)
    fasttext.train_unsupervised(str(source), dim=10, bucket=10, verbose=0, thread=10).save_model(
        str(target)
    )
    data = target.read_bytes()
    with pytest.raises(CorruptArtifact, match="holds word vectors, and no classifier"):
        read(data, sha256(data))
