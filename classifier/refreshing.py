"""Between two nights: the active version taught what was annotated since, as one beside it."""

import logging
import time
from dataclasses import dataclass, replace

import numpy as np

from annotation.errors import NoSuchTraining
from annotation.models import ModelVersion
from annotation.services.refreshes import (
    begin_refresh,
    fail_refresh,
    finish_refresh,
    refresh_in_use,
    refuse_refresh,
    skip_refresh,
)
from annotation.services.untaught import follow_words
from classifier import registry
from classifier.dataset import Categories, categories_of, training_set
from classifier.labelled import Labelled
from classifier.ml.artifacts import CorruptArtifact
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.refitting import refitted
from classifier.ml.text import Corpus
from classifier.vectors import reads_meaning, with_vectors

logger = logging.getLogger(__name__)
# A refresh comes after every some annotations, and annotators share the machine with it.
MOST_CPU_SECONDS = 120.0
# While none has been timed here: of one pair of a labelled grant and a category, on the slow side.
SECONDS_A_PAIR = 2e-5
NO_TEXTS = Corpus([], [], [])
Refresh = tuple[ModelVersion, CategoryClassifier]


def refresh_of(parent: ModelVersion, model: CategoryClassifier) -> Refresh | None:
    """A version that has learned all that people have said by now, and what it answers with.

    One that has learned just that is used again, so whoever was killed goes on where it was. What
    fails is stored with the version: suggestions then stay as they are.

    Args:
        parent: the active version; it has learned from labels.
        model: its artifact, with the thresholds of its training.

    Returns:
        None where there is nothing new for its categories, where it would take too long, or where
        it failed.
    """
    learned = _Learned.of(parent)
    if not learned.is_new or not learned.speaks_of(model):
        return None
    if found := _made_before(parent, learned.sha256):
        return found
    if seconds := _too_long(parent, learned.labelled, len(model.categories)):
        skip_refresh(
            parent,
            f"Left out: learning from {len(learned.labelled):,} grants would take about "
            f"{seconds:,.0f} s of the processor, and {MOST_CPU_SECONDS:,.0f} s are allowed between "
            "two nights. What was annotated is learned at night.",
            len(learned.labelled),
        )
        return None
    refresh = begin_refresh(parent)
    if refresh is None:
        return None
    try:
        child = _learn(refresh, model, learned)
    except NoSuchTraining as error:
        logger.info("The refresh %s stops: %s", refresh, error)
        return None
    except Exception as error:  # noqa: BLE001 - suggestions then stay as they are
        # The queue is ordered nevertheless; the next refresh comes with the next annotations.
        # Its words, and its traceback, may hold what people have written: they stand in the row.
        logger.error("The refresh %s failed: %s", refresh, type(error).__name__)
        fail_refresh(refresh, error)
        return None
    registry.remove_replaced_refreshes()
    logger.info("%s, a refresh of %s, is in use", refresh, parent)
    return refresh, child


def learn_first_labels(untaught: ModelVersion) -> None:
    """Ask for a training, where anything said by now teaches: the night is not waited for."""
    if len(training_set(categories_of(untaught.taxonomy))):
        follow_words()


@dataclass(frozen=True)
class _Learned:
    """What there is to learn now, beside what the parent has learned."""

    parent: ModelVersion
    categories: Categories
    labelled: Labelled
    sha256: str

    @classmethod
    def of(cls, parent: ModelVersion) -> "_Learned":
        categories = categories_of(parent.taxonomy)
        labelled = training_set(categories)
        # Without texts beside: the words are the parent's.
        return cls(parent, categories, labelled, labelled.sha256(NO_TEXTS))

    @property
    def is_new(self) -> bool:
        """Whether people have said or taken back anything since the parent's training began."""
        mine, before = self._mine(), self._before()
        return len(self.labelled) > 0 and any(mine[key] != before[key] for key in mine)

    def speaks_of(self, model: CategoryClassifier) -> bool:
        """Whether anything is known of the model's categories; it may have others by now."""
        weights = self.labelled.weights * self.labelled.known
        return bool(_taken(weights, _columns(model, self.categories)).any())

    def snapshot(self) -> dict[str, object]:
        """What was not among the parent's."""
        beyond = self._beyond()
        return {
            "taxonomy_release_id": self.parent.snapshot.taxonomy_release_id,
            "content_sha256": self.sha256,
        } | {key: beyond[key] for key in ("grant_ids", "annotation_ids", "label_ids")}

    def metrics(self) -> dict[str, object]:
        beyond = self._beyond()
        return {"learned_from": {key: beyond[key] for key in beyond if key in OTHERS}}

    def _beyond(self) -> dict[str, list[int]]:
        mine, before = self._mine(), self._before()
        return {key: sorted(mine[key] - before[key]) for key in mine}

    def _mine(self) -> dict[str, set[int]]:
        return {key: set(getattr(self.labelled, key)) for key in (*LISTS, *OTHERS)}

    def _before(self) -> dict[str, set[int]]:
        others = self.parent.metrics.get("learned_from", {})
        stored = {key: getattr(self.parent.snapshot, key) for key in LISTS}
        return {key: set(stored.get(key, others.get(key, []))) for key in (*LISTS, *OTHERS)}


