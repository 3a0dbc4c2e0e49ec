"""The two classifiers a simulation learns with: the production one, and a plain one beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from classifier.ml.baselines import Suggested, at_least_one
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.holdout import LabelledTexts
from classifier.ml.read_once import Readings, ReadOnce
from classifier.ml.scorer import Scorer
from classifier.ml.simulation import Fit
from classifier.ml.text import CategoryText, Corpus

Scores = NDArray[np.float32]

PRODUCTION, PLAIN = "production", "plain"
# What each gives a strategy beyond its answers, see ``more``.
GIVES: dict[str, set[str]] = {PRODUCTION: {"members", "reach"}, PLAIN: set()}
RIDGE, PROTOTYPE, COSINE = 0, 5, 9  # places among the inputs of the shared regression
STRENGTH = 10.0  # C of the plain model; 1 to 30 give the same within noise


class Production:
    """The site's classifier, as a simulation sees it."""

    def __init__(self, model: CategoryClassifier, examples: Scores, texts: ReadOnce) -> None:
        self.model, self.examples, self.texts = model, examples, texts
        self.thresholds = np.asarray(model.thresholds_, dtype=np.float64)

    def answers(self, corpus: Corpus) -> Suggested:
        """Probabilities and ticks, shape (n_texts, n_categories): what the classifier says."""
        scorer, maps = self.model.scorer_, self.model.maps_
        proba = self._told(
            corpus, lambda found: maps(scorer.by_words(found.vectors, found.inputs(scorer)))
        )
        return Suggested(proba, self.model.decide(proba, at_least_one=True))

    def more(self, corpus: Corpus, needs: set[str]) -> dict[str, Any]:
        """``members``: its ridge, its prototypes and the categories' words, each on their own.

        ``reach``: length of the pairs' rows in the shared regression.
        """
        scorer, shared = self.model.scorer_, self.model.shared_
        found: dict[str, Any] = {}
        if "members" in needs:
            found["members"] = tuple(
                self._told(corpus, partial(_alone, scorer, place))
                for place in (RIDGE, PROTOTYPE, COSINE)
            )
        if "reach" in needs:
            found["reach"] = self._told(
                corpus, lambda part: shared.lengths(part.inputs(scorer), self.examples)
            )
        return found

    def _told(self, corpus: Corpus, score: Callable[[Readings], Scores]) -> Scores:
        """What ``score`` gives, a few thousand texts at a time."""
        told = np.empty((len(corpus), len(self.model.categories)), dtype=np.float32)
        for rows, part in self.texts.of(corpus):
            told[rows] = score(part)
        return told


def _alone(scorer: Scorer, place: int, part: Readings) -> Scores:
    return np.asarray(np.clip(part.inputs(scorer)[place], 0, 1))


def production(
    categories: list[CategoryText], parameters: dict[str, Any], background: Corpus, seed: int
) -> Fit:
    """Learn with the site's classifier; all texts are background in every round."""
    blank = CategoryClassifier(categories, seed=seed, **parameters)
    learned = blank.learn_background(background)
    texts = ReadOnce(learned)

    def fit(labelled: LabelledTexts, tunes: NDArray[np.bool_]) -> Production:
        model = CategoryClassifier(categories, seed=seed, **parameters)
        model.fit(labelled.corpus, labelled.y, labelled.known, tunes, learned)
        examples = (labelled.y * labelled.known).sum(axis=0).astype(np.float32)
        return Production(model, examples, texts)

    return fit


class Plain:
    """TF-IDF of words and one logistic regression a category; 0 for one without an example."""

    def __init__(self, background: TfidfVectorizer, labelled: LabelledTexts) -> None:
        self.vectorizer = background
        self.n_categories = labelled.y.shape[1]
        self.thresholds = np.full(self.n_categories, 0.5)
        self.models: dict[int, LogisticRegression] = {}
        vectors = background.transform(labelled.corpus.texts) if len(labelled) else None
        for column in range(self.n_categories):
            known = labelled.known[:, column]
            y = labelled.y[known, column]
            if vectors is not None and 0 < y.sum() < len(y):
                self.models[column] = LogisticRegression(
                    C=STRENGTH, class_weight="balanced", solver="liblinear", random_state=0
                ).fit(vectors[np.flatnonzero(known)], y)

    def answers(self, corpus: Corpus) -> Suggested:
        """Probabilities and ticks, the likeliest where nothing reaches one half."""
        proba = np.zeros((len(corpus), self.n_categories), dtype=np.float32)
        if len(corpus) and self.models:
            vectors = self.vectorizer.transform(corpus.texts)
            for column, model in self.models.items():
                proba[:, column] = model.predict_proba(vectors)[:, 1]
        return Suggested(proba, at_least_one(proba >= self.thresholds, proba))

    def more(self, corpus: Corpus, needs: set[str]) -> dict[str, Any]:
        """Nothing: it has neither parts nor shared weights. Strategies that need them say so."""
        return {}


def plain(background: Corpus) -> Fit:
    """Learn with the plain classifier; word statistics come from all texts."""
    vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2 if len(background) > 1 else 1)
    vectorizer.fit(background.texts)
    return lambda labelled, tunes: Plain(vectorizer, labelled)
