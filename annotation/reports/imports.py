"""Files brought in, for the import page."""

from annotation.models import ImportRun

SHOWN = 50


def latest_imports() -> list[ImportRun]:
    """The newest 50, without their long lists."""
    runs = ImportRun.objects.select_related("imported_by").defer("faults", "samples", "header")
    return list(runs.order_by("-pk")[:SHOWN])
