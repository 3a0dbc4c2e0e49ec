"""Measuring a candidate against the active version, on grants that neither has learned from."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotation.models import ModelVersion, SiteSettings
from classifier import registry
from classifier.dataset import Labelled
from classifier.ml.artifacts import CorruptArtifact
from classifier.ml.baselines import by_rules, has_rules
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.evaluation import Evaluation, evaluate
from classifier.ml.gate import Gate, compare, without_grants
from classifier.ml.text import CategoryText, Corpus

logger = logging.getLogger(__name__)
ENOUGH_AUDIT_GRANTS = 50


@dataclass(frozen=True)
class Measured:
    """What a candidate reaches, and whether it may take over."""

    evaluation: Evaluation | None  # None: nothing is labelled
    rules: Evaluation | None  # of the keyword rules alone; None: the taxonomy has none, or as above
    gate: Gate
    measured_on: str
    kind: str  # of the grants: audit, or labelled

    def as_json(self) -> dict[str, object]:
        if self.evaluation is None:
            return {"figures": {}, "rules": {}, "measured_on": "", "gate": {}}
        return {
            "figures": _without_categories(self.evaluation),
            "rules": _without_categories(self.rules) if self.rules else {},
            "measured_on": self.measured_on,
            "gate": {
                "candidate": self.gate.candidate,
                "incumbent": self.gate.incumbent,
                "difference": vars(self.gate.difference),
            },
        }


def _without_categories(evaluation: Evaluation) -> dict[str, object]:
    figures = evaluation.as_json()
    del figures["categories"]
    return figures


def measure(
    candidate: CategoryClassifier,
    incumbent: ModelVersion | None,
    training: Labelled,
    audit: Labelled,
    background: Corpus,
) -> Measured:
    """Measure both anew on the same grants: the audit stream, or while it is small, out of fold.

    Stored figures of the active version are of another, smaller audit set, so they are not used.
    """
    if len(audit) >= ENOUGH_AUDIT_GRANTS:
        proba = candidate.predict_proba(audit.corpus)
        rival = _decided_by(incumbent, audit.corpus, candidate)
        return _verdict(candidate, incumbent, audit, proba, rival, "audit", "")
    if not len(training):
        return Measured(None, None, _without_labels(incumbent), "", "labelled")
    words = (
        f", each by a model that had not seen it; the audit stream has {len(audit)} of the "
        f"{ENOUGH_AUDIT_GRANTS} labelled grants it needs"
    )
    rival = _out_of_fold(candidate, incumbent, training, background)
    return _verdict(candidate, incumbent, training, candidate.proba_oof_, rival, "labelled", words)


def _without_labels(incumbent: ModelVersion | None) -> Gate:
    """What knows words alone takes over from what knows words alone, and from nothing else."""
    if incumbent is None or incumbent.is_untaught:
        return without_grants(
            True, "Made of the words of categories, rules and grants: nothing is labelled yet."
        )
    return without_grants(
        False,
        f"{incumbent} has learned from labels and this version from none, and no labelled grant is "
        "left to compare them on.",
    )


def _verdict(
    candidate: CategoryClassifier,
    incumbent: ModelVersion | None,
    grants: Labelled,
    proba: np.ndarray,
    rival: np.ndarray,
    kind: str,
    words: str,
) -> Measured:
    decided = candidate.decide(proba)

    def against(other: np.ndarray, name: str, margin: float) -> Gate:
        return compare(
            grants.y,
            grants.known,
            decided,
            other,
            candidate.categories,
            margin=margin,
            kind=kind,
            against=name,
        )

    # Whatever is active: what has learned must do better than words alone.
    margin = SiteSettings.objects.current().promotion_margin
    gate = against(_decided_by(None, grants.corpus, candidate), "the word matcher", 0.0)
    if gate.promote and incumbent and not incumbent.is_lexical:
        gate = against(rival, f"{incumbent}, active before", margin)
    return Measured(
        evaluate(grants.y, grants.known, proba, decided, candidate.categories),
        _of_rules(grants, candidate.categories),
        gate,
        f"{len(grants):,} {kind} grants{words}",
        kind,
    )


def _of_rules(grants: Labelled, categories: Sequence[CategoryText]) -> Evaluation | None:
    """What staff would get from their keyword rules without any learning."""
    if not has_rules(categories):
        return None
    rules = by_rules(categories, grants.corpus)
    return evaluate(grants.y, grants.known, rules.proba, rules.decided, categories)


def _decided_by(
    incumbent: ModelVersion | None, corpus: Corpus, candidate: CategoryClassifier
) -> np.ndarray:
    """What the active version ticks, in the candidate's columns."""
    if incumbent is None or incumbent.is_lexical:
        matcher = candidate.matcher_
        return matcher.decide(matcher.predict_proba(corpus))
    try:
        model = registry.load(incumbent)
    except CorruptArtifact as error:
        # It cannot serve either, so words alone are what the candidate would replace.
        logger.error("%s cannot be measured: %s", incumbent, error)
        return _decided_by(None, corpus, candidate)
    ticked = model.decide(model.predict_proba(corpus))
    columns = {category.code: i for i, category in enumerate(model.categories)}
    mine = [columns.get(category.code, -1) for category in candidate.categories]
    # A category that is new since then gets the extra column, in which nothing is ticked.
    padded = np.hstack([ticked, np.zeros((len(ticked), 1), dtype=bool)])
    return padded[:, mine]


def _out_of_fold(
    candidate: CategoryClassifier,
    incumbent: ModelVersion | None,
    training: Labelled,
    background: Corpus,
) -> np.ndarray:
    """The active version's answers on the training grants, by models that had not seen them.

    Its recipe is fitted on the candidate's folds, with no other grants than it learned from.
    """
    if incumbent is None or incumbent.is_lexical:
        return _decided_by(incumbent, training.corpus, candidate)
    learned = np.isin(training.grant_ids, incumbent.snapshot.grant_ids)
    meaning = candidate.scorer_.meaning
    reads_meaning = meaning is not None and registry.ENCODER in incumbent.library_versions
    rival = CategoryClassifier(candidate.categories, seed=candidate.seed).fit(
        training.corpus,
        training.y,
        training.known & learned[:, None],
        training.tune & learned,
        background,
        training.weights * learned[:, None],
        meaning.meaning.categories if meaning is not None and reads_meaning else None,
    )
    return rival.decide(rival.proba_oof_)
