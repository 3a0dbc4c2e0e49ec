"""A softmax is calibrated category by category, drawn to the facet's map; and each text unseen."""

import hashlib

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from classifier.backends import plain_files
from classifier.backends.fasttext import FASTTEXT, FASTTEXTS, SOFTMAX, wrapped
from classifier.backends.fasttext_binary import Learning, trained
from classifier.backends.protocol import Snapshot
from classifier.backends.unseen_answers import FOLDS, unseen_answers
from classifier.ml.calibration import (
    PENALTY,
    FacetMaps,
    LogisticMap,
    carried_over,
    fit_category_maps,
    fit_facet_maps,
)
from classifier.ml.folds import fold_numbers, groups_of
from classifier.ml.holdout import LabelledTexts
from tests.classifier.ml.examples import category, topic_categories, topic_grants


def labelled(n=60, seed=0):
    texts, y = topic_grants(n, seed)
    return LabelledTexts([str(row) for row in range(n)], texts, y, np.ones(y.shape, dtype=bool))


@pytest.fixture(scope="module")
def from_elsewhere():
    """A file with a softmax, of other texts of the same kind."""
    train, codes = labelled(60, seed=3), [one.code for one in topic_categories()]
    words = sorted({word for text in train.corpus.texts for word in text.lower().split()})
    lines = [
        f"__label__{codes[at]} {text.lower()}"
        for text, at in zip(train.corpus.texts, train.y.argmax(axis=1), strict=True)
    ]
    return trained(lines, words, Learning("softmax", dim=8, epochs=5), seed=0).data


def wrapped_here(data, texts):
    return wrapped(data, hashlib.sha256(data).hexdigest(), topic_categories(), texts).model


def test_a_category_s_map_is_the_best_one_beside_its_penalty():
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(200, 4)).astype(np.float32)
    slopes, offsets = np.array([2.0, 0.5, 1.0, 1.0]), np.array([-1.0, 0.0, -2.0, 0.5])
    y = (rng.random((200, 4)) < expit(slopes * scores + offsets)).astype(np.int64)
    pairs = rng.random((200, 4)) < 0.8
    pairs[:, 3] = False
    shared = fit_facet_maps(scores, y, pairs, [np.array([0, 1]), np.array([2, 3])])
    found = fit_category_maps(scores, y, pairs, shared)
    for column, facet in enumerate([0, 0, 1, 1]):
        start = np.array(shared.maps[facet].weights)
        s, right = scores[pairs[:, column], column], y[pairs[:, column], column]

        def loss(weights, s=s, right=right, start=start):
            z = weights[0] * s.astype(np.float64) + weights[1]
            told = np.logaddexp(0, z) - right * z
            return told.sum() + PENALTY / 2 * ((weights - start) ** 2).sum()

        best = minimize(loss, start, method="BFGS").x
        assert found.maps[column].weights == pytest.approx(best, abs=1e-3)
    assert found.maps[3] == shared.maps[1]  # nothing is known of it


def test_thresholds_are_carried_over_so_that_the_same_scores_tick():
    rng = np.random.default_rng(2)
    scores = rng.normal(size=(400, 3)).astype(np.float32)
    y = (rng.random((400, 3)) < expit(2 * scores - [0.0, 1.0, 3.0])).astype(np.int64)
    pairs = np.ones(y.shape, dtype=bool)
    shared = fit_facet_maps(scores, y, pairs, [np.array([0, 1]), np.array([2])])
    own = fit_category_maps(scores, y, pairs, shared)
    thresholds = np.array([0.3, 0.3, 0.2])
    moved = carried_over(thresholds, shared, own)
    np.testing.assert_array_equal(own(scores) >= moved, shared(scores) >= thresholds)
    assert moved[0] > 0.3 > moved[1]  # the rarer one is less likely at the same score
    edges = carried_over(np.array([1.0, 0.0, 0.2]), shared, own)
    assert edges[:2].tolist() == [1.0, 0.0]


