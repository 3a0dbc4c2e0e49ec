"""Uploads that were checked and then left: their files hold other people's texts, so they go."""

import logging
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from annotation.models import ImportRun

logger = logging.getLogger(__name__)
KEPT = timedelta(days=7)
State = ImportRun.State


@transaction.atomic
def cancel_forgotten_uploads() -> int:
    """Cancel those that nobody imported within a week, and delete their files; returns how many."""
    forgotten = ImportRun.objects.uploaded().filter(
        state__in=(State.CHECKED, State.COLUMNS), taken_at__lt=timezone.now() - KEPT
    )
    runs = list(forgotten.select_for_update(skip_locked=True))
    ImportRun.objects.filter(pk__in=[run.pk for run in runs]).update(
        state=State.CANCELLED,
        finished_at=timezone.now(),
        samples=[],
        error=f"Nobody imported it within {KEPT.days} days, so the file is deleted.",
    )
    transaction.on_commit(partial(_delete_files, runs))
    return len(runs)


def _delete_files(runs: list[ImportRun]) -> None:
    for run in runs:
        run.path.unlink(missing_ok=True)
        logger.info("Import %d was forgotten and is cancelled", run.pk)
