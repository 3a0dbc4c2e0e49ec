"""Logistic regression drawn towards given weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

STEPS = 20
HALVINGS = 12
BLOCK = 100_000


def fit_logistic(
    X: NDArray[np.float32],
    y: NDArray[np.float32],
    penalty: NDArray[np.float64],
    prior: NDArray[np.float64],
    weights: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Weights that fit y, as near to ``prior`` as ``penalty`` wants, by Newton steps.

    Parameters
    ----------
    X : ndarray of shape (n_pairs, n_inputs), float32
    y : ndarray of shape (n_pairs,), 0 or 1
    penalty, prior : ndarray of shape (n_inputs,)
        The penalty is on half the squared distance from the prior.
    weights : ndarray of shape (n_pairs,)
        How often each pair counts.
    """
    found = prior.astype(np.float64).copy()
    best = _loss(X, y, penalty, prior, weights, found)
    for _ in range(STEPS):
        step = _newton_step(X, y, penalty, prior, weights, found)
        # Far from the optimum a full step may overshoot.
        for _ in range(HALVINGS):
            loss = _loss(X, y, penalty, prior, weights, found + step)
            if loss <= best:
                break
            step /= 2
        else:
            break
        found, best = found + step, loss
        if np.abs(step).max() < 1e-3:
            break
    return found


def _newton_step(
    X: NDArray[np.float32],
    y: NDArray[np.float32],
    penalty: NDArray[np.float64],
    prior: NDArray[np.float64],
    weights: NDArray[np.float32],
    found: NDArray[np.float64],
) -> NDArray[np.float64]:
    gradient = -penalty * (found - prior)
    # Without a penalty an input that is always 0 would leave the system singular.
    hessian = np.diag(penalty + 1e-6)
    for part in _blocks(len(y)):
        p = expit(X[part] @ found.astype(np.float32))
        gradient = gradient + X[part].T @ (weights[part] * (y[part] - p))
        curvature = (weights[part] * p * (1 - p))[:, None]
        hessian += (X[part] * curvature).T @ X[part]
    return np.asarray(np.clip(np.linalg.solve(hessian, gradient), -3, 3))


def _loss(
    X: NDArray[np.float32],
    y: NDArray[np.float32],
    penalty: NDArray[np.float64],
    prior: NDArray[np.float64],
    weights: NDArray[np.float32],
    found: NDArray[np.float64],
) -> float:
    """Half the penalty, and the negative log-likelihood."""
    total = 0.5 * float((penalty * (found - prior) ** 2).sum())
    for part in _blocks(len(y)):
        z = (X[part] @ found.astype(np.float32)).astype(np.float64)
        total += float((weights[part] * (np.logaddexp(0, z) - y[part] * z)).sum())
    return total


def _blocks(n_pairs: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK) for start in range(0, n_pairs, BLOCK))
