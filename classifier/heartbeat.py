"""Telling the rows that a long piece of work is alive, from a thread beside it."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection

from annotation.errors import AnnotationError, NoSuchTraining
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
    with kept_alive(lambda: beat(version), NoSuchTraining, str(version)):
        yield


@contextmanager
def kept_alive(beat: Callable[[], None], lost: type[AnnotationError], name: str) -> Iterator[None]:
    """Call ``beat`` every few seconds while the body runs, until it raises ``lost``."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat_until, args=(beat, lost, name, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat_until(
    beat: Callable[[], None], lost: type[AnnotationError], name: str, stop: threading.Event
) -> None:
    try:
        while not stop.wait(INTERVAL):
            try:
                beat()
            except lost:
                return
            except DatabaseError as error:  # away for a moment: the next beat may get through
                logger.warning("No heartbeat for %s: %s", name, type(error).__name__)
                connection.close()
    finally:
        connection.close()
