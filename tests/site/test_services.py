"""The services that the tests themselves stand on."""

import os
import shutil

import psycopg2
import pytest

from classie_site.broker import short_folder
from tests import postgres_server, services_plugin
from tests.postgres_server import PostgresServer, installed_programs


@pytest.fixture
def folder():
    made = short_folder()
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


def test_the_wheels_postgres_serves_where_its_account_cannot_reach_it(folder, monkeypatch):
    monkeypatch.setattr(postgres_server, "installed_programs", lambda: None)
    monkeypatch.setattr(postgres_server, "can_run", lambda program, account: False)
    server = PostgresServer(folder)
    server.start()
    try:
        connection = psycopg2.connect(host=str(server.folder), user="postgres")
        assert connection.server_version >= 180000
        connection.close()
    finally:
        server.stop()


def test_the_newest_of_debians_postgres_is_taken(tmp_path):
    for version in ("9.6", "15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch()
    assert installed_programs("", str(tmp_path)) == tmp_path / "17" / "bin"


def test_an_unknown_database_is_refused_by_name(folder, monkeypatch):
    monkeypatch.setenv("TEST_DATABASE", "oracle")
    with pytest.raises(pytest.UsageError, match="'oracle'"):
        services_plugin.start_database(folder)


def test_each_process_of_xdist_has_a_folder_and_a_broker_database_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv("REDIS_URL", "redis+socket:///x?virtual_host=0")
    monkeypatch.setenv(services_plugin.BROKER_IS_OURS, "1")
    services_plugin.give_worker_its_own("gw2")
    assert os.environ["VAR_DIR"] == str(tmp_path / "gw2")
    assert os.environ["REDIS_URL"] == "redis+socket:///x?virtual_host=3"


@pytest.mark.postgres_only
def test_what_suits_postgres_only_runs_on_postgres(db):
    from django.db import connection

    assert connection.vendor == "postgresql"


@pytest.mark.sqlite_only
def test_what_suits_sqlite_only_runs_on_sqlite_in_a_file(db):
    from django.db import connection

    assert connection.vendor == "sqlite"
    assert "memory" not in str(connection.settings_dict["NAME"])
