"""Plain lines to files, one file a format; this is the list of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from annotation.exporters import (
    decisions_csv,
    decisions_jsonl,
    grants_360,
    grants_360_csv,
    grants_360_json,
    grants_csv,
    grants_jsonl,
    grants_xlsx,
    sprints_csv,
    sprints_jsonl,
    taxonomy_csv,
    taxonomy_skos,
)
from annotation.exporters.lines import Layout

CSV = "text/csv; charset=utf-8"
JSON_LINES = "application/x-ndjson; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Exporter:
    """A kind of file. ``write`` yields its bytes and asks for lines only as it needs them."""

    what: str
    form: str
    label: str
    suffix: str
    content_type: str
    write: Callable[[Iterator[Any], Layout], Iterator[bytes]]


EXPORTERS = {
    (exporter.what, exporter.form): exporter
    for exporter in (
        Exporter("grants", "csv", "CSV", "csv", CSV, grants_csv.write),
        Exporter("grants", "xlsx", "Excel (XLSX)", "xlsx", XLSX, grants_xlsx.write),
        Exporter("grants", "jsonl", "JSON lines", "jsonl", JSON_LINES, grants_jsonl.write),
        Exporter(
            "grants", "360-json", "360Giving JSON", "json", "application/json",
            grants_360_json.write,
        ),
        Exporter("grants", "360-csv", "360Giving CSV", "csv", CSV, grants_360_csv.write),
        Exporter("left-out", "csv", "CSV", "csv", CSV, grants_360.write_left_out),
        Exporter("decisions", "csv", "CSV", "csv", CSV, decisions_csv.write),
        Exporter("decisions", "jsonl", "JSON lines", "jsonl", JSON_LINES, decisions_jsonl.write),
        Exporter("sprints", "csv", "CSV", "csv", CSV, sprints_csv.write),
        Exporter("sprints", "jsonl", "JSON lines", "jsonl", JSON_LINES, sprints_jsonl.write),
        Exporter("taxonomy", "csv", "CSV", "csv", CSV, taxonomy_csv.write),
        Exporter(
            "taxonomy", "skos", "SKOS (Turtle)", "ttl", "text/turtle; charset=utf-8",
            taxonomy_skos.write,
        ),
    )
}  # fmt: skip
