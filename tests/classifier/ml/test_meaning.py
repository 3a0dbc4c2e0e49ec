"""Learning from sentence vectors; invented ones, so that what is in them is known."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from classifier.ml import artifacts, meaning
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.meaning import CategoryVectors, MeaningExamples
from classifier.ml.ridge import PENALTY, fit_primally, weighted_mean
from tests.classifier.ml.examples import corpus, everything, topic_categories, topic_grants

RNG = np.random.default_rng(0)
N_TEXTS = 60


def units(rows):
    rows = np.asarray(rows, dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def vectors_of(y, noise=0.05):
    """Vectors that point where the answers do: a direction a category, and a little noise."""
    directions = np.eye(y.shape[1], 384, dtype=np.float32)
    return units(y @ directions + noise * RNG.normal(size=(len(y), 384)))


@pytest.fixture(scope="module")
def grants():
    """Grants in words that say nothing, whose vectors say it all."""
    _, y = topic_grants(N_TEXTS)
    texts = corpus(*(f"Grant of the year {'abcdefghij'[row % 10]}" for row in range(N_TEXTS)))
    return texts.with_vectors(vectors_of(y)), y


@pytest.fixture(scope="module")
def of_categories():
    random = units(RNG.normal(size=(6, 384)))
    return CategoryVectors(documents=random[:3], names=random[3:])


@pytest.fixture(scope="module")
def fitted(grants, of_categories):
    texts, y = grants
    return CategoryClassifier(topic_categories(), prior="uk").fit(
        texts, y, *everything(y), texts, category_vectors=of_categories
    )


def test_what_only_the_vectors_say_is_learned(fitted):
    y = np.eye(3, dtype=np.int64)
    asked = corpus("Some grant", "Some grant", "Some grant").with_vectors(vectors_of(y))
    assert (fitted.decide(fitted.predict_proba(asked)) == (y == 1)).all()


def test_a_text_without_a_vector_is_answered_as_if_none_had_been_learned(fitted, grants):
    texts, y = grants
    words_alone = CategoryClassifier(topic_categories(), prior="uk").fit(
        texts, y, *everything(y), texts
    )
    asked = corpus("A choir", "Grant of the year", "")
    assert not words_alone.reads_meaning
    assert (fitted.predict_proba(asked) == words_alone.predict_proba(asked)).all()
    # And one that has not learned from vectors passes them over.
    with_vectors = asked.with_vectors(vectors_of(np.eye(3)))
    assert (words_alone.predict_proba(with_vectors) == words_alone.predict_proba(asked)).all()


def test_a_loaded_classifier_reads_vectors_as_before(fitted, grants):
    texts, _ = grants
    loaded = artifacts.load(artifacts.dump(fitted))
    assert loaded.reads_meaning
    assert (loaded.predict_proba(texts) == fitted.predict_proba(texts)).all()
    without = replace(texts, vectors=None)
    assert (loaded.predict_proba(without) == fitted.predict_proba(without)).all()


def test_a_file_whose_vectors_are_of_other_categories_is_refused(fitted, of_categories):
    scorer = fitted.scorer_
    cut = CategoryVectors(of_categories.documents[:2], of_categories.names)
    meaning_ = replace(scorer.meaning, meaning=replace(scorer.meaning.meaning, categories=cut))
    fitted.scorer_ = replace(scorer, meaning=meaning_)
    try:
        with pytest.raises(artifacts.CorruptArtifact, match="do not belong together"):
            artifacts.load(artifacts.dump(fitted))
    finally:
        fitted.scorer_ = scorer


def test_no_text_is_scored_by_a_ridge_that_has_seen_it(of_categories):
    # Vectors at random: whoever has seen the answers knows them, whoever has not guesses.
    y = (RNG.random((N_TEXTS, 3)) < 0.5).astype(np.float32)
    texts = units(RNG.normal(size=(N_TEXTS, 384)))
    answers = np.vstack([y, np.eye(3, dtype=np.float32)])
    examples = MeaningExamples(texts, of_categories, answers, np.ones_like(answers))
    seen = examples.learned(np.arange(N_TEXTS)).matches(texts).ridge
    unseen = examples.unseen(np.arange(N_TEXTS) % 5).ridge
    assert np.corrcoef(seen.ravel(), y.ravel())[0, 1] > 0.9
    assert abs(np.corrcoef(unseen.ravel(), y.ravel())[0, 1]) < 0.3


def test_the_ridge_is_scikit_learns():
    X, y = RNG.normal(size=(50, 8)).astype(np.float32), RNG.random((50, 2)).astype(np.float32)
    weights = RNG.choice([0.3, 1.0], size=(50, 2)).astype(np.float32)
    solved, mean = fit_primally(X, y, weights)
    assert mean == pytest.approx(weighted_mean(y, weights))
    for column in range(2):
        theirs = Ridge(alpha=PENALTY, fit_intercept=False)
        theirs.fit(X, y[:, column] - mean[column], weights[:, column])
        assert solved[:, column] == pytest.approx(theirs.coef_, abs=1e-4)


def test_many_kinds_of_weights_give_nearly_the_same_by_steps(of_categories, monkeypatch):
    _, y = topic_grants(N_TEXTS)
    answers = np.vstack([y, np.eye(3)]).astype(np.float32)
    weights = RNG.choice([0.3, 0.5, 1.0], size=answers.shape).astype(np.float32)
    texts = vectors_of(y, noise=1.0)
    examples = MeaningExamples(texts, of_categories, answers, weights)
    exact = examples.learned(np.arange(N_TEXTS)).matches(texts)
    monkeypatch.setattr(meaning, "MAX_FACTORS", 1)
    steps = examples.learned(np.arange(N_TEXTS)).matches(texts)
    assert steps.ridge == pytest.approx(exact.ridge, abs=0.02)
    assert (steps.ridge != exact.ridge).any()


def test_vectors_of_another_number_of_texts_are_refused():
    with pytest.raises(ValueError, match="2 vectors do not belong to 3 texts"):
        corpus("a", "b", "c").with_vectors(np.zeros((2, 384), dtype=np.float32))
