"""What the pages show that no rows tell: stored reports and versions, of 1,300 categories.

Made by the functions that make the real ones, from answers that are drawn by lot: of all the size
and form that a page has to read. Runs inside a site, as :mod:`bench.steering_world`.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
from django.utils import timezone

from annotation.models import (
    Annotation,
    Category,
    Grant,
    ModelVersion,
    Outlook,
    Snapshot,
    StoredReport,
    Taxonomy,
)
from classifier.dataset import categories_of
from classifier.measuring import as_json
from classifier.ml.baselines import Suggested
from classifier.ml.cards import by_level, confusions, label_counts
from classifier.ml.evaluation import evaluate
from classifier.ml.gate import compare
from classifier.ml.pairing import pair
from classifier.ml.trust import trust

MEASURED, A_GRANT, DOUBTS = 2_000, 10, 500
NIGHTS, REFRESHES = 365, 8  # gated versions of a year, and what came between two nights
LABELS = 1_000_000  # that the newest version has learned from
KEPT = 60  # reports on each question


def write_reports() -> None:
    """Sixty reports on quality and label errors each, a year of versions, a comparison."""
    taxonomy = Taxonomy.objects.get(is_current=True)
    found = categories_of(taxonomy)
    draw = np.random.default_rng(1)
    y, known, before, after = _answers(len(found.ids), draw)
    grants = [*Grant.objects.order_by("pk").values_list("pk", flat=True)[:MEASURED]]
    paired = as_json(pair(y, known, before, after, found.texts))
    versions = _versions(taxonomy, _metrics(y, known, before, after, found.texts, paired))
    newest, other = versions[-1], versions[-2]
    _learned(newest)
    _outlooks(newest, found.ids, draw)
    examples = 40 * y.sum(axis=0)
    sheet = trust(y, known, after, before, examples, found.texts)
    for miss in sheet["near_misses"]:
        miss["grants"] = [grants[row] for row in miss.pop("rows")]
    whole = {name: sheet["whole"][name]["model"] for name in ("micro_f1", "macro_f1")}
    growth = [{"n_labels": 10_000 * n, "n_draws": 3, **whole} for n in range(1, 9)]
    facts = {"taxonomy": taxonomy.pk, "kind": "audit", "n_audit": MEASURED, "n_labels": 90_000}
    quality = {**sheet, **facts, "fixed_threshold": None, "growth": growth}
    columns = draw.integers(len(found.ids), size=DOUBTS)
    rows = draw.permutation(MEASURED)[:DOUBTS]
    doubts = [
        [grants[row], found.ids[column], bool(row % 2), 0.5, 0.5]
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
    ]
    errors = {"taxonomy": taxonomy.pk, "n_grants": 90_000, "n_labels": LABELS,
              "n_doubts": 20_000, "n_given": 9_000, "doubts": doubts}  # fmt: skip
    comparison = {**paired, "measured_on": f"{MEASURED:,} audit grants", "kind": "audit"}
    for question, body in (("quality", quality), ("label-errors", errors)):
        for _ in range(KEPT):
            _store(question, body, newest)
    _store("comparison", comparison, newest, subject=f"{other.pk}-{newest.pk}")


def _answers(n: int, draw: np.random.Generator) -> tuple[Any, Any, Suggested, Suggested]:
    """What is right, what is known, and what two versions say; shapes (MEASURED, n)."""
    weights = 1 / (10 + np.arange(n))
    y = np.zeros((MEASURED, n), dtype=np.int64)
    for row in y:
        row[draw.choice(n, A_GRANT, replace=False, p=weights / weights.sum())] = 1
    said = []
    for sharpness in (0.25, 0.3):
        proba = draw.beta(0.1, 8, size=y.shape) + sharpness * y * draw.random(y.shape)
        said.append(Suggested(proba.clip(0, 1).astype(np.float32), proba > 0.2))
    return y, np.ones(y.shape, dtype=bool), said[0], said[1]


def _metrics(y, known, before, after, texts, paired) -> dict[str, Any]:
    """As a training leaves them with its version."""
    figures = [evaluate(y, known, s.proba, s.decided, texts).as_json() for s in (after, before)]
    for found in figures:
        del found["categories"]
    gate = compare(y, known, after.decided, before.decided, texts)
    card = {
        "labels": label_counts(y), "n_annotators": 40, "first_at": "", "last_at": "", "flags": {},
        "n_random": MEASURED, "levels": by_level(y, known, after, texts),
        "confusions": confusions(y, known, after.decided, texts),
    }  # fmt: skip
    return {
        "figures": figures[0], "rules": figures[1], "card": card,
        "measured_on": f"{MEASURED:,} audit grants",
        "gate": {
            "candidate": gate.candidate, "incumbent": gate.incumbent,
            "difference": asdict(gate.difference), "n_grants": gate.n_grants,
            "against": "the one before", "margin": 0.01, "measures": paired["measures"],
            "watched": [],
        },
    }  # fmt: skip


def _versions(taxonomy: Taxonomy, metrics: dict[str, Any]) -> list[ModelVersion]:
    now = timezone.now()
    of_all = {"taxonomy": taxonomy, "status": "retired", "artifact_sha256": "0" * 64,
              "finished_at": now, "activated_at": now, "retired_at": now}  # fmt: skip
    made = [
        ModelVersion(**of_all, metrics=metrics, n_training_grants=90_000, reason="It was better.")
        for _ in range(NIGHTS)
    ]
    made = ModelVersion.objects.bulk_create(made)
    between = [
        ModelVersion(**of_all, kind="refresh", parent=parent)
        for parent in made
        for _ in range(REFRESHES)
    ]
    ModelVersion.objects.bulk_create(between)
    return made


def _learned(version: ModelVersion) -> None:
    Snapshot.objects.create(
        model_version=version,
        taxonomy_release=version.taxonomy.release,
        grant_ids=[*Grant.objects.order_by("pk").values_list("pk", flat=True)],
        annotation_ids=[*Annotation.objects.order_by("pk").values_list("pk", flat=True)],
        label_ids=[*range(1, LABELS + 1)],
        content_sha256="0" * 64,
    )


def _outlooks(version: ModelVersion, keys: list[int], draw: np.random.Generator) -> None:
    facts = {"model_version": version, "kind": "audit", "n_labels": 900, "n_measured": 50,
             "score": 0.5, "low": 0.4, "high": 0.6, "kappa": 0.98, "is_stable": False,
             "slope_low": 0.0, "slope_high": 0.01, "goal": 0.55, "more": 120, "more_low": 60,
             "forecast": "At this pace it gets there.", "seconds_each": 60}  # fmt: skip
    whole = [Outlook(measure=name, slope=0.001, **facts) for name in ("micro_f1", "macro_f1")]
    slopes = draw.random(len(keys)) / 100
    of_each = Category.objects.in_bulk(keys)
    Outlook.objects.bulk_create(whole + [
        Outlook(measure="f1", category=of_each[pk], slope=float(slope), **facts)
        for pk, slope in zip(keys, slopes, strict=True)
    ])  # fmt: skip


def _store(question: str, body: dict[str, Any], version: ModelVersion, subject: str = "") -> None:
    StoredReport.objects.create(
        question=question, subject=subject, status="done", ended_at=timezone.now(), body=body,
        version=version,
    )  # fmt: skip
