"""BlazingText is trained on four fifths of the grants, and what comes home answers here."""

import io
import json
import tarfile
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from classifier.backends import sagemaker_account
from classifier.backends.fasttext_binary import Learning, trained
from classifier.backends.options import OPTIONS
from classifier.backends.protocol import FitsSlowly, Snapshot
from classifier.backends.sagemaker_account import FILE_MODE, MANIFEST, NotAgreed, belongs_to
from classifier.backends.sagemaker_blazingtext import NAME, BlazingText, parts_of
from classifier.backends.sagemaker_job import JobFault
from classifier.backends.sagemaker_sets import training_set
from classifier.interchange import label_of
from classifier.ml.artifacts import CorruptArtifact
from classifier.ml.holdout import LabelledTexts
from classifier.ml.text import CategoryText, Corpus
from tests.aws_places import BUCKET
from tests.classifier.backends.test_sagemaker_job import ACCOUNT

WORDS = {"ARTS": "paint theatre gallery mural", "SPORT": "football cricket umpire oval",
         "A B": "seedlings compost worm mulch"}  # fmt: skip
CATEGORIES = [
    CategoryText(code, "subject", code.title(), (), "", "", (), "", "") for code in [*WORDS, "NONE"]
]


def snapshot(n=60, **given):
    """Each text has one category, and its own recipient; of the last category nobody has any."""
    kinds = [list(WORDS.values())[at % 3] for at in range(n)]
    texts = [f"{words} number{at}" for at, words in enumerate(kinds)]
    recipients = [f"secret recipient {at}" for at in range(n)]
    y = np.zeros((n, 4), dtype=np.int64)
    y[np.arange(n), np.arange(n) % 3] = 1
    known = np.ones((n, 4), dtype=bool)
    train = LabelledTexts(
        [f"SECRET-{at}" for at in range(n)], Corpus(texts, recipients, [""] * n), y, known
    )
    return Snapshot(CATEGORIES, train, train.corpus, **given)


class Agreed:
    """A site that has agreed; it keeps what it was told of jobs."""

    def __init__(self):
        self.held, self.left_by, self.form = [], [], FILE_MODE

    def account(self):
        return replace(ACCOUNT, form=self.form)

    def wants(self):
        return ""

    @contextmanager
    def holding(self, job):
        self.held.append(job.name)
        try:
            yield
        except Exception as error:
            self.left_by.append(type(error).__name__)
            raise


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setattr(sagemaker_account, "_sites", list(sagemaker_account._sites))
    agreed = Agreed()
    belongs_to(lambda: agreed)
    return agreed


def fit(tell=lambda share, words: None, given=None):
    return BlazingText(pause=0.05).fit_with(given or snapshot(), "7", tell)


@pytest.mark.parametrize("form", [FILE_MODE, MANIFEST])
def test_what_is_trained_there_answers_here_and_is_read_again(site, sagemaker, form):
    told, site.form = [], form
    model = fit(lambda share, words: told.append((share, words)))
    corpus = Corpus(["theatre and paint", "cricket on the oval", "compost"], [""] * 3, [""] * 3)
    proba = model.predict_proba(corpus)
    assert proba.argmax(axis=1).tolist() == [0, 1, 2]
    assert model.proba_oof_ is None  # of most texts there is no unseen answer
    again = BlazingText().load(BlazingText().dump(model))
    np.testing.assert_allclose(again.predict_proba(corpus), proba)
    with pytest.raises(CorruptArtifact):
        BlazingText().load(b"choir")
    assert told[1] == (0.0, "SageMaker: sending 48 texts to ap-southeast-2")
    assert told[-1][1] == "Calibrating on 12 texts that stayed here"
    assert all(0 <= share <= 1 for share, _ in told)
    assert len(site.held) == len(sagemaker.jobs) == 1
    assert site.left_by == []


def test_what_leaves_is_words_and_categories_of_four_fifths(site, sagemaker, store):
    fit()
    (key,) = [key for key in store.files() if key.endswith("train.txt")]
    sent = store.read(key).decode()
    taught, held = parts_of(snapshot())
    assert sent.encode() == training_set(FILE_MODE, taught, CATEGORIES).content
    assert len(sent.splitlines()) == 48
    lines = {line.split(" ", 1)[1] for line in sent.splitlines()}
    assert lines.isdisjoint(held.corpus.texts)
    assert lines == set(taught.corpus.texts)
    assert "secret" not in sent.lower()
    assert sent.count("__label__A%20B ") > 10  # no blank in a label


