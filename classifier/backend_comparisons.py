"""Measuring the kinds of model that somebody wants compared, one at a time, on the same grants."""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from annotation.errors import ComparisonRefused
from annotation.models import MeasuredBackend
from annotation.reports.backend_comparisons import PARTS, load_of
from annotation.services.measured_backends import (
    Measured,
    beat,
    end_short,
    fail_backend,
    finish_backend,
    keep_material,
    take_backend,
)
from classifier.backend_material import (
    START_ANEW,
    MaterialGone,
    facts_of,
    material_of,
    packed,
    setting_of,
    unpacked,
)
from classifier.backends.apart import TrialFailed, measured_apart
from classifier.backends.options import NoSuchOption, made
from classifier.backends.protocol import Load
from classifier.backends.trials import EFFORT, Outcome, Setting, TrialLost
from classifier.comparison import Comparison
from classifier.heartbeat import kept_alive, still_ours

logger = logging.getLogger(__name__)


def measure_waiting_backend() -> MeasuredBackend | None:
    """Measure the next one and store it; None when none waits, or another worker is at one.

    Whoever takes one over from a dead worker begins it anew; what was measured before stays.
    """
    backend = take_backend()
    if backend is None:
        return None
    try:
        _measure(backend)
    except ComparisonRefused as error:
        logger.info("%s", error)
    except MaterialGone as error:
        end_short(backend, str(error))
        logger.warning("%s cannot go on: %s", backend.comparison, error)
    except Exception as error:  # noqa: BLE001 - the others are measured all the same
        # Ids and kinds only: its words and traceback may hold what people have written.
        logger.error("%s of %s failed: %s", backend, backend.comparison, type(error).__name__)
        is_told = isinstance(error, (NoSuchOption, TrialFailed, TrialLost))
        fail_backend(backend, str(error) if is_told else f"{type(error).__name__}: {error}")
    return backend


def _measure(backend: MeasuredBackend) -> None:
    began, lost = time.monotonic(), threading.Event()

    def told() -> bool:
        is_ours = still_ours(lambda: beat(backend), ComparisonRefused)
        if not is_ours:
            lost.set()
        return is_ours

    with kept_alive(told, f"heartbeat for {backend} of {backend.comparison}"):
        setting = _setting(backend)
        made(backend.name)  # it says why where it cannot run here
        outcome = measured_apart(setting, backend.name, lambda: not lost.is_set())
    if outcome is None:
        raise ComparisonRefused(f"{backend.comparison} was stopped.")
    row = dict(outcome.row)
    categories = row.pop("by_category")
    row["order"] = {part: list(row[part]) for part in PARTS}
    found = Measured(row, categories, outcome.replicates, time.monotonic() - began)
    finish_backend(backend, found, lambda whole: results_of(setting, whole))
    logger.info("%s of %s is measured", backend, backend.comparison)


def _setting(backend: MeasuredBackend) -> Setting:
    """What all options of the comparison share, kept by the first and found again by the others."""
    run = backend.comparison
    if run.material is None:
        material = material_of(run.taxonomy)
        setting, sha256 = setting_of(run, material)
        facts = facts_of(run, setting, sha256)
        keep_material(backend, packed(material), EFFORT, **facts)
        if run.snapshot_sha256 == sha256:
            return setting
    if run.is_of_another_recipe:
        raise MaterialGone(f"Kinds of model are fitted otherwise since it began. {START_ANEW}")
    setting, sha256 = setting_of(run, unpacked(bytes(run.material or b"")))
    if sha256 != run.snapshot_sha256:
        raise MaterialGone(
            f"Texts of its grants or categories have changed since it began. {START_ANEW}"
        )
    return setting


def results_of(setting: Setting, whole: Sequence[MeasuredBackend]) -> dict[str, Any]:
    """Recommendation, costs a month and order of what is measured, as the command has them."""
    run = whole[0].comparison
    found = {each.name: Outcome(each.row, each.replicates) for each in whole}
    compared = Comparison.of({}, found, Load(**load_of(run)), setting.backend)
    return {
        "order": [row["name"] for row in compared.rows],
        "months": {row["name"]: row["month"] for row in compared.rows},
        "recommendation": asdict(compared.preference),
    }
