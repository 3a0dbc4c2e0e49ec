"""Pages and API have ten seconds a statement on PostgreSQL; commands and workers have no limit."""

import subprocess
import sys

import pytest
from django.db import connection

from annotation.reports.snapshot import snapshot
from tests.conftest import ROOT

pytestmark = pytest.mark.postgres_only
ASK = """if True:
    {first}
    import django; django.setup()
    from django.db import connection
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        print(cursor.fetchone()[0])
"""
WEB = "import classie_site.gunicorn_config"  # gunicorn reads it before it loads the site


@pytest.mark.parametrize(
    ("first", "variables", "limit"),
    [
        (WEB, {}, "10s"),
        (WEB, {"STATEMENT_TIMEOUT_MS": "2500"}, "2500ms"),
        ("pass", {}, "0"),
    ],
)
def test_who_has_how_long(process_environment, first, variables, limit):
    kept = {k: v for k, v in process_environment.items() if k != "STATEMENT_TIMEOUT_MS"}
    module = {"DJANGO_SETTINGS_MODULE": "classie_site.settings"}
    said = subprocess.run(
        [sys.executable, "-c", ASK.format(first=first)],
        cwd=ROOT,
        env={**kept, **variables, **module},
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert said.strip() == limit


@pytest.mark.django_db
def test_no_query_waits_to_be_compiled():
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


@pytest.mark.django_db(transaction=True)
def test_an_export_waits_a_minute_for_who_reads_it():
    with snapshot(), connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("1min",)
