"""Emptying the tables after a test that commits: of sixty only those that hold rows.

Django's own way truncates each of them, with a file for the table and for each of its indexes, and
then writes all content types and permissions anew.
"""

import time
from collections.abc import Callable, Iterable

from django.db import OperationalError, connection, transaction
from django.test import TransactionTestCase

# What ``migrate`` fills, and no test changes.
KEPT = {"django_content_type", "auth_permission", "django_migrations"}
PERMIT = "annotation_erasurepermit"
TRIES = 5
# A page may still be fetching when its test ends: then its locks are met.
PAUSE = 0.5  # seconds


def quick_flush() -> Callable[[], None]:
    """Let every test that commits end with ``empty_tables``; returns what takes that back."""
    before = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]
    TransactionTestCase._fixture_teardown = lambda self: empty_tables_patiently()  # type: ignore[attr-defined]

    def take_back() -> None:
        TransactionTestCase._fixture_teardown = before  # type: ignore[attr-defined]

    return take_back


def empty_tables_patiently() -> None:
    for n in range(1, TRIES + 1):
        try:
            return empty_tables()
        except OperationalError:
            if n == TRIES:
                raise
            time.sleep(PAUSE)


def empty_tables() -> None:
    """Delete every row of every table but the ``KEPT``; their numbers go on."""
    with transaction.atomic(), connection.cursor() as cursor:
        tables = emptied(cursor)
        if connection.vendor == "postgresql":
            # Whoever still writes is waited for: else their rows would come to the next test.
            cursor.execute(f"LOCK TABLE {quoted(tables)} IN SHARE ROW EXCLUSIVE MODE")
            # All goes at once, so no key needs to be looked up row by row.
            cursor.execute("SELECT current_setting('is_superuser')")
            if cursor.fetchone() == ("on",):
                cursor.execute("SET LOCAL session_replication_role = replica")
        # The append-only tables ask for it before they let go of a row; it goes last.
        cursor.execute(f"INSERT INTO {PERMIT} (reason) VALUES ('end of a test')")  # noqa: S608 - our own table
        for table in sorted(filled(cursor, tables), key=lambda table: table == PERMIT):
            cursor.execute(f"DELETE FROM {quoted([table])}")  # noqa: S608 - our own tables


def emptied(cursor) -> list[str]:
    """On SQLite without the index of words, which consists of tables and follows the grants."""
    if connection.vendor == "sqlite":
        found = connection.introspection.django_table_names(only_existing=True)
    else:
        found = connection.introspection.table_names(cursor)
    return sorted(set(found) - KEPT)


def filled(cursor, tables: Iterable[str]) -> list[str]:
    """Those of the tables that hold rows."""
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quoted([table])})"  # noqa: S608 - our own tables
        for table in tables
    )
    cursor.execute(asked)
    return [name for (name,) in cursor.fetchall()]


def quoted(tables: Iterable[str]) -> str:
    return ", ".join(map(connection.ops.quote_name, tables))
