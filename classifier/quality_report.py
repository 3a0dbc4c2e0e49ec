"""The report on quality: the active version measured by part, by category, and as it grew."""

from collections.abc import Callable
from typing import Any

import numpy as np

from annotation.models import ModelVersion, SiteSettings
from classifier import registry
from classifier.known_ground import KnownGround, known_ground
from classifier.ml.baselines import Suggested, by_rules, has_rules
from classifier.ml.growth import growth
from classifier.ml.trust import trust
from classifier.out_of_fold import Lessons, lessons
from classifier.saying import why_not_unseen

Tell = Callable[[float, str], None]


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
    known = lessons(version.taxonomy, site, version.seed, version.backend)
    measured = known_ground(version, registry.load(version), known, lambda words: tell(0.10, words))
    texts = known.categories.texts
    grants, said = measured.labelled, measured.said
    rules = by_rules(texts, grants.corpus) if has_rules(texts) else None
    examples = known.training.y.sum(axis=0)
    tell(0.40, "Figures by part and by category")
    sheet = trust(grants.y, grants.known, said, rules, examples, texts)
    for miss in sheet["near_misses"]:
        miss["grants"] = [grants.grant_ids[row] for row in miss.pop("rows")]
    learns_here = not (version.is_lexical or why_not_unseen(version))
    return {
        **sheet,
        "taxonomy": version.taxonomy_id,
        "kind": measured.kind,
        "n_audit": measured.n_audit,
        "n_labels": len(known.training),
        "fixed_threshold": site.fixed_threshold if _is_fixed(site) else None,
        "growth": _growth(known, measured, tell) if learns_here else [],
    }


def _is_fixed(site: SiteSettings) -> bool:
    return site.ticking == SiteSettings.Ticking.FIXED


def _growth(known: Lessons, measured: KnownGround, tell: Tell) -> list[dict[str, Any]]:
    grants, corpus = measured.labelled, measured.labelled.corpus

    def answers(rows: np.ndarray) -> Suggested:
        if measured.kind == "audit":
            return known.learned_from(rows, corpus)
        return known.out_of_fold(rows)

    def told(share: float) -> None:
        tell(0.50 + 0.49 * share, "Learning anew from a part of the labels")

    return growth(np.arange(len(known.training)), answers, grants.y, grants.known, told, known.seed)
