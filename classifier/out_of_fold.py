"""Labels learned anew for a report: by models that have not seen the grant they answer."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from annotation.models import SiteSettings, Taxonomy
from classifier.dataset import Categories, Labelled, background, categories_of, training_set
from classifier.ml.background import Background
from classifier.ml.baselines import Suggested
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.meaning import CategoryVectors
from classifier.ml.text import Corpus
from classifier.ticking import as_set
from classifier.vectors import are_wanted, the_encoder, with_vectors


@dataclass(frozen=True)
class Lessons:
    """All that a fit reads, read once for many of them."""

    categories: Categories
    training: Labelled
    background: Background
    site: SiteSettings
    seed: int
    vectors: CategoryVectors | None  # None: texts are read as words alone

    def learned_from(self, rows: NDArray[np.int64], measured: Corpus) -> Suggested:
        """What is said of other texts by a fit on these rows of the training grants."""
        training = self.training
        known, tune = training.known[rows], training.tune[rows]
        corpus, weights = training.corpus.take(rows), training.weights[rows]
        model = self._fitted(corpus, training.y[rows], known, tune, weights)
        proba = model.predict_proba(measured)
        return Suggested(proba, as_set(model, self.site).decide(proba))

    def out_of_fold(self, rows: NDArray[np.int64]) -> Suggested:
        """What is said of every training grant by fits on these rows that have not seen it."""
        training = self.training
        learned = np.zeros(len(training), dtype=bool)
        learned[rows] = True
        model = self._fitted(
            training.corpus,
            training.y,
            training.known & learned[:, None],
            training.tune & learned,
            training.weights * learned[:, None],
        )
        return Suggested(model.proba_oof_, as_set(model, self.site).decide(model.proba_oof_))

    def _fitted(
        self,
        corpus: Corpus,
        y: NDArray[np.int64],
        known: NDArray[np.bool_],
        tune: NDArray[np.bool_],
        weights: NDArray[np.float32],
    ) -> CategoryClassifier:
        model = CategoryClassifier(self.categories.texts, seed=self.seed)
        return model.fit(corpus, y, known, tune, self.background, weights, self.vectors)


def lessons(taxonomy: Taxonomy, site: SiteSettings, seed: int) -> Lessons:
    """What there is to learn today, as a training reads it.

    Raises:
        NoEncoder: sentence vectors are wanted, and the extra is not installed.
    """
    categories = categories_of(taxonomy)
    training, vectors = training_set(categories), None
    if are_wanted():
        training = replace(training, corpus=with_vectors(training.grant_ids, training.corpus))
        vectors = CategoryVectors.encoded(categories.texts, the_encoder())
    texts = CategoryClassifier(categories.texts, seed=seed).learn_background(background())
    return Lessons(categories, training, texts, site, seed, vectors)
