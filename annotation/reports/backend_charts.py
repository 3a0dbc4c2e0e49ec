"""A comparison of kinds of model as its pages show it, drawn from figures that are stored."""

from collections.abc import Mapping
from typing import Any

from annotation.models.backend_comparisons import RECIPE
from annotation.services.backends import PRODUCTION, backends

DECIDING = {"macro_f1": "macro-F1", "recall_at_10": "share found in the first ten"}
FIGURES = {
    "macro_f1": "Macro-F1",
    "micro_f1": "Micro-F1",
    "hierarchical_f1": "Hierarchical F1",
    "recall_at_10": "Found in the first ten",
    "ece": "Calibration error (less is better)",
}
# Names stand above their lines: the longest has fifty letters, and a phone little width.
WIDTH, EDGE, LINE = 400, 8, 44


def report_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """What a template shows; all numbers of its drawings are reckoned here.

    Args:
        found: ``settings``, ``load``, ``options`` (a row each) and ``recommendation``, as
            ``manage.py compare_models --json`` writes them; also ``left_out`` and ``failed``, what
            is wanted and why it failed, by name.
    """
    rows, advice = found["options"], found["recommendation"]
    words = {each.name: each.words for each in backends()}
    parts = {
        words: _parts(rows, key)
        for key, words in (
            ("by_level", "level"),
            ("by_support", "training grants of a category"),
            ("by_facet", "facet"),
        )
    }
    return {
        "rows": rows,
        "words": words,
        "first": rows[0] if rows else None,
        "settings": found["settings"],
        "load": found["load"],
        "is_of_todays_recipe": found["settings"].get("recipe") == RECIPE,
        "preference": advice,
        "left_out": found.get("left_out", {}),
        "failed": found.get("failed", {}),
        "is_priced": found["load"]["price_an_hour"] is not None,
        "production": PRODUCTION,
        "differences": [
            {
                "name": row["name"],
                "figures": [advice["differences"][row["name"]][key] for key in DECIDING],
            }
            for row in rows
            if row["name"] in advice["differences"]
        ],
        "deciding": list(DECIDING.values()),
        "charts": [_chart(rows, words, key, title) for key, title in FIGURES.items()],
        "figures": FIGURES,
        "titles": list(FIGURES.values()),
        "table": [{"name": row["name"], "cells": [row[key] for key in FIGURES]} for row in rows],
        "parts": parts,
    }


def _chart(
    rows: list[dict[str, Any]], words: Mapping[str, str], key: str, title: str
) -> dict[str, Any]:
    """A line an option: its name and value, and below them its interval with the value as a dot."""
    known = [row for row in rows if row[key]["value"] is not None]
    end = max((row[key]["high"] for row in known), default=0) or 1
    across = (WIDTH - 2 * EDGE) / end
    lines = [
        {
            "words": words.get(row["name"], row["name"]),
            "text_y": LINE * at + 18,
            "y": LINE * at + 32,
            **{name: f"{EDGE + across * row[key][name]:.1f}" for name in ("low", "value", "high")},
            "told": f"{row[key]['value']:.3f}",
            "is_production": row["name"] == PRODUCTION,
        }
        for at, row in enumerate(known)
    ]
    return {
        "title": title, "lines": lines, "width": WIDTH, "left": EDGE, "right": WIDTH - EDGE,
        "height": LINE * len(known) + 4, "key": key,
    }  # fmt: skip


def _parts(rows: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """What each option reaches in each part of the taxonomy."""
    names = list(rows[0][key]) if rows else []
    return {
        "names": [
            {"name": name, "n_labels": rows[0][key][name]["n_labels"]} for name in names
        ],
        "rows": [
            {"name": row["name"], "cells": [row[key].get(name) for name in names]} for row in rows
        ],
    }  # fmt: skip
