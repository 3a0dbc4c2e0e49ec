"""Several options measured on the same texts, as one result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from annotation.reports.backend_charts import report_of
from classifier.backends.options import OPTIONS, PRODUCTION
from classifier.backends.protocol import Backend, Load
from classifier.backends.trials import Outcome
from classifier.ml.costs import Seconds, Serving
from classifier.ml.preferring import Preference, Replicates, prefer

SERVED = ("single_ms", "single_cpu_ms", "batch_ms", "batch_texts_per_cpu_second", "artifact_mb")
WORDS = {option.name: option.words for option in OPTIONS.values()}


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
        return cls(settings, load, rows, drawn, prefer(drawn, PRODUCTION, n, WORDS))

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


def page_of(compared: Comparison) -> dict[str, Any]:
    """What the template of the report shows."""
    return report_of(compared.as_json())
