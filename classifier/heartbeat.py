"""Telling the rows that long work is alive, from a thread beside it."""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from django.db import DatabaseError, connection

from annotation.errors import AnnotationError, NoSuchTraining
from annotation.models import ModelVersion
from annotation.services import leases
from annotation.services.trainings import beat

logger = logging.getLogger(__name__)
INTERVAL = 15.0  # seconds; given up after eight missed ones


@contextmanager
def heartbeat(version: ModelVersion) -> Iterator[None]:
    """Keep the version's heartbeat fresh while the body runs.

    A version that was cancelled or given to another worker gets no more beats; the body learns
    it at its next report of progress, which raises.
    """
    told = partial(still_ours, lambda: beat(version), NoSuchTraining)
    with kept_alive(told, f"heartbeat for {version}"):
        yield


@contextmanager
def lease_kept(name: str, holder: uuid.UUID) -> Iterator[None]:
    """Keep a lease while the body runs. The body learns that it was lost when it asks next."""
    with kept_alive(lambda: leases.keep(name, holder), f"lease of {name}"):
        yield


def still_ours(beat: Callable[[], None], lost: type[AnnotationError]) -> bool:
    """Tell the row that its work is alive; False when the row is another worker's by now."""
    try:
        beat()
    except lost:
        return False
    return True


@contextmanager
def kept_alive(beat_once: Callable[[], bool], name: str) -> Iterator[None]:
    """Call ``beat_once`` every few seconds while the body runs, until it returns False."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat_until, args=(stop, beat_once, name), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat_until(stop: threading.Event, beat_once: Callable[[], bool], name: str) -> None:
    try:
        while not stop.wait(INTERVAL):
            try:
                if not beat_once():
                    return
            except DatabaseError as error:  # away for a moment: the next beat may get through
                logger.warning("No %s: %s", name, type(error).__name__)
                connection.close()
    finally:
        connection.close()
