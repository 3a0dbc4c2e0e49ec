"""What a model says of labelled grants, in the columns of today, and by fits new to each grant.

The one way of measuring: the gate, comparisons, and the reports on quality, slices and label
errors all ask here.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from annotation.models import ModelVersion
from classifier import registry
from classifier.dataset import Labelled
from classifier.ml.background import Background
from classifier.ml.baselines import Suggested
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.meaning import CategoryVectors
from classifier.ml.text import CategoryText, Corpus
from classifier.ticking import Model
from classifier.vectors import reads_meaning


def said_of(model: Model, corpus: Corpus, categories: Sequence[CategoryText]) -> Suggested:
    """What a model says, in the columns of these categories; of new ones it says nothing."""
    if not reads_meaning(model):
        corpus = replace(corpus, vectors=None)
    proba = model.predict_proba(corpus)
    ticked = model.decide(proba)
    columns = {category.code: i for i, category in enumerate(model.categories)}
    mine = [columns.get(category.code, -1) for category in categories]
    # A category that is new since then gets the extra column: never likely, never ticked.
    unknown = np.zeros((len(ticked), 1), dtype=bool)
    padded = np.hstack([proba, unknown.astype(proba.dtype)])
    return Suggested(padded[:, mine], np.hstack([ticked, unknown])[:, mine])


def said_unseen(
    version: ModelVersion,
    training: Labelled,
    background: Corpus,
    categories: list[CategoryText],
    seed: int,
    vectors: CategoryVectors | None,
) -> Suggested:
    """What a trained version says of the training grants, by models that had not seen them.

    Its recipe is fitted on the folds of this seed, with no other grants than it learned from.
    """
    own = vectors if registry.ENCODER in version.library_versions else None
    model = learned_anew(learned_by(version, training), training, background, categories, seed, own)
    return Suggested(model.proba_oof_, model.decide(model.proba_oof_))


def learned_by(version: ModelVersion, training: Labelled) -> NDArray[np.bool_]:
    """Which of the training grants, as they are labelled today, the version learned from."""
    return np.isin(training.grant_ids, version.snapshot.grant_ids)


def learned_anew(
    learned: NDArray[np.bool_],
    training: Labelled,
    background: Corpus | Background,
    categories: list[CategoryText],
    seed: int,
    vectors: CategoryVectors | None,
) -> CategoryClassifier:
    """The recipe fitted on some of the training grants; ``proba_oof_`` answers all, each unseen.

    Args:
        learned: of shape (n_grants,), bool; the others are answered and teach nothing.
    """
    return CategoryClassifier(categories, seed=seed).fit(
        training.corpus,
        training.y,
        training.known & learned[:, None],
        training.tune & learned,
        background,
        training.weights * learned[:, None],
        vectors,
    )
