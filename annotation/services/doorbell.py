"""A bell that the site installs; services ring it when they have written work for a worker."""

from collections.abc import Callable

from django.db import transaction

_ring: list[Callable[[str], None]] = []


def install(ring: Callable[[str], None]) -> None:
    """Make ``ring(task_name)`` what happens; a second call replaces the first."""
    _ring[:] = [ring]


def ring_on_commit(task: str) -> None:
    """Ring once the present transaction is stored; never raises, and nothing depends on it."""
    for ring in _ring:
        # No partial: Django names what failed by its __qualname__, and a partial has none.
        transaction.on_commit(lambda ring=ring: ring(task), robust=True)  # type: ignore[misc]
