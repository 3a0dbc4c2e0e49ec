"""A database of its own for a test that types commands: they would not see an open transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from django.db import connection

from tests.conftest import url_of


@contextmanager
def new_database(is_sqlite: bool) -> Iterator[str]:
    """The URL of an empty database; empty text where the site makes its own file."""
    if is_sqlite:
        yield ""
        return
    # Several processes may run tests on one server, each on a database of its own.
    name = f"{connection.settings_dict['NAME']}_typed_commands"
    run(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    yield url_of({**connection.settings_dict, "NAME": name})
    run(f"DROP DATABASE {name} WITH (FORCE)")


def run(*statements: str) -> None:
    """Outside of any transaction, as making a database wants it."""
    own = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    own.autocommit = True
    with own.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    own.close()
