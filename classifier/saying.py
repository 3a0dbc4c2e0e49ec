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
from classifier.backends.calibrated import Calibrated
from classifier.backends.options import PRODUCTION, NoSuchOption, made
from classifier.backends.protocol import FitsSlowly, Snapshot
from classifier.backends.unseen_answers import readable, unseen_answers
from classifier.backends.with_words import WithWords
from classifier.labelled import Labelled
from classifier.ml.background import Background
from classifier.ml.baselines import Suggested
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.holdout import LabelledTexts
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.meaning import CategoryVectors
from classifier.ml.text import CategoryText, Corpus
from classifier.ticking import Model
from classifier.vectors import reads_meaning


class CannotSayUnseen(Exception):
    """No fit that is new to a grant can be had of a version; the message says why."""


def said_of(model: Model, corpus: Corpus, categories: Sequence[CategoryText]) -> Suggested:
    """What a model says, in the columns of these categories; of new ones it says nothing."""
    if not reads_meaning(model):
        corpus = replace(corpus, vectors=None)
    proba = model.predict_proba(corpus)
    return _in_columns(Suggested(proba, model.decide(proba)), model, categories)


def said_of_audit(
    version: ModelVersion, model: Model, audit: Labelled, categories: list[CategoryText]
) -> Suggested:
    """As :func:`said_of`, of audit grants by nothing that was learned from their answers.

    No version learns from them, but the calibration of some that were brought here rests on those
    there were then: each of these is answered by a calibration on the others there are today.

    Args:
        model: what the version answers with, ticking as the site has set it.
        audit: :func:`measurable` ones; its answers have these categories as columns.
    """
    said = said_of(model, audit.corpus, categories)
    rows = np.flatnonzero(calibrating(version, audit))
    if not len(rows):
        return said
    assert isinstance(model, WithWords) and isinstance(model.model, Calibrated)
    place = {category.code: at for at, category in enumerate(categories)}
    mine = [place.get(category.code, -1) for category in model.categories]
    nothing = np.zeros((len(audit), 1), dtype=np.int64)
    texts = LabelledTexts(
        [str(pk) for pk in audit.grant_ids],
        replace(audit.corpus, vectors=None),
        np.hstack([audit.y, nothing])[:, mine],
        np.hstack([audit.known, nothing.astype(bool)])[:, mine],
    )
    # Another object is the one threshold that staff have named for all.
    is_fixed = model.thresholds_ is not model.model.thresholds_
    threshold = float(model.thresholds_[0]) if is_fixed else None
    unseen = _in_columns(unseen_answers(model.model, texts, threshold), model, categories)
    said.proba[rows], said.decided[rows] = unseen.proba[rows], unseen.decided[rows]
    return said


def calibrating(version: ModelVersion | None, audit: Labelled) -> NDArray[np.bool_]:
    """Which audit grants the version's calibration rests on, bool of shape (n_grants,)."""
    if version is None or not version.n_calibrating:
        return np.zeros(len(audit), dtype=bool)
    if version.calibrating_ids is None:
        # Stored when only their number was kept: any of them may be one.
        return np.ones(len(audit), dtype=bool)
    return np.isin(audit.grant_ids, version.calibrating_ids)


def measurable(audit: Labelled, *versions: ModelVersion | None) -> tuple[NDArray[np.intp], str]:
    """Rows of the audit grants that :func:`said_of_audit` can answer unseen for each version.

    The second is what to say of the others, empty where there are none: no figure rests on them.
    """
    seen = np.any([calibrating(version, audit) for version in versions], axis=0)
    rows = np.flatnonzero(readable(audit.corpus, seen))
    n = len(audit) - len(rows)
    if not n:
        return rows, ""
    return rows, (
        f"; {n:,} more are left out: a calibration rests on them, and too few others of other "
        "recipients are there for one that does not"
    )


def _in_columns(said: Suggested, model: Model, categories: Sequence[CategoryText]) -> Suggested:
    columns = {category.code: i for i, category in enumerate(model.categories)}
    mine = [columns.get(category.code, -1) for category in categories]
    # A category that is new since then gets the extra column: never likely, never ticked.
    unknown = np.zeros((len(said.decided), 1), dtype=bool)
    proba = np.hstack([said.proba, unknown.astype(said.proba.dtype)])
    return Suggested(proba[:, mine], np.hstack([said.decided, unknown])[:, mine])


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

    Raises:
        CannotSayUnseen: it was trained elsewhere, or by what is not asked for a report.
    """
    if why_not := why_not_unseen(version):
        raise CannotSayUnseen(why_not)
    own = vectors if registry.ENCODER in version.library_versions else None
    learned = learned_by(version, training)
    model = learned_anew(
        learned, training, background, categories, seed, own, backend=version.backend
    )
    assert model.proba_oof_ is not None  # asked for above
    return Suggested(model.proba_oof_, model.decide(model.proba_oof_))


def why_not_unseen(version: ModelVersion) -> str:
    """Why its recipe cannot be fitted anew on parts of the labels; empty where it can."""
    if version.is_foreign:
        return f"{version} was trained elsewhere: what it has learned from is not known here"
    try:
        backend = made(version.backend)
    except NoSuchOption as error:
        return f"{version} cannot be learned anew: {error}".rstrip(".")
    if isinstance(backend, FitsSlowly):
        return f"{version} was trained by a service that is not asked for this"
    return ""


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
    backend: str = PRODUCTION,
) -> CategoryClassifier | WithWords:
    """The recipe fitted on some of the training grants; ``proba_oof_`` answers all, each unseen.

    Args:
        learned: of shape (n_grants,), bool; the others are answered and teach nothing.
        background: as learned, for the production recipe alone.
    """
    if backend != PRODUCTION:
        assert isinstance(background, Corpus)
        snapshot = snapshot_of(training, learned, background, categories, seed, None)
        # Its words are not asked for.
        return WithWords(made(backend).fit(snapshot), LexicalMatcher(categories), seed)
    return CategoryClassifier(categories, seed=seed).fit(
        training.corpus,
        training.y,
        training.known & learned[:, None],
        training.tune & learned,
        background,
        training.weights * learned[:, None],
        vectors,
    )


def snapshot_of(
    training: Labelled,
    learned: NDArray[np.bool_],
    background: Corpus,
    categories: list[CategoryText],
    seed: int,
    vectors: CategoryVectors | None,
) -> Snapshot:
    """The training grants as a backend reads them; only those of ``learned`` teach."""
    return Snapshot(
        categories,
        LabelledTexts(
            [str(pk) for pk in training.grant_ids],
            training.corpus,
            training.y,
            training.known & learned[:, None],
        ),
        background,
        seed,
        training.tune & learned,
        training.weights * learned[:, None],
        vectors,
    )
