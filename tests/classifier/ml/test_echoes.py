"""Texts that stand in for examples while there are hardly any."""

import numpy as np
import pytest
from scipy import sparse

from classifier.ml import artifacts, echoes
from classifier.ml.calibration import UNTAUGHT
from classifier.ml.counting import unit_rows
from classifier.ml.echoes import Echoes, weight_at
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.state import FORMAT, WITH_ECHOES, restored, state_of
from tests.classifier.ml.examples import category, corpus, everything, evidence_of, topic_grants

GARDEN = [f"Gardening on an allotment number {number}" for number in range(20)]
MUSIC = [f"Music of a trombone number {number}" for number in range(20)]


@pytest.fixture(scope="module")
def untaught():
    none = np.zeros((0, 2), dtype=np.int64)
    model = CategoryClassifier([category("G", "Gardening"), category("M", "Music")])
    return model.fit(corpus(), none, *everything(none), corpus(*GARDEN, *MUSIC))


def test_words_beside_the_words_of_a_category_speak_for_it(untaught):
    [allotment, trombone] = untaught.predict_proba(corpus("An allotment", "A trombone"))
    assert allotment[0] > 2 * allotment[1]
    assert trombone[1] > 2 * trombone[0]


def test_they_are_evidence(untaught):
    assert evidence_of(untaught, "An allotment there", "Programme", [0, 1]) == [["allotment"], []]


def test_before_any_label_the_start_is_made_less_sure(untaught):
    asked = corpus("Gardening on an allotment")
    assert untaught.predict_proba(asked) == pytest.approx(UNTAUGHT(untaught.log_odds(asked)))


def test_the_first_examples_make_them_fade():
    weights = [weight_at(n) for n in (0, 10, 30, 100, 10_000)]
    assert weights == [2.0, 1.0, 0.5, pytest.approx(2 / 11), 0.0]


def test_a_classifier_with_many_examples_is_the_one_without_echoes(monkeypatch):
    grants, y = topic_grants(420)
    categories = [category("MU", "Melody"), category("AN", "Kitten"), category("WA", "River")]

    def fitted(labels):
        model = CategoryClassifier(categories)
        return model.fit(grants, labels, *everything(labels), grants)

    taught = fitted(y)
    assert taught.scorer_.echoes is None
    assert state_of(taught)["format"] == FORMAT
    few = y.copy()
    few[12:] = 0
    with_echoes = fitted(few)
    assert with_echoes.scorer_.echoes.weight == pytest.approx(2 * 10 / 22)
    monkeypatch.setattr(echoes, "WEIGHT", 0.0)
    without = fitted(few)
    assert (with_echoes.predict_proba(grants) != without.predict_proba(grants)).any()
    assert (fitted(y).predict_proba(grants) == taught.predict_proba(grants)).all()


@pytest.mark.parametrize("chunk", [7, 1_000])
def test_the_nearest_texts_are_found_part_by_part(monkeypatch, chunk):
    monkeypatch.setattr(echoes, "CHUNK", chunk)
    random = np.random.default_rng(0)
    dense = random.random((50, 12)) * (random.random((50, 12)) < 0.3)
    texts = unit_rows(sparse.csr_array(dense.astype(np.float32)))
    documents = unit_rows(sparse.csr_array(np.eye(4, 12, dtype=np.float32)))
    found = Echoes.learned(documents, texts, 2.0).vectors
    for column in range(4):
        score = texts.toarray()[:, column]
        near = np.argsort(-score, kind="stable")[: echoes.N_TEXTS]
        mean = texts.toarray()[near[score[near] > 0]].sum(axis=0)
        expected = documents.toarray()[column] + mean / np.linalg.norm(mean)
        assert found[:, column] == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)


def test_a_category_that_no_text_speaks_of_echoes_its_own_words():
    documents = unit_rows(sparse.csr_array(np.eye(2, 3, dtype=np.float32)))
    none = sparse.csr_array((0, 3), dtype=np.float32)
    assert (Echoes.learned(documents, none, 2.0).vectors == np.eye(3, 2)).all()


def test_they_are_kept_with_the_model(untaught):
    asked = corpus("An allotment", "A trombone")
    state = state_of(untaught)
    assert state["format"] == WITH_ECHOES
    loaded = artifacts.load(artifacts.dump(untaught))
    assert (loaded.predict_proba(asked) == untaught.predict_proba(asked)).all()
    state["echoes"][0] = state["echoes"][0][1:]
    with pytest.raises(ValueError, match="do not belong together"):
        restored(state)
