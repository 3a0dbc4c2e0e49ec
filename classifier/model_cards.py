"""The facts of a model card that only the training knows, kept with the version."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from annotation.models import Annotation, Grant
from classifier.dataset import Labelled
from classifier.measuring import Measured
from classifier.ml.cards import by_level, confusions, label_counts
from classifier.ml.text import CategoryText

AT_ONCE = 5_000  # keys in a query; SQLite takes some thirty thousand


def card_facts(
    training: Labelled, measured: Measured, categories: Sequence[CategoryText]
) -> dict[str, Any]:
    """Fit for JSON. Of people a count only: who they are is no property of a model."""
    people, first, last = _annotators(training.annotation_ids)
    facts: dict[str, Any] = {
        "labels": label_counts(training.y),
        "n_annotators": len(people),
        "first_at": first.isoformat() if first else "",
        "last_at": last.isoformat() if last else "",
        "flags": dict(_flags(training.grant_ids)),
        "n_random": int(training.tune.sum()),
    }
    if measured.grants is None or measured.said is None:
        return facts
    y, known, said = measured.grants.y, measured.grants.known, measured.said
    return facts | {
        "levels": by_level(y, known, said, categories),
        "confusions": confusions(y, known, said.decided, categories),
    }


def _annotators(keys: Sequence[int]) -> tuple[set[int], datetime | None, datetime | None]:
    """Who made these annotations, and when the first and the last were made."""
    people: set[int] = set()
    times: list[datetime] = []
    for part in _parts(keys):
        rows = Annotation.objects.filter(pk__in=part).order_by()
        for person, at in rows.values_list("annotator_id", "submitted_at"):
            people.add(person)
            times.append(at)
    return people, min(times, default=None), max(times, default=None)


def _flags(keys: Sequence[int]) -> Counter[str]:
    """How many of the grants have each quality flag."""
    found: Counter[str] = Counter()
    for part in _parts(keys):
        for flags in Grant.objects.filter(pk__in=part).values_list("quality_flags", flat=True):
            found.update(flags)
    return found


def _parts(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]
