"""The logistic regression that the stacker is fitted with."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from classifier.ml.logistic import AnchoredLogistic


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 4)).astype(np.float32)
    y = (rng.random(500) < 1 / (1 + np.exp(-X @ [1.0, -2.0, 0.0, 0.5]))).astype(int)
    return X, y, rng.random(500)


def test_without_an_anchor_it_is_plain_logistic_regression(rows):
    X, y, weights = rows
    plain = LogisticRegression(C=1 / 3, fit_intercept=False, tol=1e-8).fit(X, y, weights)
    ours = AnchoredLogistic(penalty=3.0).fit(X, y, weights)
    assert ours.coef_ == pytest.approx(plain.coef_[0], abs=1e-3)


def test_a_large_penalty_keeps_the_anchor(rows):
    X, y, _ = rows
    anchor = np.array([0.0, 1.0, 2.0, 3.0])
    assert AnchoredLogistic(anchor, 1e9).fit(X, y).coef_ == pytest.approx(anchor, abs=1e-3)


def test_it_does_not_overshoot_from_a_far_anchor(rows):
    X, y, _ = rows
    far = AnchoredLogistic(np.full(4, 40.0), 1e-3).fit(X, y)
    near = AnchoredLogistic(penalty=1e-3).fit(X, y)
    assert far.coef_ == pytest.approx(near.coef_, abs=0.05)


def test_an_anchor_of_another_size_is_refused(rows):
    X, y, _ = rows
    with pytest.raises(ValueError, match="4 features need as many weights, not 3"):
        AnchoredLogistic(np.zeros(3)).fit(X, y)
