"""The facts of a model card that only the training knows, kept with the version."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from annotation.models import Grant
from classifier.data_cards import data_facts
from classifier.labelled import Labelled
from classifier.labelled_by import annotators, parts_of
from classifier.measuring import Measured
from classifier.ml.cards import by_level, confusions, label_counts
from classifier.ml.text import CategoryText


def card_facts(
    training: Labelled, measured: Measured, categories: Sequence[CategoryText]
) -> dict[str, Any]:
    """Fit for JSON. Of people a count only: who they are is no property of a model."""
    people = annotators(training.annotation_ids)
    facts: dict[str, Any] = {
        "labels": label_counts(training.y),
        "n_annotators": people["n_annotators"],
        "first_at": people["first_at"],
        "last_at": people["last_at"],
        "flags": dict(_flags(training.grant_ids)),
        "n_random": int(training.tune.sum()),
        "data": data_facts(training, people, measured, categories),
    }
    return facts | measured_facts(measured, categories)


def measured_facts(measured: Measured, categories: Sequence[CategoryText]) -> dict[str, Any]:
    """Those that ask nothing of what was learned from; none where nothing was measured."""
    if measured.grants is None or measured.said is None:
        return {}
    y, known, said = measured.grants.y, measured.grants.known, measured.said
    return {
        "levels": by_level(y, known, said, categories),
        "confusions": confusions(y, known, said.decided, categories),
    }


def _flags(keys: Sequence[int]) -> Counter[str]:
    """How many of the grants have each quality flag."""
    found: Counter[str] = Counter()
    for part in parts_of(keys):
        for flags in Grant.objects.filter(pk__in=part).values_list("quality_flags", flat=True):
            found.update(flags)
    return found
