"""One state of the database for as long as a reading takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def snapshot() -> Iterator[None]:
    """Whatever is read inside is of one moment, and no writer waits for it.

    Inside a transaction there is nothing to do: the caller has chosen already.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            _run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # Between two batches the reader of a slow line is waited for.
            _run("SET LOCAL idle_in_transaction_session_timeout = '60s'")
            yield
    else:
        # Not atomic(), which is IMMEDIATE here and would keep every writer out.
        _run("BEGIN DEFERRED")
        try:
            yield
        finally:
            _run("ROLLBACK")


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
