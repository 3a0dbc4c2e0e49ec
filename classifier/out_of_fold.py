"""Labels learned anew for a report: by models that have not seen the grant they answer."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from annotation.models import SiteSettings, Taxonomy
from classifier.backends.options import PRODUCTION
from classifier.backends.with_words import WithWords
from classifier.dataset import Categories, background, categories_of, training_set
from classifier.labelled import Labelled
from classifier.ml.background import Background
from classifier.ml.baselines import Suggested
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.meaning import CategoryVectors
from classifier.ml.text import Corpus
from classifier.saying import learned_anew
from classifier.ticking import as_set
from classifier.vectors import are_wanted, the_encoder, with_vectors


@dataclass(frozen=True)
class Lessons:
    """All that a fit reads, read once for many of them, and when it is first asked for.

    Raises:
        NoEncoder: by what reads texts: sentence vectors are wanted, and the extra is not installed.
    """

    categories: Categories
    site: SiteSettings
    seed: int
    backend: str = PRODUCTION  # which recipe learns

    @cached_property
    def training(self) -> Labelled:
        found = training_set(self.categories)
        if not are_wanted():
            return found
        return replace(found, corpus=with_vectors(found.grant_ids, found.corpus))

    @cached_property
    def vectors(self) -> CategoryVectors | None:
        """None: texts are read as words alone."""
        if not are_wanted():
            return None
        return CategoryVectors.encoded(self.categories.texts, the_encoder())

    @cached_property
    def texts(self) -> Corpus:
        return background()

    @cached_property
    def background(self) -> Background:
        model = CategoryClassifier(self.categories.texts, seed=self.seed)
        return model.learn_background(self.texts)

    def learned_from(self, rows: NDArray[np.int64], measured: Corpus) -> Suggested:
        """What is said of other texts by a fit on these rows of the training grants."""
        training = self.training
        if self.backend != PRODUCTION:
            learned = np.zeros(len(training), dtype=bool)
            learned[rows] = True
            fitted = self._anew(learned)
            proba = fitted.predict_proba(measured)
            return Suggested(proba, as_set(fitted, self.site).decide(proba))
        model = CategoryClassifier(self.categories.texts, seed=self.seed).fit(
            training.corpus.take(rows),
            training.y[rows],
            training.known[rows],
            training.tune[rows],
            self.background,
            training.weights[rows],
            self.vectors,
        )
        proba = model.predict_proba(measured)
        return Suggested(proba, as_set(model, self.site).decide(proba))

    def out_of_fold(self, rows: NDArray[np.int64]) -> Suggested:
        """What is said of every training grant by fits on these rows that have not seen it."""
        learned = np.zeros(len(self.training), dtype=bool)
        learned[rows] = True
        model = self._anew(learned)
        assert model.proba_oof_ is not None  # whoever asks knows that the recipe is fitted here
        return Suggested(model.proba_oof_, as_set(model, self.site).decide(model.proba_oof_))

    def _anew(self, learned: NDArray[np.bool_]) -> CategoryClassifier | WithWords:
        is_ours = self.backend == PRODUCTION
        return learned_anew(
            learned,
            self.training,
            self.background if is_ours else self.texts,
            self.categories.texts,
            self.seed,
            self.vectors if is_ours else None,
            self.backend,
        )


def lessons(
    taxonomy: Taxonomy, site: SiteSettings, seed: int, backend: str = PRODUCTION
) -> Lessons:
    """What there is to learn today, as a training reads it."""
    return Lessons(categories_of(taxonomy), site, seed, backend)
