"""A model that was trained elsewhere: read, measured by the same gate as any other, registered."""

import hashlib
import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotation.errors import NoSuchTraining
from annotation.models import ModelVersion, Taxonomy
from annotation.reports.backend_comparisons import ENOUGH_AUDIT_GRANTS
from annotation.services.model_versions import fail_training, finish_training, report_progress
from annotation.services.registrations import begin_registration
from classifier import registry
from classifier.augmented_manifests import UnfitClassMap, read_class_map
from classifier.backends.options import NoSuchOption, made
from classifier.backends.packed_model import FASTTEXT, OURS, NoModel, Packed, packed
from classifier.backends.protocol import Served
from classifier.backends.with_words import WithWords
from classifier.dataset import Categories, Labelled, audit_set, background, categories_of
from classifier.dataset import training_set as all_labelled
from classifier.heartbeat import heartbeat
from classifier.measuring import measure
from classifier.ml.artifacts import CorruptArtifact
from classifier.ml.baselines import Suggested
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.folds import fold_numbers, groups_of
from classifier.ml.hierarchy import ancestor_matrix
from classifier.ml.holdout import LabelledTexts
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.text import CategoryText, Corpus
from classifier.ml.thresholds import tick
from classifier.model_cards import measured_facts
from classifier.saying import said_of
from classifier.vectors import are_wanted, with_vectors

logger = logging.getLogger(__name__)
FOLDS = 5  # of calibrations
NAMED = 5  # codes in a sentence; the others are counted


class CannotRegister(Exception):
    """The model is not taken; the message says why, and what to do. Nothing is stored."""


@dataclass(frozen=True)
class Brought:
    """A model from elsewhere. ``calibrated``: in words, on what; ``said``: of the audit grants, in
    the columns of today's categories, each by a calibration that had not seen it. ``unanswered``:
    codes of today's categories of which it knows nothing; ``unknown``: its own that are not there.
    ``n_calibrating``: audit grants that its calibration rests on.
    """

    backend: str
    sha256: str
    model: Served | CategoryClassifier
    calibrated: str
    said: Suggested
    unanswered: Collection[str]
    unknown: Collection[str]
    n_calibrating: int = 0


def register(
    path: Path, backend: str = "", sha256: str = "", class_map: str | None = None
) -> ModelVersion:
    """The model at the path as a version; it becomes active if it passes the gate.

    Args:
        path: a folder or archive as SageMaker's container leaves it, or fastText's model.bin.
        backend: its kind; without it, what its note says.
        sha256: of the file or archive. A model.bin is refused without it.
        class_map: the text of one, where a model.bin has numbers for labels.

    Raises:
        CannotRegister: it is no model that can be taken.
        NoSuchTraining: a training runs, or there is no taxonomy.
    """
    taxonomy = Taxonomy.objects.current()
    if taxonomy is None:
        raise NoSuchTraining("There is no category that a model could suggest. Import a taxonomy.")
    categories = categories_of(taxonomy)
    audit = audit_set(categories)
    if are_wanted():  # the active version is measured as it serves
        audit = replace(audit, corpus=with_vectors(audit.grant_ids, audit.corpus))
    try:
        classes = _classes(class_map, categories.texts)
        brought = _brought(packed(path), backend, sha256, categories.texts, audit, classes)
    except UnfitClassMap as error:
        raise CannotRegister(f"The class map cannot be used: {error}") from error
    except (NoModel, NoSuchOption, CorruptArtifact) as error:
        raise CannotRegister(str(error)) from error
    fit = _fit(brought)
    version = begin_registration(brought.backend, brought.sha256)
    try:
        with heartbeat(version):
            _measure_and_store(version, brought, categories, audit, fit)
    except NoSuchTraining:  # stopped meanwhile
        raise
    except Exception as error:
        fail_training(version, error)
        raise
    logger.info("%s is %s, registered", version, version.status)
    return version


def _classes(text: str | None, categories: list[CategoryText]) -> dict[str, str] | None:
    return None if text is None else read_class_map(text, [c.code for c in categories])


def _brought(
    files: Packed,
    backend: str,
    sha256: str,
    categories: list[CategoryText],
    audit: Labelled,
    classes: dict[str, str] | None,
) -> Brought:
    if OURS not in files.files:
        return _fasttext(files, backend or "fasttext", sha256, categories, audit, classes)
    if classes is not None:
        raise NoModel(f"A class map goes with {FASTTEXT} alone: {OURS} names its categories.")
    note = files.note()
    if backend and backend != note["backend"]:
        raise NoModel(f"It was trained with {note['backend']!r}, and not with {backend!r}.")
    data = files.checked(OURS, note["sha256"])
    if sha256:
        files.checked(OURS, sha256)
    model = made(note["backend"]).load(data)
    served = _served(model, categories)
    own, today = {c.code for c in model.categories}, {c.code for c in categories}
    if not own & today:
        raise NoModel(
            f"None of its {len(own):,} categories ({_codes(own)}) is in the taxonomy. Categories "
            "are matched by code."
        )
    said = said_of(served, audit.corpus, categories)
    words = "when it was trained"
    return Brought(note["backend"], note["sha256"], model, words, said, today - own, own - today)


