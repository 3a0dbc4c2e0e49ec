"""Several options measured on the same texts, as one result and as what its report shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from classifier.backends.options import PRODUCTION
from classifier.backends.protocol import Backend, Load
from classifier.backends.trials import Outcome
from classifier.ml.costs import Seconds, Serving
from classifier.ml.preferring import DECIDING, Preference, Replicates, prefer

SERVED = ("single_ms", "single_cpu_ms", "batch_ms", "batch_texts_per_cpu_second", "artifact_mb")


@dataclass(frozen=True)
class Comparison:
    """``rows``: one an option, the production recipe first, then by macro-F1."""

    settings: dict[str, Any]
    load: Load
    rows: list[dict[str, Any]]
    replicates: Replicates
    preference: Preference

    @classmethod
    def of(
        cls,
        settings: dict[str, Any],
        found: Mapping[str, Outcome],
        load: Load,
        backend: Callable[[str], Backend[Any]],
    ) -> Comparison:
        """From what was measured; costs follow the load, so they are reckoned anew."""
        rows = [
            {**outcome.row, "month": asdict(_month(backend(name), outcome.row, load))}
            for name, outcome in found.items()
        ]
        rows.sort(key=lambda row: (row["name"] != PRODUCTION, -(row["macro_f1"]["value"] or 0)))
        drawn = {row["name"]: found[row["name"]].replicates for row in rows}
        n = rows[0]["n_measured"] if rows else 0
        return cls(settings, load, rows, drawn, prefer(drawn, PRODUCTION, n))

    def as_json(self) -> dict[str, Any]:
        """All of it; from this file an interrupted comparison goes on."""
        return {
            "settings": self.settings,
            "load": asdict(self.load),
            "options": self.rows,
            "recommendation": self.preference.as_json(),
            "replicates": self.replicates,
        }


def _month(backend: Backend[Any], row: Mapping[str, Any], load: Load) -> Any:
    costs = row["costs"]
    fit = Seconds(costs["fit_wall_seconds"], costs["fit_cpu_seconds"])
    return backend.cost(load, fit, Serving(**{name: costs[name] for name in SERVED}))


FIGURES = {
    "macro_f1": "Macro-F1",
    "micro_f1": "Micro-F1",
    "hierarchical_f1": "Hierarchical F1",
    "recall_at_10": "Found in the first ten",
    "ece": "Calibration error (less is better)",
}
WIDTH, LEFT, LINE = 640, 190, 26


def page_of(compared: Comparison) -> dict[str, Any]:
    """What the template shows; all numbers of its drawings are reckoned here."""
    rows = compared.rows
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
        "first": rows[0] if rows else None,
        "settings": compared.settings,
        "load": compared.load,
        "preference": compared.preference,
        "is_priced": compared.load.price_an_hour is not None,
        "production": PRODUCTION,
        "differences": [
            {"name": name, "figures": [found[key] for key in DECIDING]}
            for name, found in compared.preference.differences.items()
        ],
        "deciding": list(DECIDING.values()),
        "charts": [_chart(rows, key, title) for key, title in FIGURES.items()],
        "figures": FIGURES,
        "table": [{"name": row["name"], "cells": [row[key] for key in FIGURES]} for row in rows],
        "parts": parts,
    }


def _chart(rows: list[dict[str, Any]], key: str, title: str) -> dict[str, Any]:
    """A line an option: its interval, and its value as a dot."""
    known = [row for row in rows if row[key]["value"] is not None]
    end = max((row[key]["high"] for row in known), default=0) or 1
    across = (WIDTH - LEFT - 70) / end
    lines = [
        {
            "name": row["name"],
            "y": LINE * at + LINE // 2 + 4,
            "text_y": LINE * at + LINE // 2 + 8,
            **{name: f"{LEFT + across * row[key][name]:.1f}" for name in ("low", "value", "high")},
            "told": f"{row[key]['value']:.3f}",
            "told_x": f"{LEFT + across * row[key]['high'] + 8:.1f}",
            "is_production": row["name"] == PRODUCTION,
        }
        for at, row in enumerate(known)
    ]
    return {
        "title": title, "lines": lines, "width": WIDTH, "left": LEFT,
        "height": LINE * len(known) + 12, "key": key,
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
