"""Bringing a taxonomy and grants in by browser: upload, columns, dry run, import, undo.

Real browser, web server, broker and worker; each file is read in a child of the worker.
"""

import os

import pytest
from playwright.sync_api import expect

from annotation.models import Category, Grant, ImportRun, MappingProfile, QueueItem
from tests.e2e.world import Watch
from tests.factories import AdministratorFactory
from tests.patience import patience

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.worker,
    pytest.mark.django_db(transaction=True),
]
TAXONOMY = b"[Subject]\nSB02 | Sport\n  SB0201 | Football\n  SB0202 | Netball\nAR01 | Arts\n"
FOREIGN = b"""\
GA ID,Grant Activity,Purpose,Value (AUD),Approval Date,Odd
GA1,Learn to swim,Ten weeks of lessons,"$18,450.00",14/03/2025,x
GA2,Green lights,Lamps for the hall,980,15/03/2025,
GA3,=cmd|' /C calc'!A1,,twelve,31/06/2025,
"""


def slow():
    """Milliseconds for a child of the worker that starts and reads a file."""
    return patience(30) * 1000


@pytest.fixture
def site(live_server, page, start_worker, log_in):
    start_worker(concurrency=2, VAR_DIR=os.environ["VAR_DIR"])
    log_in(page, AdministratorFactory(username="root"))
    watch = Watch(page, live_server.url)
    page.goto(f"{live_server.url}/import/")
    yield watch
    assert watch.faults == []


def upload(page, name, content, kind="Grants"):
    page.get_by_role("link", name="Import", exact=True).first.click()
    page.get_by_role("radio", name=kind).check()
    page.get_by_label("File, at most").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_role("button", name="Upload and check").click()


def look(page, axe, name):
    """Every page is read by the accessibility checker, and kept as pictures where asked for."""
    assert axe(page) == []
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return
    size = page.viewport_size
    for label, scheme, width in [
        ("light", "light", 1366),
        ("dark", "dark", 1366),
        ("phone", "light", 390),
    ]:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 850})
        page.screenshot(path=f"{folder}/{name}-{label}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(size)


def test_a_taxonomy_and_grants_come_in_by_browser(site, page, axe):
    look(page, axe, "1-list-empty")
    upload(page, "classie.txt", TAXONOMY, "A taxonomy")
    expect(page.get_by_role("heading", name="Dry run")).to_be_visible(timeout=slow())
    look(page, axe, "2-taxonomy-dry-run")
    assert not Category.objects.exists()
    page.get_by_role("button", name="Import 4 categories").click()
    expect(page.get_by_text("Imported.", exact=True)).to_be_visible(timeout=slow())
    assert Category.objects.active().count() == 4

    upload(page, "weekly.csv", FOREIGN)
    expect(page.get_by_role("heading", name="Columns", exact=True)).to_be_visible(timeout=slow())
    look(page, axe, "3-columns")
    expect(page.get_by_label("GA ID becomes")).to_have_value("reference")
    page.get_by_label("Approval Date becomes").select_option("Award date")
    page.get_by_label("Save as a profile named").fill("Weekly export")
    page.get_by_role("button", name="Check with these columns").click()
    expect(page.get_by_role("heading", name="Dry run")).to_be_visible(timeout=slow())
    look(page, axe, "4-dry-run")
    expect(page.get_by_role("row", name="4 amount_awarded")).to_contain_text("left out")
    assert not Grant.objects.exists()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download them").click()
    assert "twelve" in download.value.path().read_text()
    page.get_by_role("button", name="Import 2 grants").click()
    expect(page.get_by_text("Imported.", exact=True)).to_be_visible(timeout=slow())
    look(page, axe, "5-done")
    assert set(Grant.objects.values_list("reference", flat=True)) == {"GA1", "GA2"}
    assert MappingProfile.objects.get().name == "Weekly export"
    assert not any(run.path.exists() for run in ImportRun.objects.all())

    page.get_by_role("link", name="Undo the import").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 grants that weekly.csv created")
    look(page, axe, "6-undo")
    dialog.get_by_role("button", name="Delete 2 grants").click()
    expect(page.get_by_text("The import is undone: 2 grants deleted.")).to_be_visible()
    assert not Grant.objects.exists() and not QueueItem.objects.exists()

    upload(page, "other.csv", b"facet,code,label\nSubject,X1,Another\n", "A taxonomy")
    expect(page.get_by_text("There is a taxonomy already")).to_be_visible(timeout=slow())
    look(page, axe, "7-second-taxonomy")
    page.get_by_role("radio", name="Replace it").check()
    page.get_by_role("button", name="Import 1 category").click()
    expect(page.get_by_text("4 categories of the old taxonomy retired")).to_be_visible(
        timeout=slow()
    )
    assert [c.code for c in Category.objects.active()] == ["X1"]

    upload(page, "broken.json", b'{"grants": [}')
    expect(page.get_by_text("in line 1, column 13")).to_be_visible(timeout=slow())
    look(page, axe, "8-failed")
    page.get_by_role("link", name="Import", exact=True).first.click()
    look(page, axe, "9-list")