LISTS = ("grant_ids", "annotation_ids", "label_ids")  # of a snapshot
OTHERS = ("adjudication_ids", "sprint_decision_ids")  # of the metrics


def _made_before(parent: ModelVersion, sha256: str) -> Refresh | None:
    """The newest refresh, where it has learned just this."""
    newest = refresh_in_use(parent)
    if newest is None or newest.snapshot.content_sha256 != sha256:
        return None
    try:
        model = registry.load(newest)
    except CorruptArtifact as error:
        logger.error("%s is refused: %s", newest, error)
        refuse_refresh(newest, str(error))
        return None
    assert isinstance(model, CategoryClassifier)  # a refresh is never the word matcher
    return newest, model


def _too_long(parent: ModelVersion, labelled: Labelled, n_categories: int) -> float | None:
    """The processor's seconds it is likely to take, where these are too many.

    By the last one of this parent: one that is left out takes no time, so that of a slow one is
    believed until the next night only.
    """
    timed = ModelVersion.objects.refreshes_of(parent)
    timed = timed.exclude(cpu_seconds=None).exclude(n_training_grants=0).order_by("-pk")
    last, a_grant = timed.first(), SECONDS_A_PAIR * n_categories
    if last is not None and last.cpu_seconds is not None:
        a_grant = last.cpu_seconds / last.n_training_grants
    seconds = a_grant * len(labelled)
    return seconds if seconds > MOST_CPU_SECONDS else None


def _learn(
    refresh: ModelVersion, model: CategoryClassifier, learned: _Learned
) -> CategoryClassifier:
    labelled, parent = learned.labelled, learned.parent
    corpus = labelled.corpus
    if reads_meaning(model):
        corpus = with_vectors(labelled.grant_ids, corpus)
    labelled = replace(labelled, corpus=corpus)
    began = time.process_time()  # vectors are made once, so they tell nothing of the next time
    columns = _columns(model, learned.categories)
    child = refitted(
        model,
        corpus,
        _taken(labelled.y, columns),
        _taken(labelled.known, columns),
        _taken(labelled.weights, columns),
        np.isin(labelled.grant_ids, parent.snapshot.grant_ids),
    )
    facts = registry.store(refresh, child)
    finish_refresh(
        refresh,
        snapshot=learned.snapshot(),
        metrics=learned.metrics(),
        n_training_grants=len(labelled),
        reason=f"Learned {_so_many(learned)} since the training of {parent}.",
        cpu_seconds=time.process_time() - began,
        **facts,
    )
    return child


def _so_many(learned: _Learned) -> str:
    n = len(set(learned.labelled.grant_ids) - set(learned.parent.snapshot.grant_ids))
    return f"{n:,} more labelled grant{'' if n == 1 else 's'}"


def _columns(model: CategoryClassifier, categories: Categories) -> np.ndarray:
    """Where each of the model's columns stands in today's arrays; -1: it is retired."""
    today = {category.code: column for column, category in enumerate(categories.texts)}
    return np.array([today.get(category.code, -1) for category in model.categories])


def _taken(values: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Of retired categories nothing is known; new ones wait for the night."""
    return np.hstack([values, np.zeros((len(values), 1), dtype=values.dtype)])[:, columns]
