"""Writing much on SQLite, which knows one writer at a time, without keeping the others waiting."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

AT_ONCE, LONGEST_PAUSE = 50, 0.2  # rows, and seconds; on SQLite


def rows_at_once(elsewhere: int) -> int:
    """How many rows one transaction of a long work writes; ``elsewhere``: on PostgreSQL."""
    return AT_ONCE if settings.IS_SQLITE else elsewhere


@contextmanager
def turn() -> Iterator[None]:
    """One transaction of many. Afterwards SQLite is left to others for as long as it took: those
    who save an annotation come in between, and the long work takes half of the time at most.
    """
    began = time.monotonic()
    yield
    if settings.IS_SQLITE:
        time.sleep(min(LONGEST_PAUSE, time.monotonic() - began))