def test_a_manifest_says_the_same_in_numbers_and_its_map_is_kept_with_the_model(
    site, sagemaker, store
):
    site.form = MANIFEST
    model = fit()
    (folder,) = {key.rpartition("/")[0] for key in store.files() if "/input/" in key}
    rows = [json.loads(line) for line in store.read(f"{folder}/train.manifest").splitlines()]
    classes = json.loads(store.read(f"{folder}/class-map.json"))
    assert classes == {"1": "ARTS", "2": "SPORT", "3": "A B", "4": "NONE"}
    taught, _ = parts_of(snapshot())
    lines = training_set(FILE_MODE, taught, CATEGORIES).content.decode().splitlines()
    assert lines == [
        " ".join([*(label_of(classes[str(n)]) for n in row["label"]), row["source"]])
        for row in rows
    ]
    again = BlazingText().load(BlazingText().dump(model))
    (part,) = again.scorer.parts
    codes = [again.categories[column].code for column in part.columns]
    kept = dict(zip(part.labels, codes, strict=True))
    assert kept == {f"__label__{n}": code for n, code in classes.items() if code != "NONE"}


def test_a_number_that_the_class_map_does_not_name_is_refused(site, sagemaker, store, tmp_path):
    site.form = MANIFEST
    lines = ["__label__1 paint mural", "__label__99 cricket oval"] * 5
    words = ["paint", "mural", "cricket", "oval"]
    others = tmp_path / "model.bin"
    others.write_bytes(trained(lines, words, Learning(loss="softmax", dim=2), seed=1).data)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        tar.add(others, "model.bin")

    def another_model(share, words):
        if words.startswith("Calibrating"):  # it is fetched next
            (key,) = [key for key in store.files() if key.endswith("model.tar.gz")]
            store.s3.put_object(Bucket=BUCKET, Key=key, Body=packed.getvalue())

    with pytest.raises(JobFault, match=r"label '__label__99', which the class map that was sent"):
        fit(another_model)


def test_half_a_character_is_sent_as_a_question_mark_in_either_form():
    given = snapshot(12)
    given.train.corpus.texts[0] = "paint \ud800 mural"
    for form in (FILE_MODE, MANIFEST):
        sent = training_set(form, given.train, CATEGORIES).content.decode()
        assert "paint ? mural" in sent.splitlines()[0]


def test_the_same_texts_are_the_same_job_after_a_crash(site, sagemaker):
    class Crash(BaseException):
        """Of the process: nothing of it cleans up."""

    def crash(share, words):
        if "after" in words:
            raise Crash

    with pytest.raises(Crash):
        fit(crash)
    fit()
    assert len(sagemaker.jobs) == 1
    assert sagemaker.calls.count("CreateTrainingJob") == 1


def test_what_tell_raises_passes_through_the_one_who_holds_the_job(site, sagemaker):
    class Cancelled(Exception):
        pass

    def cancelled(share, words):
        if "sending" in words:
            raise Cancelled

    with pytest.raises(Cancelled):
        fit(cancelled)
    assert site.left_by == ["Cancelled"]
    assert sagemaker.calls == []  # called off before it was asked for


def test_texts_of_one_recipient_and_drawn_ones_are_kept_together():
    given = snapshot(60)
    shared = [f"recipient {at % 20}" for at in range(60)]
    given.train.corpus.recipients[:] = shared
    taught, held = parts_of(given)
    assert not set(taught.corpus.recipients) & set(held.corpus.recipients)
    drawn = np.arange(60) % 2 == 0
    taught, held = parts_of(snapshot(200, tune=np.arange(200) % 2 == 0))
    assert all(int(reference.removeprefix("SECRET-")) % 2 == 0 for reference in held.references)
    assert len(taught) == 160
    taught, held = parts_of(snapshot(60, tune=drawn))  # six drawn ones: too few to rest on
    assert (len(taught), len(held)) == (48, 12)


def test_too_few_grants_are_refused_before_anything_leaves(site, sagemaker, store):
    with pytest.raises(JobFault, match=r"There are \d+ grants with a category to calibrate on"):
        fit(given=snapshot(30))
    assert sagemaker.calls == store.files() == []


def test_without_a_site_that_has_agreed_nothing_is_asked(monkeypatch, sagemaker):
    monkeypatch.setattr(sagemaker_account, "_sites", [sagemaker_account.NoSite])
    with pytest.raises(NotAgreed, match="It runs from a site"):
        fit()
    with pytest.raises(NotAgreed, match="for one of its model versions"):
        BlazingText().fit(snapshot())
    assert "It runs from a site" in OPTIONS[NAME].wants()
    assert isinstance(OPTIONS[NAME].make(), FitsSlowly)
    assert sagemaker.calls == []
