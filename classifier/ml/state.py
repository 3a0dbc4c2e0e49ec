"""A fitted classifier as plain arrays, texts and numbers, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from classifier.ml.calibration import LogisticMap
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.linear import LinearWeights
from classifier.ml.stops import BatchStops
from classifier.ml.text import CategoryText
from classifier.ml.vocabulary import Vocabulary

# Raise it when stems, names or formulas change: an old file would then mean something else.
FORMAT = 1


def state_of(classifier: CategoryClassifier) -> dict[str, Any]:
    """All that the classifier needs to predict; out-of-fold probabilities stay behind."""
    matcher = classifier.matcher_
    return {
        "format": FORMAT,
        "parameters": {
            "min_examples": classifier.min_examples,
            "folds": classifier.folds,
            "seed": classifier.seed,
        },
        "categories": [_plain(category) for category in classifier.categories],
        "terms": "\n".join(classifier.vocabulary_.terms),
        "idf": classifier.vocabulary_.idf,
        "coefficients": classifier.weights_.coefficients,
        "intercepts": classifier.weights_.intercepts,
        "own_map": list(classifier.own_map_.weights),
        "lexical_map": list(classifier.lexical_map_.weights),
        "thresholds": classifier.thresholds_,
        "falls_back": classifier.falls_back_,
        "tuned_on": classifier.tuned_on_,
        "category_idf": matcher.names_.idf,
        "word_stops": matcher.word_stops_.columns,
        "rule_stops": matcher.rule_stops_.columns,
    }


def restored(state: dict[str, Any]) -> CategoryClassifier:
    """The classifier of a state.

    Raises
    ------
    ValueError
        If the state was written by another format, or its parts do not belong together.
    """
    if state.get("format") != FORMAT:
        raise ValueError(f"format {state.get('format')!r} is not {FORMAT}")
    categories = [_category(fields) for fields in state["categories"]]
    classifier = CategoryClassifier(categories, **state["parameters"])
    classifier.matcher_ = _matcher(categories, state)
    terms = state["terms"].split("\n") if state["terms"] else []
    classifier.vocabulary_ = Vocabulary(terms, state["idf"])
    classifier.weights_ = LinearWeights(state["coefficients"], state["intercepts"])
    classifier.own_map_ = LogisticMap(tuple(state["own_map"]))
    classifier.lexical_map_ = LogisticMap(tuple(state["lexical_map"]))
    classifier.thresholds_ = state["thresholds"]
    classifier.falls_back_ = state["falls_back"]
    classifier.tuned_on_ = state["tuned_on"]
    _check(classifier)
    return classifier


def _plain(category: CategoryText) -> dict[str, Any]:
    lists = {"alt_labels": list(category.alt_labels), "ancestors": list(category.ancestors)}
    return asdict(category) | lists


def _category(fields: dict[str, Any]) -> CategoryText:
    lists = {"alt_labels": tuple(fields["alt_labels"]), "ancestors": tuple(fields["ancestors"])}
    return CategoryText(**(fields | lists))


def _matcher(categories: list[CategoryText], state: dict[str, Any]) -> LexicalMatcher:
    matcher = LexicalMatcher(categories).prepare()
    if len(state["category_idf"]) != len(matcher.names_.columns):
        raise ValueError("its category words are not those of this release")
    matcher.names_.weigh(state["category_idf"])
    matcher.word_stops_ = BatchStops(len(matcher.names_.columns), state["word_stops"])
    matcher.rule_stops_ = BatchStops(len(categories), state["rule_stops"])
    return matcher


def _check(classifier: CategoryClassifier) -> None:
    n_categories = len(classifier.categories)
    own = int(np.sum(~classifier.falls_back_))
    shapes = (
        (classifier.vocabulary_.idf.shape, (len(classifier.vocabulary_.terms),)),
        (classifier.weights_.coefficients.shape, (len(classifier.vocabulary_.terms), own)),
        (classifier.weights_.intercepts.shape, (own,)),
        (classifier.thresholds_.shape, (n_categories,)),
        (classifier.falls_back_.shape, (n_categories,)),
    )
    if any(found != expected for found, expected in shapes):
        raise ValueError("its arrays do not belong together")
