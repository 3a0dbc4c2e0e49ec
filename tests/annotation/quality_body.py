"""A report on quality as the worker stores it, made up for any categories."""

from django.utils import timezone

from annotation.models import ModelVersion, StoredReport, Taxonomy


def figures(value, n):
    """Value and a made-up interval; none under ten, as the worker leaves it."""
    return [value, max(0.0, value - 0.1), min(1.0, value + 0.1)] if n >= 10 else None


def row(code, n_right=20, n_ticked=15, f1=0.5, n_examples=30, rules=0.4):
    return {
        "code": code, "n_examples": n_examples, "n_right": n_right, "n_ticked": n_ticked,
        "precision": figures(0.6, n_ticked), "recall": figures(0.45, n_right),
        "f1": figures(f1, n_right), "rules": figures(rules, n_right),
    }  # fmt: skip


def miss(right, ticked, grants, n_right=20, kind="sibling"):
    n = len(grants)
    return {
        "right": right, "ticked": ticked, "kind": kind, "n": n, "n_right": n_right, "cost": 2 * n,
        "share": [n / n_right, 0.4 * n / n_right, 0.9], "grants": [grant.pk for grant in grants],
    }  # fmt: skip


def body(rows, misses=(), **facts):
    whole = ("micro_f1", "macro_f1", "precision_at_1", "recall_at_10", "ece_shown", "clicks")
    part = {
        "n_categories": len(rows), "n_right": 40, "n_ticked": 9, "micro_f1": figures(0.55, 40),
        "macro_f1": figures(0.5, 40), "precision": None, "recall": figures(0.5, 40),
        "rules": figures(0.43, 40),
    }  # fmt: skip
    return {
        "taxonomy": Taxonomy.objects.current().pk,
        "kind": "audit",
        "n_grants": 120,
        "n_audit": 120,
        "n_labels": 800,
        "fixed_threshold": None,
        "whole": {
            name: {"model": figures(0.56, 120), "rules": figures(0.43, 120)} for name in whole
        },
        "parts": {
            "facet": [{"name": "subject", **part}],
            "level": [{"name": "1", **part}, {"name": "2", **part}],
            "support": [{"name": "1-4", **part}, {"name": "50+", **part}],
        },
        "categories": rows,
        "growth": [
            {"n_labels": n, "n_draws": 1, "micro_f1": figures(f1, 120), "macro_f1": figures(f1, 99)}
            for n, f1 in ((100, 0.3), (200, 0.41), (400, 0.5))
        ],
        "reliability": [
            {"low": 0.2, "high": 0.267, "n": 60, "mean": 0.24, "right": [0.25, 0.18, 0.37]},
            {"low": 0.6, "high": 0.667, "n": 40, "mean": 0.64, "right": [0.4, 0.26, 0.55]},
            {"low": 0.933, "high": 1.0, "n": 3, "mean": 0.96, "right": [1.0, 0.44, 1.0]},
        ],
        "near_misses": list(misses),
        **facts,
    }


def stored(found, question="quality", **facts):
    return StoredReport.objects.create(
        question=question,
        status="done",
        ended_at=timezone.now(),
        body=found,
        version=ModelVersion.objects.active(),
        **facts,
    )
