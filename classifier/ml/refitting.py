"""A fitted classifier brought up to date with further answers, its words and thresholds kept."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from classifier.ml.documents import documents_of
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.folds import groups_of
from classifier.ml.meaning import MeaningExamples
from classifier.ml.scorer import MeaningScorer, Scorer
from classifier.ml.teaching import checked, weights_of
from classifier.ml.text import Corpus
from classifier.ml.unseen import ExampleScorers, rule_precision

Scores = NDArray[np.float32]


def refitted(
    parent: CategoryClassifier,
    corpus: Corpus,
    y: NDArray[np.int64],
    known: NDArray[np.bool_],
    weights: NDArray[np.float32] | None,
    learned_before: NDArray[np.bool_],
) -> CategoryClassifier:
    """The parent, taught by these answers in place of its own.

    Learned anew: the ridge (from where the parent's stands), the prototypes, how right the rules
    are, and how many examples each category has, by which the shared weights lean on its examples
    or on its words. Kept: the vocabulary, the shared weights, what stands in for examples,
    calibration and thresholds. There are no folds, so a refit costs a small part of a fit.

    Parameters
    ----------
    parent : CategoryClassifier
        A fitted one. It stays as it is.
    corpus, y, known, weights
        As for :meth:`CategoryClassifier.fit`, in the parent's columns.
    learned_before : ndarray of shape (n_texts,), bool
        Which of the texts the parent has learned from.

    Raises
    ------
    ValueError
        If the shapes do not belong together, or nothing is known of any text.
    """
    shape = len(corpus), len(parent.categories)
    y, known, _ = checked(shape, y, known, np.zeros(shape[0], dtype=bool))
    weighed = weights_of(known, weights)
    if not weighed.any():
        raise ValueError("Nothing is known of any text, so there is nothing to learn anew.")
    child = copy.copy(parent)
    child.falls_back_ = parent.too_few(y, groups_of(corpus))
    child.scorer_ = _scorer(parent, corpus, y.astype(np.float32), weighed, learned_before)
    return child


def _scorer(
    parent: CategoryClassifier,
    corpus: Corpus,
    y: Scores,
    weights: Scores,
    learned_before: NDArray[np.bool_],
) -> Scorer:
    before, every = parent.scorer_, np.arange(len(y))
    documents = documents_of(parent.categories, parent.has_rules_)
    examples = ExampleScorers(
        before.spaces.transform(parent.reader_.read(corpus)),
        before.spaces.transform(documents),
        y,
        weights,
        [category.facet for category in parent.categories],
    )
    ridge, mean = examples.ridge_weights_from(before.ridge, before.ridge_mean, learned_before)
    precision = before.rule_precision
    if precision is not None and parent.has_rules_:
        precision = rule_precision(parent.reader_.rule_matches(corpus), y, weights)
    return replace(
        before,
        ridge=ridge,
        ridge_mean=mean,
        prototypes=examples.prototypes(every),
        rule_precision=precision,
        weights=parent.shared_.folded(y.sum(axis=0)),
        meaning=_meaning(before.meaning, corpus, examples, every),
    )


def _meaning(
    before: MeaningScorer | None,
    corpus: Corpus,
    examples: ExampleScorers,
    every: NDArray[np.int64],
) -> MeaningScorer | None:
    """Its ridge learned anew, its weights kept at the parent's numbers of examples."""
    if before is None or corpus.vectors is None:
        return before
    learned = MeaningExamples(
        corpus.vectors, before.meaning.categories, examples.y, examples.weights
    )
    return replace(before, meaning=learned.learned(every))
