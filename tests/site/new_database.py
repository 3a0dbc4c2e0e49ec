"""A database of its own for a test that types commands: they would not see an open transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from django.db import connection

from tests.conftest import url_of


@contextmanager
def new_database(purpose: str, like: str = "") -> Iterator[str]:
    """The URL of a database on the server of the tests: empty, or a copy of that for ``like``."""
    # Several processes may run tests on one server, each on databases of its own.
    before = connection.settings_dict["NAME"]
    name, template = f"{before}_{purpose}", f"{before}_{like}" if like else "template1"
    run(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE {template}")
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
