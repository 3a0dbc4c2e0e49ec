"""Taking migrations back and forth loses none of what the database itself watches over."""

import importlib

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite_only]
APP = "annotation"
TABLES = importlib.import_module("annotation.migrations.0002_append_only").TABLES
GUARDS = {f"{table}_append_only_{deed}" for table in TABLES for deed in ("update", "delete")}


def triggers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture
def guards_after():
    """``guards_after("0002")``: by the number of each migration on the way, those that stand then.

    In the end everything is as it was.
    """

    def guards_after(number):
        found = {}

        def look(action, migration=None, fake=False):
            if action in ("apply_success", "unapply_success") and migration.app_label == APP:
                found[migration.name[:4]] = GUARDS & triggers()

        executor = MigrationExecutor(connection, look)
        (name,) = (name for app, name in executor.loader.graph.nodes
                   if app == APP and name.startswith(number))  # fmt: skip
        executor.migrate([(APP, name)])
        return found

    yield guards_after
    call_command("migrate", verbosity=0)


def test_append_only_tables_stay_so_on_every_step_back_and_forth(guards_after):
    """SQLite makes a table anew for a constraint, and its triggers would go with the old one."""
    of_today = triggers()
    assert of_today > GUARDS
    last = max(name for app, name in MigrationLoader(connection).graph.nodes if app == APP)
    back, forth = guards_after("0002"), guards_after(last)
    assert len(back) == len(forth) > 30
    assert {number for way in (back, forth) for number in way if way[number] != GUARDS} == set()
    assert triggers() == of_today
