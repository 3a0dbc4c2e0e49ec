"""The report on quality: the active version measured by part, by category, and as it grew."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from annotation.models import ModelVersion, SiteSettings
from classifier import registry
from classifier.dataset import Labelled, audit_set
from classifier.measuring import ENOUGH_AUDIT_GRANTS
from classifier.ml.baselines import Suggested, by_rules, has_rules
from classifier.ml.growth import growth
from classifier.ml.text import Corpus
from classifier.ml.trust import trust
from classifier.out_of_fold import Lessons, lessons
from classifier.ticking import Model, as_set
from classifier.vectors import are_wanted, reads_meaning, with_vectors

Tell = Callable[[float, str], None]


@dataclass(frozen=True)
class _Measured:
    """The grants that are measured on, and what was said of them without having seen them."""

    kind: str  # audit, or labelled
    grants: Labelled
    said: Suggested


def write_quality(tell: Tell) -> dict[str, Any]:
    """What the page on quality shows of the active version; categories by code, grants by key.

    Measured anew on the grants as they are labelled today: the audit stream, or while it is small
    all labelled grants, each by a model that had not seen it. ``growth`` learns anew from parts of
    the labels, so all of it costs about what two trainings do.

    Raises:
        CorruptArtifact: the version's file is missing, damaged or not the one that was signed.
    """
    version, site = ModelVersion.objects.active(), SiteSettings.objects.current()
    if version is None:
        return {"n_grants": 0}
    tell(0.02, "Reading the labelled grants")
    known = lessons(version.taxonomy, site, version.seed)
    audit = audit_set(known.categories)
    tell(0.10, f"Measuring {version}")
    measured = _measured(version, known, audit)
    texts = known.categories.texts
    rules = by_rules(texts, measured.grants.corpus) if has_rules(texts) else None
    examples = known.training.y.sum(axis=0)
    grants, said = measured.grants, measured.said
    tell(0.40, "Figures by part and by category")
    sheet = trust(grants.y, grants.known, said, rules, examples, texts)
    for miss in sheet["near_misses"]:
        miss["grants"] = [grants.grant_ids[row] for row in miss.pop("rows")]
    return {
        **sheet,
        "taxonomy": version.taxonomy_id,
        "kind": measured.kind,
        "n_audit": len(audit),
        "n_labels": len(known.training),
        "fixed_threshold": site.fixed_threshold if _is_fixed(site) else None,
        "growth": [] if version.is_lexical else _growth(known, measured, tell),
    }


def _is_fixed(site: SiteSettings) -> bool:
    return site.ticking == SiteSettings.Ticking.FIXED


def _measured(version: ModelVersion, known: Lessons, audit: Labelled) -> _Measured:
    model = as_set(registry.load(version), known.site)
    if len(audit) >= ENOUGH_AUDIT_GRANTS:
        if are_wanted():
            audit = replace(audit, corpus=with_vectors(audit.grant_ids, audit.corpus))
        return _Measured("audit", audit, _said(model, audit.corpus, known))
    training = known.training
    if version.is_lexical:  # it has learned from no label
        return _Measured("labelled", training, _said(model, training.corpus, known))
    learned = np.flatnonzero(np.isin(training.grant_ids, version.snapshot.grant_ids))
    return _Measured("labelled", training, known.out_of_fold(learned))


def _said(model: Model, corpus: Corpus, known: Lessons) -> Suggested:
    """The version's answers, in the columns of the categories of today.

    A category that is new since its training is never suggested.
    """
    if not reads_meaning(model):
        corpus = replace(corpus, vectors=None)
    proba = model.predict_proba(corpus)
    decided = model.decide(proba)
    columns = {category.code: at for at, category in enumerate(model.categories)}
    mine = [columns.get(category.code, -1) for category in known.categories.texts]
    empty = np.zeros((len(proba), 1), dtype=proba.dtype)
    return Suggested(
        np.hstack([proba, empty])[:, mine], np.hstack([decided, empty.astype(bool)])[:, mine]
    )


def _growth(known: Lessons, measured: _Measured, tell: Tell) -> list[dict[str, Any]]:
    grants, corpus = measured.grants, measured.grants.corpus

    def answers(rows: np.ndarray) -> Suggested:
        if measured.kind == "audit":
            return known.learned_from(rows, corpus)
        return known.out_of_fold(rows)

    def told(share: float) -> None:
        tell(0.50 + 0.49 * share, "Learning anew from a part of the labels")

    return growth(np.arange(len(known.training)), answers, grants.y, grants.known, told, known.seed)