def test_a_map_that_falls_with_the_score_gives_way_to_its_facet_s():
    scores = np.linspace(-2, 2, 200, dtype=np.float32)[:, None].repeat(2, axis=1)
    y = (scores > 0).astype(np.int64)
    y[:, 1] = 1 - y[:, 1]
    y[:60, 0] = 0
    pairs = np.ones(y.shape, dtype=bool)
    shared = FacetMaps([np.array([0, 1])], [LogisticMap((1.0, 0.0))])
    own = fit_category_maps(scores, y, pairs, shared)
    assert own.maps[0].weights[0] > 1
    assert own.maps[1] == shared.maps[0]


def test_a_softmax_has_a_map_for_each_category_and_one_against_all_one_a_facet():
    categories = [*topic_categories()[:2], category("WATER", facet="place")]
    train = labelled()
    by_name = {
        name: FASTTEXTS[name].fit(Snapshot(categories, train, train.corpus))
        for name in (FASTTEXT, SOFTMAX)
    }
    assert len(by_name[FASTTEXT].maps.maps) == 2
    assert len(by_name[SOFTMAX].maps.maps) == 3
    model = by_name[SOFTMAX]
    again = FASTTEXTS[SOFTMAX].load(FASTTEXTS[SOFTMAX].dump(model))
    proba = model.predict_proba(train.corpus)
    np.testing.assert_array_equal(again.predict_proba(train.corpus), proba)


def test_a_softmax_that_was_stored_with_maps_of_facets_answers_as_before():
    categories = [*topic_categories()[:2], category("WATER", facet="place")]
    train = labelled()
    model = FASTTEXTS[SOFTMAX].fit(Snapshot(categories, train, train.corpus))
    state = {**model.plain(), **model.scorer.plain(), "maps": [[1.5, -0.5], [0.5, 0.25]]}
    again = FASTTEXTS[SOFTMAX].load(plain_files.written(SOFTMAX, state))
    scores = model.sizes(model.scorer.scores(train.corpus))
    slopes, offsets = np.array([1.5, 1.5, 0.5]), np.array([-0.5, -0.5, 0.25])
    expected = expit(scores * slopes + offsets)
    assert again.predict_proba(train.corpus) == pytest.approx(expected, abs=1e-6)


def test_each_text_is_answered_by_a_calibration_on_the_others(from_elsewhere):
    texts = labelled(30, seed=5)
    model = wrapped_here(from_elsewhere, texts)
    found = unseen_answers(model, texts)
    folds = fold_numbers(groups_of(texts.corpus), FOLDS, seed=0)
    assert len(np.unique(folds)) == FOLDS
    for number in range(FOLDS):
        held = np.flatnonzero(folds == number)
        alone = wrapped_here(from_elsewhere, texts.take(np.flatnonzero(folds != number)))
        proba = alone.predict_proba(texts.corpus.take(held))
        np.testing.assert_allclose(found.proba[held], proba, atol=1e-6)
        np.testing.assert_array_equal(found.decided[held], alone.decide(proba))


def test_its_own_answers_say_nothing_about_a_text(from_elsewhere):
    texts = labelled(30, seed=5)
    model = wrapped_here(from_elsewhere, texts)
    before = unseen_answers(model, texts)
    folds = fold_numbers(groups_of(texts.corpus), FOLDS, seed=0)
    held = folds == folds[0]
    y = texts.y.copy()
    y[held] = 1 - y[held]
    after = unseen_answers(model, LabelledTexts(texts.references, texts.corpus, y, texts.known))
    np.testing.assert_array_equal(after.proba[held], before.proba[held])
    np.testing.assert_array_equal(after.decided[held], before.decided[held])
    assert not np.allclose(after.proba[~held], before.proba[~held])


def test_one_threshold_for_all_is_heeded(from_elsewhere):
    texts = labelled(30, seed=5)
    found = unseen_answers(wrapped_here(from_elsewhere, texts), texts, threshold=0.25)
    np.testing.assert_array_equal(found.decided, found.proba >= 0.25)