def _fasttext(
    files: Packed,
    backend: str,
    sha256: str,
    categories: list[CategoryText],
    audit: Labelled,
    classes: dict[str, str] | None,
) -> Brought:
    """Calibrated on the audit grants, the only ones that nobody learns from: what is said of each
    for the gate rests on the others alone, what is stored rests on all, and says so wherever it is
    measured on them again.
    """
    made(backend)  # or it says what is to be installed
    from classifier.backends.fasttext import wrapped  # its library is an extra

    if not sha256:
        raise NoModel(
            f"{FASTTEXT} is parsed by code in C++, so it is read only if its SHA-256 is what you "
            "say. Name it with --sha256, as the place where it was trained tells it."
        )
    if len(audit) < ENOUGH_AUDIT_GRANTS:
        raise NoModel(
            f"{FASTTEXT} has no calibration. It needs {ENOUGH_AUDIT_GRANTS} labelled audit grants "
            f"for one, and there are {len(audit)}. Annotate more of the audit stream."
        )
    data = files.checked(FASTTEXT, sha256)
    own = hashlib.sha256(data).hexdigest()
    texts = LabelledTexts([str(pk) for pk in audit.grant_ids], audit.corpus, audit.y, audit.known)
    found = wrapped(data, own, categories, texts, classes)
    folds = fold_numbers(groups_of(audit.corpus), FOLDS, seed=0)
    proba = np.zeros(audit.y.shape, dtype=np.float32)
    decided = np.zeros(audit.y.shape, dtype=bool)
    for number in np.unique(folds):
        held, others = np.flatnonzero(folds == number), np.flatnonzero(folds != number)
        part = wrapped(data, own, categories, texts.take(others), classes).model
        proba[held] = part.predict_proba(audit.corpus.take(held))
        decided[held] = part.decide(proba[held])
    words = f"on {len(audit):,} audit grants, of which the gate saw each by a calibration on others"
    words += "; measured on them later, it comes out a little better than it is"
    return Brought(
        backend,
        own,
        found.model,
        words,
        Suggested(proba, decided),
        found.unanswered,
        found.unknown,
        n_calibrating=len(audit),
    )


def _served(
    model: Served | CategoryClassifier, categories: list[CategoryText]
) -> WithWords | CategoryClassifier:
    if isinstance(model, CategoryClassifier):
        model.matcher_.learn_stops(background())  # as whoever loads it does
        return model
    today = {category.code: category for category in categories}
    return WithWords(model, LexicalMatcher([today.get(c.code, c) for c in model.categories]))


def _fit(brought: Brought) -> str:
    """How its categories fit today's, in words."""
    said = []
    if n := len(brought.unknown):
        said.append(f"Not in the taxonomy, of its categories: {n:,} ({_codes(brought.unknown)}).")
    if n := len(brought.unanswered):
        said.append(f"Categories of which it knows nothing: {n:,} ({_codes(brought.unanswered)}).")
    return " ".join(said)


def _codes(codes: Collection[str]) -> str:
    first = ", ".join(sorted(codes)[:NAMED])
    return first if len(codes) <= NAMED else f"{first} and {len(codes) - NAMED:,} more"


class _Columns:
    """Its answers in the columns of today's categories; of those it does not know it is silent."""

    def __init__(self, model: WithWords | CategoryClassifier, categories: list[CategoryText]):
        self.model, self.categories = model, categories
        columns = {category.code: i for i, category in enumerate(model.categories)}
        found = [columns.get(category.code) for category in categories]
        self.thresholds_: NDArray[np.float64] = np.array(
            [1.0 if at is None else model.thresholds_[at] for at in found]
        )

    def predict_proba(self, corpus: Corpus) -> NDArray[np.float32]:
        return said_of(self.model, corpus, self.categories).proba

    def decide(self, proba: NDArray[np.float32], at_least_one: bool = False) -> NDArray[np.bool_]:
        return tick(proba, self.thresholds_, ancestor_matrix(self.categories))


def _measure_and_store(
    version: ModelVersion, brought: Brought, categories: Categories, audit: Labelled, fit: str
) -> None:
    report_progress(version, 0.3, "Measuring against the active version on the same grants")
    texts, training = background(), all_labelled(categories)
    served = _served(brought.model, categories.texts)
    matcher = LexicalMatcher(categories.texts).fit(texts)
    candidate = WithWords(_Columns(served, categories.texts), matcher)
    incumbent = ModelVersion.objects.active()
    measured = measure(candidate, incumbent, training, audit, texts, None, brought.said)
    report_progress(version, 0.9, "Storing the artifact")
    facts = registry.store(version, served)
    reason = f"{measured.gate.reason} Trained elsewhere; calibrated {brought.calibrated}. {fit}"
    finish_training(
        version,
        incumbent=incumbent,
        promoted=measured.gate.promote,
        reason=reason.strip(),
        metrics=measured.as_json()
        | {
            "backend": version.backend,
            "registered": {
                "sha256": brought.sha256,
                "calibrated": brought.calibrated,
                "n_calibrating": brought.n_calibrating,
            },
            "card": measured_facts(measured, categories.texts),
        },
        snapshot={
            "taxonomy_release_id": version.taxonomy.release_id,
            "grant_ids": [],
            "annotation_ids": [],
            "label_ids": [],
            "content_sha256": brought.sha256,
        },
        outlooks=(),  # what it has learned from is not known, so nothing is foretold
        comparison=measured.comparison(),
        says_why=isinstance(served, CategoryClassifier) or served.says_why,
        **facts,
    )
    registry.remove_orphans()
