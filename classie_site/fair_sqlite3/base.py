"""Waiting for SQLite's write lock in a way that starves nobody.

SQLite's own busy handler lets a writer sleep longer each time, up to 100 ms, so that one who came
late passes one who has waited: of eight writers some wait for seconds. Here the threads of one
process take turns, and the few processes try again every moment by lot.
"""

import random
import sqlite3
import time
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from classie_site.fair_sqlite3.turns import Turn

SHORTEST, LONGEST = 0.0005, 0.003  # seconds between two tries
BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_SNAPSHOT, sqlite3.SQLITE_LOCKED}
MILLISECONDS = 1_000
# The stubs leave out what a backend may override.
Original: Any = base.DatabaseWrapper


class DatabaseWrapper(Original):
    """``OPTIONS["timeout"]`` seconds for the turn and the lock together, as before."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn: Turn | None = None

    def _start_transaction_under_autocommit(self) -> None:
        if self.transaction_mode != "IMMEDIATE":  # it only reads, and keeps nobody waiting
            return super()._start_transaction_under_autocommit()
        seconds = float(self.settings_dict["OPTIONS"].get("timeout", 5))
        deadline = time.monotonic() + seconds
        self._turn = Turn(str(self.settings_dict["NAME"]))
        if not self._turn.take(seconds):
            raise OperationalError("database is locked: another thread of this process writes")
        try:
            self._begin(deadline, seconds)
        except BaseException:
            self._turn.give_up()
            raise

    def _begin(self, deadline: float, seconds: float) -> None:
        """BEGIN, tried again every moment; other statements wait as SQLite does it."""
        self._set_busy_timeout(0)
        try:
            while True:
                try:
                    return super()._start_transaction_under_autocommit()
                except OperationalError as error:
                    code = getattr(error.__cause__, "sqlite_errorcode", None)
                    if code not in BUSY or time.monotonic() > deadline:
                        raise
                    time.sleep(random.uniform(SHORTEST, LONGEST))
        finally:
            self._set_busy_timeout(seconds)

    def _set_busy_timeout(self, seconds: float) -> None:
        assert self.connection is not None
        self.connection.execute(f"PRAGMA busy_timeout={round(seconds * MILLISECONDS)}")

    def _commit(self) -> None:
        super()._commit()
        self._give_up_turn()  # a COMMIT that fails is followed by a rollback

    def _rollback(self) -> None:
        try:
            super()._rollback()
        finally:
            self._give_up_turn()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            self._give_up_turn()

    def _give_up_turn(self) -> None:
        if self._turn is not None:
            self._turn.give_up()
