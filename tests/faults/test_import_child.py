"""Importing in child processes: killed in the middle, over a limit, and as a person's command."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from annotation.models import Grant, ImportRun, QueueItem
from annotation.services import imports
from classie_site import imports as site
from classie_site.tasks import run_waiting_imports
from tests.conftest import ROOT, wait_until
from tests.factories import AdministratorFactory

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]
State = ImportRun.State
HEADER = "reference,title,description\n"


def rows(n):
    return HEADER + "".join(f"G-{k},Title {k},Some text of a grant\n" for k in range(n))


@pytest.fixture
def upload(process_environment, monkeypatch, settings):
    monkeypatch.setattr(os, "environ", process_environment)

    def upload(content, kind="grants"):
        content = content if isinstance(content, bytes) else content.encode()
        admin = AdministratorFactory()
        return imports.keep_upload(admin, kind=kind, name="f", chunks=[content]), admin

    return upload


def state(run):
    return ImportRun.objects.get(pk=run.pk).state


def test_a_tick_checks_and_imports_what_waits_and_twice_does_no_harm(upload):
    run, admin = upload(rows(600))
    assert run_waiting_imports() == 1
    assert state(run) == State.CHECKED
    imports.confirm_import(ImportRun.objects.get(), admin)
    assert run_waiting_imports() == 1
    assert run_waiting_imports() == 0
    assert (state(run), Grant.objects.count()) == (State.DONE, 600)


def test_killed_in_the_middle_and_started_again_nothing_is_doubled_or_missing(upload, monkeypatch):
    _run, admin = upload(rows(6_000))
    run_waiting_imports()
    imports.confirm_import(ImportRun.objects.get(), admin)
    children, spawn = [], site.spawn

    def watched(*arguments):
        children.append(spawn(*arguments))
        return children[-1]

    def kill():
        wait_until(lambda: Grant.objects.count() >= 1_000, 60)
        children[0].send_signal(signal.SIGKILL)
        from django.db import connection

        connection.close()

    monkeypatch.setattr(site, "spawn", watched)
    killer = threading.Thread(target=kill)
    killer.start()
    assert run_waiting_imports() == 2
    killer.join()
    assert children[0].returncode == -signal.SIGKILL
    done = ImportRun.objects.get()
    assert (done.state, done.attempt) == (State.DONE, 2)
    assert (done.rows_created, done.rows_unchanged) == (6_000, 0)
    assert Grant.objects.count() == QueueItem.objects.count() == 6_000


@pytest.mark.parametrize(
    ("code", "expected"),
    [(-signal.SIGXCPU, "over a minute of computing"), (1, "ended with code 1")],
)
def test_a_child_that_cannot_speak_for_itself_is_spoken_for(upload, code, expected):
    run, _ = upload(rows(1))
    site._settle(imports.take_import(), code)
    stored = ImportRun.objects.get()
    assert stored.state == State.FAILED
    assert expected in stored.error
    assert not run.path.exists()


def renamed(before, after):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {before} RENAME TO {after}")


def test_a_fault_of_the_database_is_tried_again_at_the_next_tick(upload):
    run, admin = upload(rows(3))
    run_waiting_imports()
    imports.confirm_import(ImportRun.objects.get(), admin)
    renamed("annotation_queueitem", "elsewhere")
    try:
        assert run_waiting_imports() == 1
    finally:
        renamed("elsewhere", "annotation_queueitem")
    assert (state(run), Grant.objects.count()) == (State.CONFIRMED, 0)
    assert run_waiting_imports() == 1
    assert (state(run), QueueItem.objects.count()) == (State.DONE, 3)


def manage(environment, *arguments):
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90)


def test_a_command_needs_neither_broker_nor_worker(process_environment, tmp_path):
    path = tmp_path / "anything.dat"
    path.write_text(rows(3) + "G-1,Again,\n")
    environment = {**process_environment, "REDIS_URL": ""}
    said = manage(environment, "import_grants", "--dry-run", str(path))
    assert said.stdout == (
        "3 grants would be created, 0 updated, 0 unchanged, 0 labels; 1 rows left out.\n"
    )
    assert not Grant.objects.exists()
    said = manage(environment, "import_grants", str(path))
    assert (said.returncode, Grant.objects.count()) == (0, 3)
    assert said.stderr == "row 5, reference: 'G-1' stands in row 3 already (left out)\n"
    path.write_bytes(b"%PDF")
    said = manage(environment, "import_grants", str(path))
    assert said.returncode == 1
    assert said.stderr.startswith("CommandError: anything.dat is a PDF.")


def test_a_second_taxonomy_by_command_takes_a_flag(process_environment, tmp_path):
    path = tmp_path / "t.txt"
    for content, flags, code in [
        ("[S]\nA | Arts\n", [], 0),
        ("[S]\nX | Other\n", [], 1),
        ("[S]\nX | Other\n", ["--update"], 0),
        ("[S]\nY | Third\n", ["--replace"], 0),
        ("[S]\nY | Third\n", ["--update", "--replace"], 1),
    ]:
        path.write_text(content)
        said = manage(process_environment, "import_taxonomy", *flags, str(path))
        assert (said.returncode != 0) == bool(code), said.stderr
        if code and not flags:
            assert "--update" in said.stderr and "--replace" in said.stderr
    from annotation.models import Category

    assert [c.code for c in Category.objects.active()] == ["Y"]
