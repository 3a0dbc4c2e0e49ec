"""The report on label errors: every label learned anew, and those that do not fit the rest."""

from collections.abc import Callable
from typing import Any

import numpy as np

from annotation.models import ModelVersion, SiteSettings, Taxonomy
from classifier.ml.label_errors import doubts
from classifier.out_of_fold import lessons

KEPT = 500  # of the worst; nobody checks more before the next night
Tell = Callable[[float, str], None]


def write_label_errors(tell: Tell) -> dict[str, Any]:
    """The worst answers of the pool, as [grant, category, was given, probability, margin].

    All labels are learned by the site's recipe in folds, so that no label has a part in what it is
    held against. The audit stream is left out: it never trains, so nothing rests on it.
    """
    taxonomy = Taxonomy.objects.current()
    if taxonomy is None:
        return {"n_grants": 0}
    tell(0.02, "Reading the labelled grants")
    active = ModelVersion.objects.active()
    known = lessons(taxonomy, SiteSettings.objects.current(), active.seed if active else 0)
    training, keys = known.training, known.categories.ids
    facts = {"taxonomy": taxonomy.pk, "n_grants": len(training), "n_labels": int(training.y.sum())}
    if not facts["n_labels"]:
        return {**facts, "n_doubts": 0, "n_given": 0, "doubts": []}
    tell(0.15, "Learning each part of the labels from the others")
    said = known.out_of_fold(np.arange(len(training)))
    tell(0.95, "Ranking what does not fit")
    found = doubts(training.y, training.known, said.proba)
    return {
        **facts,
        "n_doubts": len(found),
        "n_given": int(found.is_given.sum()),
        "doubts": [
            [
                training.grant_ids[found.rows[at]],
                keys[found.columns[at]],
                bool(found.is_given[at]),
                round(float(found.proba[at]), 5),
                round(float(found.margin[at]), 3),
            ]
            for at in range(min(len(found), KEPT))
        ],
    }
