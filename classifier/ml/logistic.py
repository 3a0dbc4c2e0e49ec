"""Logistic regression drawn towards given weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

STEPS = 20
HALVINGS = 12
BLOCK = 100_000

Vector = NDArray[np.float64]


class AnchoredLogistic(ClassifierMixin, BaseEstimator):
    """Binary logistic regression, as near to given weights as a penalty wants, by Newton steps.

    There is no intercept of its own: let an input be 1 everywhere.

    Parameters
    ----------
    anchor : ndarray of shape (n_features,) or None, default=None
        What the weights are drawn to; None means 0.
    penalty : float or ndarray of shape (n_features,), default=1.0
        Weighs half the squared distance from the anchor.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
    coef_ : ndarray of shape (n_features,), float64
    """

    def __init__(self, anchor: Vector | None = None, penalty: float | Vector = 1.0) -> None:
        self.anchor = anchor
        self.penalty = penalty

    def fit(
        self, X: Any, y: Any, sample_weight: NDArray[np.floating] | None = None
    ) -> AnchoredLogistic:
        """Fit on X of shape (n_samples, n_features), float32 or float64, and two classes."""
        X, y = validate_data(self, X, y, dtype=[np.float32, np.float64])
        check_classification_targets(y)
        self.classes_, right = np.unique(y, return_inverse=True)
        if len(self.classes_) != 2:
            raise ValueError(
                f"Only binary classification is supported; y has {len(self.classes_)} "
                "class(es). Give rows of two classes."
            )
        weights = _check_sample_weight(sample_weight, X, dtype=X.dtype)
        problem = _Problem(X, right.astype(X.dtype), weights, *self._pull(X.shape[1]))
        self.coef_ = problem.solved()
        return self

    def _pull(self, n_features: int) -> tuple[Vector, Vector]:
        anchor = np.zeros(n_features) if self.anchor is None else np.asarray(self.anchor, float)
        penalty = np.broadcast_to(np.asarray(self.penalty, float), (n_features,))
        if anchor.shape != (n_features,):
            raise ValueError(f"{n_features} features need as many weights, not {len(anchor)}.")
        return anchor, penalty

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Log-odds of the second class, of shape (n_samples,)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=[np.float32, np.float64])
        return np.asarray(X @ self.coef_, dtype=np.float64)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities of both classes, of shape (n_samples, 2)."""
        second = expit(self.decision_function(X))
        return np.column_stack([1 - second, second])

    def predict(self, X: Any) -> NDArray[Any]:
        """The likelier class of each row, of shape (n_samples,)."""
        second = self.decision_function(X) > 0
        return np.asarray(self.classes_[second.astype(int)])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


@dataclass(frozen=True)
class _Problem:
    """Inputs, answers (0 or 1), weights of the rows, anchor, and penalty."""

    X: NDArray[np.floating]
    y: NDArray[np.floating]
    weights: NDArray[np.floating]
    anchor: Vector
    penalty: Vector

    def solved(self) -> Vector:
        found = self.anchor.copy()
        best = self._loss(found)
        for _ in range(STEPS):
            step = self._newton_step(found)
            # Far from the optimum a full step may overshoot.
            for _ in range(HALVINGS):
                loss = self._loss(found + step)
                if loss <= best:
                    break
                step /= 2
            else:
                break
            found, best = found + step, loss
            if np.abs(step).max() < 1e-3:
                break
        return found

    def _newton_step(self, found: Vector) -> Vector:
        gradient = -self.penalty * (found - self.anchor)
        # Without a penalty an input that is always 0 would leave the system singular.
        hessian = np.diag(self.penalty + 1e-6)
        for X, y, weights in self._blocks():
            p = expit(X @ found.astype(X.dtype))
            gradient = gradient + X.T @ (weights * (y - p))
            hessian += (X * (weights * p * (1 - p))[:, None]).T @ X
        return np.asarray(np.clip(np.linalg.solve(hessian, gradient), -3, 3))

    def _loss(self, found: Vector) -> float:
        """Half the penalty, and the negative log-likelihood."""
        total = 0.5 * float((self.penalty * (found - self.anchor) ** 2).sum())
        for X, y, weights in self._blocks():
            z = (X @ found.astype(X.dtype)).astype(np.float64)
            total += float((weights * (np.logaddexp(0, z) - y * z)).sum())
        return total

    def _blocks(self) -> Iterator[tuple[NDArray[np.floating], ...]]:
        """Rows in parts: intermediate results of all rows at once would not fit into memory."""
        for start in range(0, len(self.y), BLOCK):
            part = slice(start, start + BLOCK)
            yield self.X[part], self.y[part], self.weights[part]
