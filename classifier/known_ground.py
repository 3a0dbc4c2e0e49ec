"""Grants with answers, and what the active version says of them, having learned from none."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from annotation.models import ModelVersion
from annotation.reports.backend_comparisons import ENOUGH_AUDIT_GRANTS
from classifier.dataset import audit_set
from classifier.labelled import Labelled
from classifier.ml.baselines import Suggested
from classifier.out_of_fold import Lessons
from classifier.saying import (
    calibrating,
    learned_by,
    measurable,
    said_of,
    said_of_audit,
    why_not_unseen,
)
from classifier.ticking import Model, as_set
from classifier.vectors import are_wanted, with_vectors

Tell = Callable[[str], None]


@dataclass(frozen=True)
class KnownGround:
    """``kind``: audit, or labelled; ``said`` has today's categories as columns."""

    kind: str
    labelled: Labelled
    said: Suggested
    n_audit: int
    why_none: str = ""  # why no grant can be asked about
    n_calibrating: int = 0  # audit grants that set its calibration and thresholds
    left_out: str = ""  # what is said of audit grants that it cannot read unseen

    @property
    def words(self) -> str:
        """Which grants these are."""
        if self.why_none:
            return (
                f"no grant: {self.why_none}, and the audit stream has {self.n_audit} of the "
                f"{ENOUGH_AUDIT_GRANTS} labelled grants it needs{self.left_out}"
            )
        n = f"{len(self.labelled):,}"
        if self.kind == "audit":
            words = f"{n} audit grants, from which no version learns"
            if not self.n_calibrating:
                return words + self.left_out
            return (
                f"{words}; {self.n_calibrating:,} of them set its calibration and thresholds, and "
                "each of these is read with those that the others set"
                f"{self.left_out}"
            )
        return (
            f"{n} labelled grants, each by a model that had not seen it; the audit stream has "
            f"{self.n_audit} of the {ENOUGH_AUDIT_GRANTS} it needs{self.left_out}"
        )


def known_ground(version: ModelVersion, loaded: Model, known: Lessons, tell: Tell) -> KnownGround:
    """Audit grants; while these are few, the labelled ones by a model that had not seen them.

    Ticked as the site has set it, with sentence vectors where it wants them.

    Args:
        loaded: what the version answers with.
    """
    model, texts = as_set(loaded, known.site), known.categories.texts
    audit = audit_set(known.categories)
    rows, left_out = measurable(audit, version)
    audit = audit.take(rows)
    n_audit = len(audit)
    if n_audit >= ENOUGH_AUDIT_GRANTS:
        tell(f"Reading {n_audit:,} audit grants")
        if are_wanted():
            audit = replace(audit, corpus=with_vectors(audit.grant_ids, audit.corpus))
        said = said_of_audit(version, model, audit, texts)
        tuned = int(calibrating(version, audit).sum())
        return KnownGround("audit", audit, said, n_audit, n_calibrating=tuned, left_out=left_out)
    training, why_none = known.training, "" if version.is_untaught else why_not_unseen(version)
    if why_none:
        training = training.none()
    if not len(training):
        nothing = np.zeros((0, len(texts)), dtype=np.float32)
        said = Suggested(nothing, nothing.astype(bool))
    elif version.is_untaught:  # words alone: there is nothing that it could have seen
        said = said_of(model, training.corpus, texts)
    else:
        tell(f"Learning from {len(training):,} grants in folds, to read each by a model new to it")
        said = known.out_of_fold(np.flatnonzero(learned_by(version, training)))
    return KnownGround("labelled", training, said, n_audit, why_none, left_out=left_out)
