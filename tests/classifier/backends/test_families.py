"""The plain arrays of a family say what scikit-learn says, or what one can reckon by hand."""

import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import ClassifierChain
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC

from classifier.backends import families
from classifier.backends.blocks import fit_blocks
from classifier.ml.counting import unit_rows


@pytest.fixture(scope="module")
def world():
    """Sparse texts of 40 terms and four categories, the first of which brings the second."""
    rng = np.random.default_rng(7)
    X = sparse.random_array((120, 40), density=0.2, rng=rng, dtype=np.float32, format="csr")
    pull = X.toarray() @ rng.normal(size=(40, 4))
    y = (pull > np.quantile(pull, 0.7, axis=0)).astype(np.int64)
    y[y[:, 0] == 1, 1] = 1
    return unit_rows(sparse.csr_array(X)), y


def test_linear_scores_are_decision_values(world):
    X, y = world
    found = families.linear_svm(X, y, 3).scores(X)
    for column in range(4):
        svm = LinearSVC(C=0.5, class_weight="balanced", max_iter=10_000, random_state=3).fit(
            X, y[:, column]
        )
        assert found[:, column] == pytest.approx(svm.decision_function(X), abs=1e-4)


def test_a_chain_decides_as_scikit_learn_does(world):
    X, y = world
    order = np.argsort(-y.sum(axis=0), kind="stable").tolist()
    logistic = LogisticRegression(
        C=10.0, class_weight="balanced", solver="liblinear", random_state=0
    )
    theirs = ClassifierChain(logistic, order=order).fit(X, y)
    found = families.classifier_chain(X, y, 0).scores(X)
    assert np.array_equal(found > 0, theirs.predict(X) == 1)
    assert expit(found) == pytest.approx(theirs.predict_proba(X), abs=1e-4)


def test_a_forest_answers_as_scikit_learn_does(world):
    X, y = world
    theirs = RandomForestRegressor(
        families.TREES, min_samples_leaf=families.LEAF, max_features="sqrt", random_state=5
    ).fit(X, y.astype(np.float64))
    found = expit(families.random_forest(X, y, 5).scores(X))
    assert found == pytest.approx(np.clip(theirs.predict(X), 1e-3, 1 - 1e-3), abs=1e-4)
    one = expit(
        families.random_forest(X, y[:, :1], 5).scores(X)
    )  # a single column has a shape, too
    assert one.shape == (120, 1)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("n", [1, 4])
def test_a_perceptron_answers_as_scikit_learn_does(world, n):
    X, y = world[0], world[1][:, :n]
    theirs = MLPClassifier(
        (families.HIDDEN,), batch_size=64, learning_rate_init=0.005,
        max_iter=families.PASSES, random_state=2,
    ).fit(X, y if n > 1 else y[:, 0])  # fmt: skip
    found = expit(families.perceptron(X, y, 2).scores(X))
    proba = theirs.predict_proba(X)
    assert found == pytest.approx(proba if n > 1 else proba[:, 1:], abs=1e-4)


def test_neighbours_answer_as_scikit_learn_does(world):
    X, y = world
    theirs = KNeighborsRegressor(
        families.NEIGHBOURS, metric="cosine", algorithm="brute",
        weights=lambda distance: np.maximum(1 - distance, 1e-12),
    ).fit(X, y)  # fmt: skip
    found = expit(families.nearest_neighbours(X, y, 0).scores(X))
    assert found == pytest.approx(np.clip(theirs.predict(X), 1e-3, 1 - 1e-3), abs=1e-4)


def test_the_set_classes_are_those_that_two_texts_have_and_the_single_categories(world):
    X, y = world
    fitted = families.label_powerset(X, y, 0)
    sets = [tuple(row) for row in y.tolist()]
    frequent = {one for one in sets if sets.count(one) >= 2 or sum(one) <= 1}
    split = {one for one in sets if one not in frequent}
    singles = {tuple(int(i == c) for i in range(4)) for one in split for c in range(4) if one[c]}
    assert {tuple(row) for row in fitted.sets.astype(int).tolist()} == frequent | singles
    classes = np.exp(X @ fitted.weights + fitted.offsets)
    share = classes / classes.sum(axis=1, keepdims=True)
    brute = np.array(
        [[sum(p for p, s in zip(row, fitted.sets, strict=True) if s[c]) for c in range(4)]
         for row in share]
    )  # fmt: skip
    assert expit(fitted.scores(X)) == pytest.approx(np.clip(brute, 1e-3, 1 - 1e-3), abs=1e-4)


def test_naive_bayes_ranks_the_category_first_whose_words_a_text_has(world):
    X = sparse.csr_array(np.eye(6, dtype=np.float32))
    y = np.repeat(np.eye(3, dtype=np.int64), 2, axis=0)
    found = families.complement_naive_bayes(X, y, 0).scores(X)
    assert found.argmax(axis=1).tolist() == [0, 0, 1, 1, 2, 2]


def test_scikit_learns_trap_of_narrow_integers_is_kept_away():
    """Answers of eight bits with more than 127 columns are fitted as the same of 64 bits."""
    X = sparse.csr_array(np.eye(140, dtype=np.float32))
    y = np.eye(140, dtype=np.int8)
    known = np.ones(y.shape, dtype=bool)
    found = fit_blocks(families.logistic_regression, X, y, known, 0).scores(X)
    assert found.argmax(axis=1).tolist() == list(range(140))


@pytest.mark.parametrize("family", families.FAMILIES.values(), ids=lambda family: family.name)
def test_a_category_that_none_or_all_have_is_scored_behind_or_before_the_others(world, family):
    X, y = world
    wider = np.hstack([y, np.zeros((120, 1), dtype=np.int64), np.ones((120, 1), dtype=np.int64)])
    scores = fit_blocks(family.fit, X, wider, np.ones(wider.shape, dtype=bool), 0).scores(X)
    assert np.array_equal(scores[:, :4], family.fit(X, y, 0).scores(X))
    middle = scores[:, :4].mean(axis=0)
    assert scores[:, 4] == pytest.approx(middle.min(), abs=1e-5)
    assert scores[:, 5] == pytest.approx(middle.max(), abs=1e-5)


@pytest.mark.parametrize("family", families.FAMILIES.values(), ids=lambda family: family.name)
def test_a_single_category_can_be_learned(world, family):
    X, y = world[0], world[1][:, :1]
    scores = family.fit(X, y, 0).scores(X)
    assert scores.shape == (120, 1)
    assert scores[y == 1].mean() > scores[y == 0].mean() + scores.std()
