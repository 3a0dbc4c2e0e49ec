"""What a model must beat: the keyword rules alone, and the most frequent categories for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.ml.rules import RuleSet
from classifier.ml.text import CategoryText, Corpus


@dataclass(frozen=True)
class Suggested:
    """Probabilities and ticks, both of shape (n_texts, n_categories)."""

    proba: NDArray[np.float32]
    decided: NDArray[np.bool_]


def at_least_one(decided: NDArray[np.bool_], proba: NDArray[np.floating]) -> NDArray[np.bool_]:
    """The ticks, and in a text without any the likeliest category, if it is likely at all."""
    filled = decided.copy()
    if filled.size:
        empty = np.flatnonzero(~filled.any(axis=1) & (proba.max(axis=1) > 0))
        filled[empty, proba[empty].argmax(axis=1)] = True
    return filled


def has_rules(categories: Sequence[CategoryText]) -> bool:
    """Whether any category has a keyword rule."""
    return any(category.include_pattern.strip() for category in categories)


def by_rules(categories: Sequence[CategoryText], corpus: Corpus) -> Suggested:
    """What the keyword rules say: every match is ticked, with probability 1; else 0."""
    matches = RuleSet(categories).matches(corpus.texts)
    return Suggested(matches.astype(np.float32), matches)


def by_frequency(y: NDArray[np.int64], known: NDArray[np.bool_], n_texts: int) -> Suggested:
    """The same for every text: a category's share of the training texts that answer it.

    A list of the most frequent categories is what one could offer without reading a word.

    Parameters
    ----------
    y : ndarray of shape (n_training_texts, n_categories), 0 or 1
    known : ndarray of shape (n_training_texts, n_categories), bool
    n_texts : int
        How many texts to answer.
    """
    share = (y * known).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    proba = np.tile(share.astype(np.float32), (n_texts, 1))
    return Suggested(proba, at_least_one(proba >= 0.5, proba))
