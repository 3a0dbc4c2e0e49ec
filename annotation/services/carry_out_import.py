"""What a worker's child process does with an uploaded file: check it, or import it."""

import logging
import time
from collections import Counter
from collections.abc import Callable

from django.db import DatabaseError

from annotation.errors import AnnotationError, ImportRefused, ImportStopped
from annotation.importers.faults import Faults
from annotation.importers.grant_rows import Mapping
from annotation.importers.grants_csv import UnknownColumns
from annotation.models import ImportRun, Taxonomy
from annotation.services.import_grants import Progress, import_grants, preview_grants
from annotation.services.import_taxonomy import (
    UPDATE,
    TaxonomyImport,
    import_taxonomy,
    preview_taxonomy,
)
from annotation.services.imports import beat, fail_import, mine
from annotation.services.write_grants import GrantImport

logger = logging.getLogger(__name__)
State = ImportRun.State
SAMPLES, SAMPLE_LENGTH = 3, 120


def carry_out_import(run: ImportRun, tick: Callable[[], None]) -> None:
    """Check or import the file as the run's state says, and store what came of it.

    Args:
        tick: called with every report of progress.

    Raises:
        DatabaseError: what is written so far stays; the run can be taken up again.
    """
    try:
        if run.state == State.CHECKING:
            _check(run, tick)
        else:
            _import(run, tick)
    except ImportStopped:
        logger.info("%s was stopped", run)
    except AnnotationError as error:
        fail_import(run, str(error))
    except MemoryError:
        fail_import(run, "It needs more than 1 GB of memory. Import it in smaller parts.")
    except DatabaseError:
        raise  # no fault of the file, which is kept: the run is given back and taken up again
    except Exception as error:
        fail_import(run, f"The file cannot be read ({type(error).__name__}). It is logged.")
        raise


def _check(run: ImportRun, tick: Callable[[], None]) -> None:
    if run.kind == ImportRun.Kind.TAXONOMY:
        result = preview_taxonomy(run, UPDATE)
        _store(run, State.CHECKED, _taxonomy_figures(result), result.faults)
        return
    try:
        found = preview_grants(
            run.path,
            name=run.file_name,
            mapping=Mapping.from_json(run.mapping),
            with_categories=run.with_categories,
            progress=_progress(run, tick),
        )
    except UnknownColumns as error:
        _ask_for_columns(run, error)
    else:
        _store(run, State.CHECKED, _grant_figures(found), found.faults)


def _import(run: ImportRun, tick: Callable[[], None]) -> None:
    if run.kind == ImportRun.Kind.TAXONOMY:
        _refuse_old_preview(run)
        import_taxonomy(run.path, choice=run.taxonomy_choice, by=run.imported_by, run=run)
    else:
        import_grants(
            run.path,
            name=run.file_name,
            mapping=Mapping.from_json(run.mapping),
            with_categories=run.with_categories,
            by=run.imported_by,
            progress=_progress(run, tick),
            run=run,
        )
    run.path.unlink(missing_ok=True)


def _refuse_old_preview(run: ImportRun) -> None:
    taxonomy = Taxonomy.objects.current()
    release = taxonomy.release_id if taxonomy else None
    if release != run.preview.get("release"):
        raise ImportRefused(
            "The taxonomy has changed since the dry run, so its counts no longer hold. Upload the "
            "file again."
        )


def _ask_for_columns(run: ImportRun, error: UnknownColumns) -> None:
    samples = [
        [row[column][:SAMPLE_LENGTH] for column in error.header] for row in error.samples[:SAMPLES]
    ]
    mine(run).update(
        state=State.COLUMNS, header=error.header, samples=samples, error=str(error)[:2000]
    )


def _store(run: ImportRun, state: str, figures: dict[str, object], faults: Faults) -> None:
    preview = figures.pop("preview")
    mine(run).update(
        state=state, preview=preview, faults=faults.as_lists(), rows_faulty=faults.n_total,
        progress=1.0, error="", **figures,
    )  # fmt: skip


def _grant_figures(found: GrantImport) -> dict[str, object]:
    return {
        "rows_created": found.n_created,
        "rows_updated": found.n_updated,
        "rows_unchanged": found.n_unchanged,
        "preview": {
            "audit": found.n_audit,
            "labels": found.n_labels,
            "emptied": _in_words(found.emptied),
        },
    }


def _in_words(emptied: Counter[str]) -> list[tuple[str, int]]:
    return [(column.replace("_", " "), n) for column, n in sorted(emptied.items())]


def _taxonomy_figures(found: TaxonomyImport) -> dict[str, object]:
    taxonomy = Taxonomy.objects.current()
    is_partial = not all(fault.is_warning for fault in found.faults)
    return {
        "rows_created": found.n_created,
        "rows_updated": found.n_updated,
        "rows_unchanged": found.n_unchanged,
        "preview": {
            "asks": bool(taxonomy and found.n_missing),
            "missing": 0 if is_partial else found.n_missing,
            "partial": is_partial,
            "below": found.n_below,
            "missing_labels": found.n_labels,
            "missing_decisions": found.n_decisions,
            "emptied": _in_words(found.emptied),
            "shares_codes": found.shares_codes,
            "release": taxonomy.release_id if taxonomy else None,
        },
    }


def _progress(run: ImportRun, tick: Callable[[], None]) -> Progress:
    last = 0.0

    def report(rows: int, read: int) -> None:
        nonlocal last
        tick()
        now = time.monotonic()
        if now - last >= 1:
            last = now
            share = min(1.0, read / max(run.upload_size, 1))
            beat(run, progress=share, rows_read=rows)

    return report
