"""Taking migrations back and forth loses none of what the database itself watches over."""

import importlib

import pytest
from django.core.management import call_command
from django.db import connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite_only]
TABLES = importlib.import_module("annotation.migrations.0002_append_only").TABLES
BEFORE = ["0011", "0009", "0008", "0007", "0005", "0004", "0003", "0002"]


def triggers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture
def migrate_to():
    """``migrate_to("0009")``; in the end everything is as it was."""
    yield lambda number: call_command("migrate", "annotation", number, verbosity=0)
    call_command("migrate", verbosity=0)


def test_append_only_tables_stay_so_on_every_step_back_and_forth(migrate_to):
    """SQLite makes a table anew for a constraint, and its triggers would go with the old one."""
    of_today = triggers()
    guards = {f"{table}_append_only_{deed}" for table in TABLES for deed in ("update", "delete")}
    assert guards < of_today
    for number in (*BEFORE, *reversed(BEFORE)):
        migrate_to(number)
        assert guards <= triggers(), number
    call_command("migrate", verbosity=0)
    assert triggers() == of_today
