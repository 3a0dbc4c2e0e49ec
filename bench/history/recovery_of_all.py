"""All that is held against the truth, question by question."""

from collections.abc import Iterator, Mapping
from typing import Any

from bench.history.recovery import Recovered, of_agreement
from bench.history.recovery_counts import of_coverage, of_plants
from bench.history.recovery_drift import of_drift
from bench.history.recovery_models import of_label_errors, of_quality, of_slices

QUESTIONS = ("agreement", "quality", "label-errors", "slices")  # those that are stored


def recoveries(
    bodies: Mapping[str, Mapping[str, Any]], truth: Mapping[str, Any]
) -> Iterator[tuple[str, list[Recovered]]]:
    """Of each page by name.

    Args:
        bodies: of the stored reports, by question.
    """
    yield "agreement and people", of_agreement(bodies["agreement"], truth)
    yield "planted suggestions", of_plants(truth)
    yield "coverage", of_coverage(truth)
    yield "quality", of_quality(bodies["quality"], truth)
    yield "slices", of_slices(bodies["slices"], truth)
    yield "drift", of_drift(truth)
    yield "label errors", of_label_errors(bodies["label-errors"], truth)
