"""Whose turn it is to write: one thread of this process at a time, for each database file."""

import os
import threading
from collections import defaultdict

_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
# A lock that is held while a process forks would never be given up in the child.
os.register_at_fork(after_in_child=_locks.clear)


class Turn:
    """A connection's place in the queue of its process. Held from BEGIN to the end of the deed."""

    def __init__(self, database: str) -> None:
        self._lock = _locks[database]
        self._is_held = False

    def take(self, seconds: float) -> bool:
        """Wait for the turn at most so long; True when it is ours."""
        if not self._is_held:
            self._is_held = self._lock.acquire(timeout=seconds)
        return self._is_held

    def give_up(self) -> None:
        """Let the next one; without effect where the turn is not ours."""
        if self._is_held:
            self._is_held = False
            self._lock.release()

    def __del__(self) -> None:
        """A thread that dies in the middle takes its connection along, but not the turn."""
        self.give_up()
