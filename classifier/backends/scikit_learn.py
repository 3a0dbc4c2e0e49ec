"""The production recipe and the classical families, all fitted and served on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.backends import plain_files
from classifier.backends.blocks import Blocks, fit_blocks
from classifier.backends.calibrated import Calibrated, calibrated
from classifier.backends.families import FAMILIES, Family
from classifier.backends.options import PRODUCTION
from classifier.backends.protocol import (
    STAYS,
    Cost,
    Description,
    Load,
    Snapshot,
    on_this_machine,
)
from classifier.backends.tuned import scores_out_of_fold
from classifier.backends.word_scores import WordScores, vectors_of
from classifier.ml import artifacts
from classifier.ml.costs import Seconds, Serving
from classifier.ml.documents import documents_of
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.vocabulary import Vocabulary, learned_vocabulary
from classifier.ml.words import tokens


@dataclass(frozen=True)
class Production:
    """The classifier that the site trains every night."""

    use_rules: bool = True
    prior: str = "pooled"
    name: str = PRODUCTION

    def fit(self, snapshot: Snapshot) -> CategoryClassifier:
        """The recipe, as a night does it."""
        train = snapshot.train
        model = CategoryClassifier(
            snapshot.categories, self.prior, self.use_rules, seed=snapshot.seed
        )
        return model.fit(
            train.corpus,
            train.y,
            train.known,
            snapshot.drawn,
            snapshot.background,
            snapshot.weights,
            snapshot.vectors,
        )

    def dump(self, model: CategoryClassifier) -> bytes:
        """Its artifact, as the registry keeps it."""
        return artifacts.dump(model)

    def load(self, data: bytes) -> CategoryClassifier:
        """The classifier of an artifact."""
        return artifacts.load(data)

    def describe(self) -> Description:
        """What it is."""
        rules = ", keyword rules" if self.use_rules else ""
        return Description(
            "kernel ridge, prototypes and the categories' own words, weighed by one regression",
            f"words, pairs and pieces of words; the words of the categories{rules}",
            STAYS,
        )

    def cost(self, load: Load, fit: Seconds, serving: Serving) -> Cost:
        """Hours of this machine."""
        return on_this_machine(load, fit, serving)


FamilyModel = Calibrated[WordScores]


@dataclass(frozen=True)
class Classical:
    """A classical family behind the protocol: TF-IDF of single words, one text one row."""

    family: Family

    @property
    def name(self) -> str:
        """The family's."""
        return self.family.name

    def fit(self, snapshot: Snapshot) -> FamilyModel:
        """Fit on all texts; calibrate and set thresholds out of fold, as the production recipe."""
        categories, train, seed = snapshot.categories, snapshot.train, snapshot.seed
        vocabulary = learned_vocabulary(
            (tokens(text) for text in snapshot.background.texts),
            snapshot.background.recipients,
            documents_of(categories, with_keywords=False),
            min_texts=2,
        )
        X = vectors_of(vocabulary, train.corpus)
        blocks = fit_blocks(self.family.fit, X, train.y, train.known, seed)

        def scores_of(rows: NDArray[np.int64], held: NDArray[np.int64]) -> NDArray[np.float32]:
            y, known = train.y[rows], train.known[rows]
            return fit_blocks(self.family.fit, X[rows], y, known, seed).scores(X[held])

        unseen = scores_out_of_fold(snapshot, scores_of)
        return calibrated(WordScores(vocabulary, blocks), unseen, snapshot)

    def dump(self, model: FamilyModel) -> bytes:
        """Plain arrays and texts in skops, as an artifact."""
        words = model.scorer
        state = {
            **model.plain(),
            "terms": "\n".join(words.vocabulary.terms),
            "idf": words.vocabulary.idf,
            "blocks": words.blocks.plain(),
        }
        return plain_files.written(self.name, state)

    def load(self, data: bytes) -> FamilyModel:
        """The model of such bytes; of its categories only what answering asks for."""
        return plain_files.read(self.name, data, _restored)

    def describe(self) -> Description:
        """What it is."""
        return Description(self.family.method, "single words of the text", STAYS)

    def cost(self, load: Load, fit: Seconds, serving: Serving) -> Cost:
        """Hours of this machine."""
        return on_this_machine(load, fit, serving)


def _restored(state: dict[str, Any]) -> FamilyModel:
    terms = state["terms"].split("\n") if state["terms"] else []
    vocabulary = Vocabulary(terms, state["idf"])
    return Calibrated.restored(state, WordScores(vocabulary, Blocks.restored(state["blocks"])))


CLASSICAL = {name: Classical(family) for name, family in FAMILIES.items()}
