"""Ridge of all categories at once, exactly and by steps, against scikit-learn's."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import Ridge

from classifier.ml import steps, unseen
from classifier.ml.ridge import PENALTY, fit_by_steps, fit_exactly, weighted_mean
from classifier.ml.spaces import TextVectors
from classifier.ml.steps import Pivots, conjugate_gradients
from classifier.ml.unseen import ExampleScorers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 30)).astype(np.float32)
X /= np.linalg.norm(X, axis=1, keepdims=True)
Y = (RNG.random((60, 5)) < 0.3).astype(np.float32)
KERNEL = X @ X.T
PIVOTS = Pivots.drawn(sparse.csr_array(X), seed=0)

WEIGHTS = {
    "all alike": np.ones(Y.shape, dtype=np.float32),
    "two kinds": np.where(np.arange(60) < 40, 1.0, 0.3)[:, None] * np.ones(5, dtype=np.float32),
    "each its own": RNG.choice([0.0, 0.3, 1.0], size=Y.shape),
}


def plain(weights):
    """The scores of one scikit-learn ridge a category, with the weighted mean as intercept."""
    mean = weighted_mean(Y, weights)
    models = [
        Ridge(alpha=PENALTY, fit_intercept=False).fit(X, Y[:, j] - mean[j], weights[:, j])
        for j in range(5)
    ]
    return np.column_stack([model.predict(X) for model in models]) + mean


@pytest.mark.parametrize("kind", WEIGHTS)
def test_both_ways_give_the_scores_of_scikit_learns_ridge(kind, monkeypatch):
    monkeypatch.setattr(steps, "TOLERANCE", 1e-5)
    weights = WEIGHTS[kind].astype(np.float32)
    exact = fit_exactly(KERNEL, Y, weights)
    by_steps = fit_by_steps(KERNEL.__matmul__, Y, weights)
    sooner = fit_by_steps(KERNEL.__matmul__, Y, weights, PIVOTS)
    expected = plain(weights)
    assert KERNEL @ exact.dual + exact.mean == pytest.approx(expected, abs=1e-5)
    for found in (by_steps, sooner):
        assert KERNEL @ found.dual + found.mean == pytest.approx(expected, abs=1e-4)


def test_a_pair_of_weight_0_is_as_if_it_were_not_there():
    weights = np.ones(Y.shape, dtype=np.float32)
    weights[50:] = 0
    fitted = fit_exactly(KERNEL, Y, weights)
    fewer = fit_exactly(KERNEL[:50, :50], Y[:50], weights[:50])
    assert fitted.dual[:50] == pytest.approx(fewer.dual)
    assert not fitted.dual[50:].any()


def test_a_category_without_any_answer_scores_0():
    nothing = np.zeros(Y.shape, dtype=np.float32)
    for fitted in (fit_exactly(KERNEL, Y, nothing), fit_by_steps(KERNEL.__matmul__, Y, nothing)):
        assert not fitted.dual.any()
        assert not fitted.mean.any()


def test_very_many_texts_get_nearly_the_scores_that_few_would(monkeypatch):
    vectors = TextVectors(sparse.csr_array(X), sparse.csr_array(X))
    folds, facets = np.arange(55) % 5, ["all"] * 5
    parts = vectors[:55], vectors[55:], Y[:55], np.ones((55, 5), dtype=np.float32)
    exact = ExampleScorers(*parts, facets)
    expected = exact.unseen(folds, None)
    monkeypatch.setattr(unseen, "EXACT_LIMIT", 10)
    by_steps = ExampleScorers(*parts, facets)
    assert by_steps.kernel is None
    found = by_steps.unseen(folds, None)
    assert found.ridge == pytest.approx(expected.ridge, abs=0.01)
    assert found.prototype == pytest.approx(expected.prototype, abs=1e-6)
    assert by_steps.ridge_weights()[0] == pytest.approx(exact.ridge_weights()[0], abs=0.02)


def test_very_many_kinds_of_weights_are_solved_by_steps_too(monkeypatch):
    vectors = TextVectors(sparse.csr_array(X), sparse.csr_array(X))
    weights = WEIGHTS["each its own"].astype(np.float32)[:55]
    parts = vectors[:55], vectors[55:], Y[:55], weights, ["all"] * 5
    exact = ExampleScorers(*parts).unseen(np.arange(55) % 5, None)
    monkeypatch.setattr(unseen, "MAX_FACTORS", 2)
    by_steps = ExampleScorers(*parts).unseen(np.arange(55) % 5, None)
    assert by_steps.ridge == pytest.approx(exact.ridge, abs=0.01)
    assert (by_steps.ridge != exact.ridge).any()


def test_pivots_save_steps():
    """A kernel with few large directions: what makes texts alike is what the pivots know."""
    random = np.random.default_rng(1)
    few = random.normal(size=(400, 5)) @ random.normal(size=(5, 40))
    rows = (few + 0.2 * random.normal(size=few.shape)).astype(np.float32)
    vectors = sparse.csr_array(rows / np.linalg.norm(rows, axis=1, keepdims=True))
    pivots = Pivots.drawn(vectors, seed=0)
    taken = {}
    for name, given in (("plain", None), ("with pivots", pivots)):
        products = []

        def system(x, products=products):
            products.append(1)
            return vectors.dot(vectors.T.dot(x)) + np.float32(PENALTY) * x

        one = np.ones((400, 1), dtype=np.float32)
        precondition = given and given.preconditioner(one, np.float32(PENALTY))
        right = random.normal(size=(400, 3)).astype(np.float32)
        found = conjugate_gradients(system, right, precondition)
        taken[name] = len(products)
        left = np.linalg.norm(system(found) - right, axis=0)
        assert (left < 0.011 * np.linalg.norm(right, axis=0)).all()
    assert taken["with pivots"] < taken["plain"] / 2


def test_pivots_of_some_rows_are_the_columns_of_these():
    vectors = sparse.csr_array(X)
    assert PIVOTS.columns.shape == (60, 15)
    assert PIVOTS.of(np.arange(10)).columns == pytest.approx(PIVOTS.columns[:10])
    assert Pivots.drawn(vectors, seed=0).columns.tolist() == PIVOTS.columns.tolist()
    nothing = Pivots.drawn(vectors[:0], seed=0)
    assert nothing.columns.shape == (0, 0)
