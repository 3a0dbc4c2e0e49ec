"""A model that was trained elsewhere: read, measured by the same gate as any other, registered."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotation.errors import NoSuchTraining
from annotation.models import ModelVersion, Taxonomy
from annotation.services.registrations import begin_registration
from annotation.services.trainings import fail_training, finish_training, report_progress
from classifier import registry
from classifier.augmented_manifests import UnfitClassMap, read_class_map
from classifier.backends.options import NoSuchOption
from classifier.backends.packed_model import NoModel, packed
from classifier.backends.with_words import WithWords
from classifier.brought import Brought, brought_here, codes_of, served_by
from classifier.dataset import Categories, audit_set, background, categories_of
from classifier.dataset import training_set as all_labelled
from classifier.heartbeat import heartbeat
from classifier.labelled import Labelled
from classifier.measuring import measure
from classifier.ml.artifacts import CorruptArtifact
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.hierarchy import ancestor_matrix
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.text import CategoryText, Corpus
from classifier.ml.thresholds import tick
from classifier.model_cards import measured_facts
from classifier.saying import said_of
from classifier.vectors import are_wanted, with_vectors

logger = logging.getLogger(__name__)


class CannotRegister(Exception):
    """The model is not taken; the message says why, and what to do. Nothing is stored."""


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
        brought = brought_here(packed(path), backend, sha256, categories.texts, audit, classes)
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


def _fit(brought: Brought) -> str:
    """How its categories fit today's, in words."""
    said = []
    if n := len(brought.unknown):
        said.append(f"Not in the taxonomy, of its categories: {n:,} ({codes_of(brought.unknown)}).")
    if n := len(brought.unanswered):
        said.append(
            f"Categories of which it knows nothing: {n:,} ({codes_of(brought.unanswered)})."
        )
    return " ".join(said)


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
    served = served_by(brought.model, categories.texts)
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
                "n_calibrating": len(brought.calibrating_ids),
                "calibrating_ids": brought.calibrating_ids,
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
