"""What a database's refusal means: away, busy, or only in somebody's way for a moment.

Sources: PostgreSQL's appendix "Error codes"; SQLite's "Result and error codes".
"""

import sqlite3

from django.db import Error, InterfaceError, OperationalError

SERIALISATION_FAILURE, DEADLOCK, LOCK_NOT_AVAILABLE = "40001", "40P01", "55P03"
PASSING = {SERIALISATION_FAILURE, DEADLOCK, LOCK_NOT_AVAILABLE}
QUERY_CANCELED = "57014"
BUSY = {*PASSING, QUERY_CANCELED}
# SQLite says "operational" of a wrong statement too; these are the ones that time or space mends.
SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
SQLITE_AWAY = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PROTOCOL,
}
EXTENDED = 0xFF  # the low byte of an extended code is the plain one


def is_passing(error: BaseException | None) -> bool:
    """Another transaction was in the way and this one is undone: the same again may succeed."""
    return isinstance(error, Error) and _sqlstate(error) in PASSING


def is_busy(error: BaseException | None) -> bool:
    """The database works, but had no time for this within the limit."""
    if not isinstance(error, Error):
        return False
    return _sqlstate(error) in BUSY or _sqlite_code(error) in SQLITE_BUSY


def is_outage(error: BaseException | None) -> bool:
    """The database is away, full or busy: nothing is wrong with the request itself."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    code = _sqlite_code(error)
    return code is None or code in SQLITE_BUSY | SQLITE_AWAY


def first_line(error: BaseException) -> str:
    """Its name and first line; further lines may quote what was being written."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"


def _sqlstate(error: Error) -> str | None:
    return getattr(error.__cause__, "pgcode", None)


def _sqlite_code(error: Error) -> int | None:
    """The plain result code, or None when the database is not SQLite."""
    if not isinstance(error.__cause__, sqlite3.Error):
        return None
    return getattr(error.__cause__, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & EXTENDED
