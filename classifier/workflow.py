"""The night's story, told once: train, measure, promote, score, reorder."""

import logging
from dataclasses import replace

import numpy as np

from annotation.errors import NoSuchTraining
from annotation.models import ModelVersion
from annotation.services.trainings import (
    fail_training,
    finish_training,
    report_progress,
    take_training,
)
from classifier import registry
from classifier.backends.options import PRODUCTION, made
from classifier.backends.protocol import FitsSlowly, Snapshot
from classifier.backends.with_words import WithWords
from classifier.dataset import audit_set, background, categories_of, training_set
from classifier.heartbeat import heartbeat
from classifier.measuring import measure
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.meaning import CategoryVectors
from classifier.model_cards import card_facts
from classifier.outlook import outlooks_of
from classifier.saying import snapshot_of
from classifier.scoring import score_waiting_grants
from classifier.vectors import are_wanted, the_encoder, with_vectors

logger = logging.getLogger(__name__)


class NothingToLearn(Exception):
    """There is no grant outside the audit stream."""


def train_requested() -> ModelVersion | None:
    """Carry out the waiting request, or one whose worker died; None when there is neither.

    Whatever fails before the switch leaves the active version as it was. What fails after it is
    taken up by the next tick, since each grant says which version read it last.
    """
    version = take_training()
    if version is None:
        return None
    try:
        with heartbeat(version):
            _train(version)
    except NoSuchTraining as error:
        logger.info("Training of %s stops: %s", version, error)
        return version
    except Exception as error:
        fail_training(version, error)
        raise
    logger.info(
        "%s is %s, trained on %d grants", version, version.status, version.n_training_grants
    )
    score_waiting_grants()
    return version


def _train(version: ModelVersion) -> None:
    report_progress(version, 0.02, "Reading the labelled grants")
    categories, release = categories_of(version.taxonomy), version.taxonomy.release_id
    training, audit, texts = training_set(categories), audit_set(categories), background()
    if not len(texts):
        raise NothingToLearn(
            "Every grant is in the audit stream, which only measures. Import some more."
        )
    category_vectors = None
    if are_wanted():
        report_progress(version, 0.05, "Reading sentence vectors")
        training, audit = (
            replace(part, corpus=with_vectors(part.grant_ids, part.corpus))
            for part in (training, audit)
        )
        category_vectors = CategoryVectors.encoded(categories.texts, the_encoder())
    report_progress(version, 0.10, _phase(len(training), len(texts)))
    every = np.ones(len(training), dtype=bool)
    snapshot = snapshot_of(training, every, texts, categories.texts, version.seed, category_vectors)
    candidate = learned(version, snapshot)
    report_progress(version, 0.60, "Measuring against the active version on the same grants")
    incumbent = ModelVersion.objects.active()
    measured = measure(candidate, incumbent, training, audit, texts, category_vectors)
    report_progress(version, 0.90, "Foretelling what further annotations bring")
    outlooks = outlooks_of(version, candidate, incumbent, training, measured, categories)
    report_progress(version, 0.95, "Storing the artifact")
    facts = registry.store(version, candidate)
    finish_training(
        version,
        incumbent=incumbent,
        promoted=measured.gate.promote,
        reason=measured.gate.reason,
        metrics=measured.as_json()
        | {
            "backend": version.backend,
            "card": card_facts(training, measured, categories.texts),
            "learned_from": {
                "adjudication_ids": training.adjudication_ids,
                "sprint_decision_ids": training.sprint_decision_ids,
            },
        },
        snapshot={
            "taxonomy_release_id": release,
            "grant_ids": training.grant_ids,
            "annotation_ids": training.annotation_ids,
            "label_ids": training.label_ids,
            "content_sha256": training.sha256(texts),
        },
        outlooks=outlooks,
        comparison=measured.comparison(),
        n_training_grants=len(training),
        says_why=isinstance(candidate, CategoryClassifier) or candidate.says_why,
        **facts,
    )
    registry.remove_orphans()


def learned(version: ModelVersion, snapshot: Snapshot) -> CategoryClassifier | WithWords:
    """A model of the version's kind; one that takes long tells how far it is, and can be stopped.

    Raises:
        NoSuchOption: the kind cannot be trained here any more.
        NothingToLearn: it learns from labels alone, and there are none.
        NoSuchTraining: as ``report_progress``.
    """
    backend = made(version.backend)
    if version.backend != PRODUCTION and not snapshot.train.known.any():
        raise NothingToLearn(
            f"{version.backend} learns from labels alone, and no grant that may teach has one. "
            "Annotate some, or train the site's own recipe."
        )

    def tell(share: float, words: str) -> None:
        report_progress(version, 0.10 + 0.50 * share, words[:200])

    if isinstance(backend, FitsSlowly):
        model = backend.fit_with(snapshot, str(version.pk), tell)
    else:
        model = backend.fit(snapshot)
    if isinstance(model, CategoryClassifier):
        return model
    matcher = LexicalMatcher(snapshot.categories).fit(snapshot.background)
    return WithWords(model, matcher, snapshot.seed)


def _phase(n_labelled: int, n_texts: int) -> str:
    if n_labelled:
        return f"Learning from {n_labelled:,} grants, in five folds"
    return f"Learning the words of {n_texts:,} grants; none of them is labelled"
