"""A classifier taught further answers: what is learned anew, and what stays."""

import numpy as np
import pytest

from classifier.ml import unseen
from classifier.ml.documents import documents_of
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.refitting import refitted
from classifier.ml.ridge import fit_exactly
from tests.classifier.ml.demonstration import demonstration_categories, demonstration_grants
from tests.classifier.ml.examples import everything


@pytest.fixture(scope="module")
def grants():
    return demonstration_grants(demonstration_categories())


@pytest.fixture(scope="module")
def before(grants):
    """Which grants the parent has learned from: all but every fifth."""
    return np.arange(len(grants[0])) % 5 > 0


@pytest.fixture(scope="module")
def parent(grants, before):
    corpus, y, background = grants
    part, rows = corpus.take(np.flatnonzero(before)), y[before]
    return CategoryClassifier(demonstration_categories()).fit(
        part, rows, *everything(rows), background
    )


def taught(parent, grants, before, weights=None):
    corpus, y, _ = grants
    known, _ = everything(y)
    return refitted(parent, corpus, y, known, weights, before)


def scorers(parent, grants):
    """The examples of all grants, in the parent's words."""
    corpus, y, _ = grants
    spaces = parent.scorer_.spaces
    documents = documents_of(parent.categories, parent.has_rules_)
    facets = [category.facet for category in parent.categories]
    weights = np.ones(y.shape, np.float32)
    texts = spaces.transform(parent.reader_.read(corpus))
    return unseen.ExampleScorers(
        texts, spaces.transform(documents), y.astype(np.float32), weights, facets
    )


def test_what_it_has_learned_already_changes_nothing(parent, grants, before):
    corpus, y, background = grants
    part, rows = corpus.take(np.flatnonzero(before)), y[before]
    known, _ = everything(rows)
    again = refitted(parent, part, rows, known, None, np.ones(len(rows), dtype=bool))
    asked = background.take(np.arange(20))
    assert np.allclose(again.predict_proba(asked), parent.predict_proba(asked), atol=1e-4)


def test_vocabulary_thresholds_and_calibration_are_the_parent_s(parent, grants, before):
    child = taught(parent, grants, before)
    assert child.scorer_.spaces is parent.scorer_.spaces
    assert child.thresholds_ is parent.thresholds_
    assert child.maps_ is parent.maps_
    assert child.shared_ is parent.shared_


def test_the_parent_stays_as_it_was(parent, grants, before):
    asked = grants[2].take(np.arange(20))
    was = parent.predict_proba(asked).copy()
    child = taught(parent, grants, before)
    assert np.array_equal(parent.predict_proba(asked), was)
    assert not np.allclose(child.predict_proba(asked), was, atol=1e-3)


@pytest.mark.parametrize("few", [unseen.SOON_EXACT, 0], ids=["by a factor", "by steps"])
def test_its_ridge_is_the_one_learned_from_nothing(parent, grants, before, few, monkeypatch):
    """Computed a second way: the dual of the whole kernel, facet by facet."""
    monkeypatch.setattr(unseen, "SOON_EXACT", few)
    examples = scorers(parent, grants)
    kernel = np.asarray((examples.all @ examples.all.T).toarray(), dtype=np.float32)
    plain = fit_exactly(kernel, examples.y, examples.weights)
    expected = examples.all.T.dot(plain.dual)
    child = taught(parent, grants, before)
    apart = np.linalg.norm(child.scorer_.ridge - expected) / np.linalg.norm(expected)
    assert apart < 0.02  # the steps end at a hundredth
    assert np.allclose(child.scorer_.ridge_mean, plain.mean, atol=1e-6)


def test_from_where_the_parent_stands_it_takes_fewer_steps(parent, grants, before, monkeypatch):
    """Two more grants: the kernel is multiplied less often than from nothing."""
    almost = np.arange(len(grants[0])) > 1
    corpus, y, background = grants
    part, rows = corpus.take(np.flatnonzero(almost)), y[almost]
    near = CategoryClassifier(demonstration_categories()).fit(
        part, rows, *everything(rows), background
    )
    monkeypatch.setattr(unseen, "SOON_EXACT", 0)
    products = []
    times = unseen._implicit_kernel

    def counting(vectors):
        product = times(vectors)
        return lambda matrix: products.append(1) or product(matrix)

    monkeypatch.setattr(unseen, "_implicit_kernel", counting)
    scorer = near.scorer_
    scorers(near, grants).ridge_weights_from(scorer.ridge, scorer.ridge_mean, almost)
    warm = len(products)
    nothing = np.zeros_like(scorer.ridge), np.zeros_like(scorer.ridge_mean)
    scorers(near, grants).ridge_weights_from(*nothing, np.zeros(len(y), dtype=bool))
    assert warm < len(products) - warm


def test_a_category_leans_on_its_new_examples(parent, grants, before):
    _, y, _ = grants
    child = taught(parent, grants, before)
    counts = y.sum(axis=0).astype(np.float32)
    folded = parent.shared_.folded(counts)
    assert np.array_equal(child.scorer_.weights.slopes, folded.slopes)
    assert np.array_equal(child.scorer_.weights.offsets, folded.offsets)
    assert child.falls_back_.sum() <= parent.falls_back_.sum()


def test_pairs_without_weight_teach_nothing(parent, grants, before):
    """New grants of weight 0 leave what the old ones teach."""
    corpus, y, _ = grants
    weights = np.where(before[:, None], 1, 0) * np.ones(y.shape, np.float32)
    child = refitted(
        parent, corpus, y * before[:, None], everything(y)[0], weights.astype(np.float32), before
    )
    asked = corpus.take(np.arange(20))
    assert np.allclose(child.predict_proba(asked), parent.predict_proba(asked), atol=1e-4)


def test_with_nothing_known_it_is_refused(parent, grants, before):
    corpus, y, _ = grants
    nothing = np.zeros(y.shape, dtype=bool)
    with pytest.raises(ValueError, match="nothing to learn"):
        refitted(parent, corpus, y, nothing, None, before)
