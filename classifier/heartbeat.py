"""Telling the rows that a training is alive, from a thread beside it."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection

from annotation.errors import NoSuchTraining
from annotation.models import ModelVersion
from annotation.services.model_versions import beat

logger = logging.getLogger(__name__)
INTERVAL = 15.0  # seconds; given up after eight missed ones


@contextmanager
def heartbeat(version: ModelVersion) -> Iterator[None]:
    """Keep the version's heartbeat fresh while the body runs.

    A version that was cancelled or given to another worker gets no more beats; the body learns
    it at its next report of progress, which raises.
    """
    stop = threading.Event()
    thread = threading.Thread(target=_beat_until, args=(version, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat_until(version: ModelVersion, stop: threading.Event) -> None:
    try:
        while not stop.wait(INTERVAL):
            try:
                beat(version)
            except NoSuchTraining:
                return
            except DatabaseError as error:  # away for a moment: the next beat may get through
                logger.warning("No heartbeat for %s: %s", version, type(error).__name__)
                connection.close()
    finally:
        connection.close()
