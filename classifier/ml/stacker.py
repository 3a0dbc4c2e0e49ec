"""One logistic regression over all (text, category) pairs, its weights shared by all categories.

No parameter belongs to a single category, so it serves one that has no example yet. With how many
examples a category has, the weights shift from its own words to what its examples say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.ml.inputs import N_INPUTS, N_MEANING_INPUTS, N_RULE_INPUTS
from classifier.ml.logistic import AnchoredLogistic
from classifier.ml.priors import Prior

Scores = NDArray[np.float32]
PENALTY = 100.0
INTERCEPT_PENALTY = 3.0  # with a prior; none without
# Beyond this many pairs keep every positive and a sample of the negatives.
MAX_PAIRS = 1_500_000
SAMPLED_PAIRS = 1_200_000
# Log-odds of a pair of which nothing is known at all.
SELDOM = -4.0


@dataclass(frozen=True)
class SharedWeights:
    """Fitted weights, float64 of shape (3 + 3 x n_inputs,).

    In order: 1, the inputs, the inputs x ln(1 + n), the inputs / (1 + n), ln(1 + n), 1 / (1 + n),
    with n the number of a category's examples; all standardised by ``mean`` and ``scale``.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]

    def folded(self, examples: Scores) -> FoldedWeights:
        """The weights for categories with so many examples each, shape (n_categories,)."""
        raw = self.weights / self.scale
        n_inputs = (len(raw) - 3) // 3
        plain, log, few = raw[1:-2].reshape(3, n_inputs)[:, :, None]
        many, rare = np.log1p(examples), 1 / (1 + examples)
        offset = self.weights[0] - (raw[1:] * self.mean[1:]).sum()
        return FoldedWeights(
            (plain + log * many + few * rare).astype(np.float32),
            (offset + raw[-2] * many + raw[-1] * rare).astype(np.float32),
        )

    def lengths(self, inputs: Sequence[Scores], examples: Scores) -> Scores:
        """Length of each pair's standardised row, float32 of shape (n_texts, n_categories).

        How far one more answer to the pair can move the weights (see
        :func:`classifier.ml.sampling.stacker_gain`). ``examples``: shape (n_categories,).
        """
        shape = inputs[0].shape
        counted = np.broadcast_to(examples, shape).ravel()
        rows = expanded([values.ravel() for values in inputs], counted)
        rows -= self.mean.astype(np.float32)
        rows /= self.scale.astype(np.float32)
        return np.asarray(np.linalg.norm(rows, axis=1).reshape(shape), dtype=np.float32)


@dataclass(frozen=True)
class FoldedWeights:
    """A category's own weights at its number of examples.

    ``slopes``: float32 of shape (n_inputs, n_categories). ``offsets``: (n_categories,).
    """

    slopes: Scores
    offsets: Scores

    def log_odds(self, inputs: Sequence[Scores]) -> Scores:
        """Float32 of shape (n_texts, n_categories), kept between -30 and 30."""
        total = np.broadcast_to(self.offsets, inputs[0].shape).astype(np.float32)
        for slope, values in zip(self.slopes, inputs, strict=True):
            total += slope * values
        return np.clip(total, -30, 30)


def fit_stacker(
    parts: Iterable[tuple[slice, Sequence[Scores]]],
    examples: Scores,
    y: NDArray[np.int64],
    weights: Scores,
    prior: Prior | None,
    seed: int,
) -> SharedWeights:
    """Fit the shared weights.

    Parameters
    ----------
    parts : iterable of (slice, sequence of ndarray of shape (n_texts of the part, n_categories))
        The inputs of all texts in order, from scorers that have not seen the text.
    examples : ndarray of shape (n_texts, n_categories)
        How many examples those scorers had of the category.
    y : ndarray of shape (n_texts, n_categories), 0 or 1
    weights : ndarray of shape (n_texts, n_categories)
        A pair of weight 0 teaches nothing.
    prior : Prior or None
        What holds while there are few pairs; None draws to 0.
    seed : int
        Chooses the sample of negatives where there are very many.
    """
    chosen, counted = _sampled(y, weights, seed)
    X = np.concatenate(
        [
            expanded([values[chosen[rows]] for values in inputs], examples[rows][chosen[rows]])
            for rows, inputs in parts
        ]
    )
    if prior is None:
        mean, scale = X.mean(axis=0, dtype=np.float64), X.std(axis=0, dtype=np.float64) + 1e-6
        mean[0], scale[0] = 0, 1
        prior, intercept_penalty = Prior(mean, scale, np.zeros(X.shape[1])), 0.0
    else:
        intercept_penalty = INTERCEPT_PENALTY
    penalty = np.full(X.shape[1], PENALTY)
    penalty[0] = intercept_penalty
    X -= prior.mean.astype(np.float32)
    X /= prior.scale.astype(np.float32)
    right = y[chosen].astype(np.float32)
    if not 0 < right.sum() < len(right):
        # Nothing but yes, or nothing but no, says nothing about telling them apart.
        return SharedWeights(prior.mean, prior.scale, prior.weights)
    model = AnchoredLogistic(prior.weights, penalty).fit(X, right, counted)
    return SharedWeights(prior.mean, prior.scale, model.coef_)


def untaught(prior: Prior | None, with_rules: bool, with_meaning: bool) -> SharedWeights:
    """The weights before any label: the prior, or without one the same for every pair."""
    if prior is not None:
        return SharedWeights(prior.mean, prior.scale, prior.weights)
    n_inputs = N_INPUTS + N_RULE_INPUTS * with_rules + N_MEANING_INPUTS * with_meaning
    n_weights = 3 + 3 * n_inputs
    weights = np.zeros(n_weights)
    weights[0] = SELDOM
    return SharedWeights(np.zeros(n_weights), np.ones(n_weights), weights)


def _sampled(y: NDArray[np.int64], weights: Scores, seed: int) -> tuple[NDArray[np.bool_], Scores]:
    chosen = weights > 0
    n_pairs = int(chosen.sum())
    if n_pairs <= MAX_PAIRS:
        return chosen, weights[chosen]
    share = SAMPLED_PAIRS / n_pairs
    chosen &= (y > 0) | (np.random.default_rng(seed).random(y.shape, dtype=np.float32) < share)
    repeated = np.where(y[chosen] > 0, 1.0, 1 / share).astype(np.float32)
    return chosen, weights[chosen] * repeated


def expanded(inputs: Sequence[Scores], examples: Scores) -> NDArray[np.float32]:
    """All inputs of all pairs, float32 of shape (n_pairs, 3 + 3 x n_inputs)."""
    n_inputs = len(inputs)
    X = np.empty((len(examples), 3 + 3 * n_inputs), dtype=np.float32)
    many, rare = np.log1p(examples), 1 / (1 + examples)
    X[:, 0], X[:, -2], X[:, -1] = 1, many, rare
    for number, values in enumerate(inputs):
        X[:, 1 + number] = values
        X[:, 1 + n_inputs + number] = values * many
        X[:, 1 + 2 * n_inputs + number] = values * rare
    return X
