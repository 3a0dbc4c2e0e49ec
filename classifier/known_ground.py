"""Answers with what the active version says of them, where it has learned from none of these."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from annotation.models import ModelVersion
from classifier import registry
from classifier.dataset import Categories, Labelled, audit_set, background, categories_of
from classifier.dataset import training_set as pool_set
from classifier.measuring import ENOUGH_AUDIT_GRANTS
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.text import Corpus
from classifier.ticking import Model
from classifier.vectors import reads_meaning, with_vectors


@dataclass(frozen=True)
class KnownGround:
    """Grants with answers, and the active version's probabilities and ticks in their columns.

    ``said``: which grants these are, in words.
    """

    version: ModelVersion
    categories: Categories
    labelled: Labelled
    proba: np.ndarray
    decided: np.ndarray
    said: str


def known_ground(tell: Callable[[float, str], None]) -> KnownGround | None:
    """Audit grants; while these are few, the labelled ones by a model that had not seen them.

    None where there is no version, or no answer at all.
    """
    serving = registry.load_active()
    if serving is None:
        return None
    version, model = serving
    categories = categories_of(version.taxonomy)
    audit = audit_set(categories)
    if len(audit) >= ENOUGH_AUDIT_GRANTS:
        tell(0.2, f"Reading {len(audit):,} audit grants")
        words = f"{len(audit):,} audit grants, from which no version learns"
        return _read(version, model, categories, audit, words)
    pool = pool_set(categories)
    if not len(pool):
        return None
    few = f"the audit stream has {len(audit)} of the {ENOUGH_AUDIT_GRANTS} it needs"
    if not isinstance(model, CategoryClassifier):
        return _read(version, model, categories, pool, f"{len(pool):,} labelled grants; {few}")
    tell(0.2, f"Learning from {len(pool):,} grants in folds, to read each by a model new to it")
    fresh = CategoryClassifier(categories.texts, seed=version.seed)
    fresh.fit(pool.corpus, pool.y, pool.known, pool.tune, background(), pool.weights)
    words = f"{len(pool):,} labelled grants, each by a model that had not seen it; {few}"
    proba = fresh.proba_oof_
    return KnownGround(version, categories, pool, proba, fresh.decide(proba), words)


def _read(
    version: ModelVersion, model: Model, categories: Categories, labelled: Labelled, said: str
) -> KnownGround:
    corpus: Corpus = labelled.corpus
    if reads_meaning(model):
        corpus = with_vectors(labelled.grant_ids, corpus)
    proba = model.predict_proba(corpus)
    columns = {category.code: column for column, category in enumerate(model.categories)}
    mine = [columns.get(category.code, -1) for category in categories.texts]
    # A category that the version does not know gets the extra column: never likely, never ticked.
    none = np.zeros((len(proba), 1), dtype=proba.dtype)
    ticks = np.hstack([model.decide(proba), none.astype(bool)])[:, mine]
    proba = np.hstack([proba, none])[:, mine]
    return KnownGround(version, categories, labelled, proba, ticks, said)
