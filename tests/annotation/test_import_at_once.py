"""An import that somebody stops and undoes while another process writes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from annotation.models import Grant, ImportRun, QueueItem
from annotation.services import imports
from annotation.services.carry_out_import import carry_out_import
from annotation.services.undo_import import undo_import
from tests.conftest import wait_until
from tests.factories import AdministratorFactory

pytestmark = pytest.mark.django_db(transaction=True)
N = 6_000


def then_closed(deed):
    try:
        return deed()
    finally:
        connections.close_all()


def test_stopped_and_undone_while_it_writes_an_import_leaves_nothing(settings, tmp_path):
    settings.IMPORT_STORE = tmp_path
    admin = AdministratorFactory()
    rows = "".join(f"G-{k},Title {k},Some text\n" for k in range(N))
    content = f"reference,title,description\n{rows}".encode()
    imports.keep_upload(admin, kind="grants", name="f", chunks=[content])
    carry_out_import(imports.take_import(), tick=lambda: None)
    imports.confirm_import(ImportRun.objects.get(), admin)
    run = imports.take_import()

    def stop_and_undo():
        wait_until(Grant.objects.exists)
        imports.cancel_import(run, admin)
        return undo_import(run, admin)

    with ThreadPoolExecutor(2) as threads:
        writing = threads.submit(then_closed, lambda: carry_out_import(run, tick=lambda: None))
        undoing = threads.submit(then_closed, stop_and_undo)
        writing.result()
        assert 0 < undoing.result() < N
    assert ImportRun.objects.get().state == ImportRun.State.UNDONE
    assert not Grant.objects.exists() and not QueueItem.objects.exists()
