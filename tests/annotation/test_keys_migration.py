"""Rollups of a site of before hold the same after its upgrade, and after the way back."""

import importlib

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from annotation.models import GrantRollup
from annotation.services.rollup_check import put_right
from tests.annotation.random_history import History
from tests.annotation.rollups_by_hand import assert_right

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, AFTER = "0041_when_examples_were_given", "0042_keys_read_at_once"
MIGRATION = importlib.import_module(f"annotation.migrations.{AFTER}")


def migrate_to(name):
    """The rollups of grants as the program of that time knows them."""
    executor = MigrationExecutor(connection)
    executor.migrate([("annotation", name)])
    apps = executor.loader.project_state([("annotation", name)]).apps
    return apps.get_model("annotation", "GrantRollup").objects


@pytest.fixture
def to_today():
    yield
    call_command("migrate", verbosity=0)


def test_an_upgrade_keeps_every_figure_and_knows_what_stands_above(tmp_path, monkeypatch, to_today):
    monkeypatch.setattr(MIGRATION, "ROWS", 3)
    History(3, tmp_path).go(25)
    put_right()
    of_today = [*GrantRollup.objects.order_by("pk").values()]
    assert len(of_today) > 3  # more than one statement
    assert any(row["above"] for row in of_today) and any(row["pending"] for row in of_today)
    of_before = migrate_to(BEFORE).order_by("pk").values()
    named = ("grant_id", "examples", "pending", "given_last_at")
    assert [[row[n] for n in named] for row in of_before] == [
        [row[n] for n in named] for row in of_today
    ]
    migrate_to(AFTER)
    assert [*GrantRollup.objects.order_by("pk").values()] == of_today
    assert_right()
    assert not put_right()
