"""Grants in odd files: what is kept, what is refused, and that a file's name decides nothing."""

import io
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from annotation.errors import ImportRefused
from annotation.importers.faults import Fault
from annotation.importers.recognise import read_grants
from annotation.models import Grant, ImportRun
from annotation.services.import_grants import import_grants, preview_grants
from tests.annotation import import_files as files
from tests.annotation.test_import_bombs import CELL, SHEET, good, replaced, sheet
from tests.factories import AdministratorFactory

pytestmark = pytest.mark.django_db
HEADER = "reference,title,description,award_date\n"
PLAIN = HEADER + "G-1,Title,Text,\n"


@pytest.fixture
def file(tmp_path):
    def file(content):
        path = tmp_path / "file.dat"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return file


@pytest.mark.parametrize("bom", [b"\xff\xfe", b"\xfe\xff", b""], ids=["LE", "BE", "none"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_file_in_two_or_four_bytes_a_letter_is_refused_in_words(file, bom, encoding):
    with pytest.raises(ImportRefused, match=r"UTF-16|NUL|not UTF-8"):
        import_grants(file(bom + PLAIN.encode(encoding)))
    assert not Grant.objects.exists()


TEXTS = {
    "one letter": "x",
    "more than csv reads by itself": "x" * 131_073,
    "100,000 combining marks": "a" + "\u0301" * 99_999,
    "no width": "a\u200bb\u200d\ufeffc",
    "look-alikes": "\u0410rts \u0430nd \u03bfthers",
    "turned round": "\u202egnp.exe\u202c",
    "a call": "=cmd|'/c calc'!A1",
    "plus": "+1", "minus": "-1", "at": "@SUM(1)", "wide": "\uff1d1+1",
    "a template": "{{7*7}}{% load x %}${7*7}<%= 7*7 %>",
    "a picture": "<svg onload=alert(1)>", "an address": "javascript:alert(1)",
    "beyond the first plane": "\U0001f3ad" * 100,
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_any_text_is_kept_as_it_is_in_csv_and_in_a_workbook(file, text):
    import_grants(file(f'{HEADER}G-1,Title,"{text}",\n'))
    assert Grant.objects.get().description == text
    if len(text) > 32_767:  # more than a cell may hold
        return
    rows = [["G-1", "Title", text, *[""] * 9]]
    assert import_grants(file(files.as_xlsx(files.OURS, rows))).n_unchanged == 1


def test_a_formula_of_a_workbook_is_neither_computed_nor_kept(file):
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["reference", "title", "description"])
    book.active.append(["G-1", "=1+1", "=HYPERLINK(1)"])
    book.save(out)
    import_grants(file(out.getvalue()))
    assert Grant.objects.values_list("title", "description").get() == ("", "")


def titled(cell):
    """A workbook with this as a title, as its XML has it."""
    title = f'<c r="B2" t="inlineStr"><is><t>{cell}</t></is></c></row>'
    return replaced(SHEET, sheet(CELL.format("G-1").replace("</row>", title)))


@pytest.mark.parametrize("cell", ["a&#0;b", "a\0b", "a&#xD800;b"])
def test_a_workbook_with_what_no_xml_may_hold_is_refused(file, cell):
    with pytest.raises(ImportRefused, match="no Excel workbook that can be read"):
        import_grants(file(titled(cell)))
    assert not Grant.objects.exists()


def test_a_nul_that_a_workbook_spells_out_never_becomes_one(file):
    assert not import_grants(file(titled("a_x0000_b"))).faults
    assert Grant.objects.get().title == "a_x0000_b"


@pytest.mark.parametrize("at", ["+24:00", "+99:99", "T25:00:00", "T00:00:00+24:00", "T00:00:60"])
def test_a_time_that_no_clock_shows_is_named(file, at):
    (fault,) = import_grants(file(f"{HEADER}G-1,Title,Text,2025-03-14{at}\n")).faults
    assert fault.column == "award_date"
    assert fault.problem == "has a time that cannot be read; write the date alone"


def zip64_lie():
    """A size of 2^63 bytes, in the field that only large archives have."""
    out = io.BytesIO(good())
    with zipfile.ZipFile(out, "a") as book:
        info = book.getinfo(SHEET)
        info.file_size = 2**63 - 1
        book._didModify = True
    return out.getvalue()


def test_a_workbook_that_claims_to_be_endless_is_refused_before_it_is_unpacked(file):
    with pytest.raises(ImportRefused, match=r"would unpack to 9,223,372,036,854,"):
        preview_grants(file(zip64_lie()))


@pytest.mark.parametrize("rest", [b"\n", b"\nG-2,T,X,\n"], ids=["alone", "with rows"])
@pytest.mark.parametrize(
    "start", [b"%PDF-1.7\n", b"<!DOCTYPE html>\n", b"PK\x03\x04", b"{\\rtf1\n", b"\x1f\x8b\x08"]
)
def test_a_file_that_is_two_things_at_once_is_what_it_begins_with(file, start, rest):
    with pytest.raises(ImportRefused):
        import_grants(file(start + PLAIN.encode() + rest))
    assert not Grant.objects.exists()


def test_a_fault_in_row_500_000_is_named_by_that_number(file):
    rows = "".join(f"G-{k},T,,\n" for k in range(2, 500_000))
    path = file(f"{HEADER}{rows}G-500000,T\nG-500001,T,,,\n")
    faults = [str(row) for row, _ in read_grants(path) if isinstance(row, Fault)]
    assert faults == [
        "row 500000, row: 'G-500000' has 2 cells where the header names 4 (left out)",
        "row 500001, row: 'G-500001' has 5 cells where the header names 4 (left out)",
    ]


@pytest.fixture
def browser(settings, tmp_path):
    settings.IMPORT_STORE = tmp_path / "store"
    client = Client()
    client.force_login(AdministratorFactory())
    return client


NAMES = ["x" * 300 + ".csv", "con.csv", "a\nb.csv", "a%00.csv", "a\x00.csv", "../../etc/passwd",
         "\u202ecsv.exe", "<b>.csv", ".htaccess", "C:\\x.csv", "%n%s", "{{7*7}}"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_a_browser_says_of_a_file_decides_nothing(browser, settings, name):
    for kind in ("image/png", "text/html", "", "a" * 300):
        sent = SimpleUploadedFile(name, PLAIN.encode(), content_type=kind)
        sent.name = name  # as it came; the class would have cut it
        answer = browser.post("/import/", {"kind": "grants", "file": sent})
        assert answer.status_code in (302, 422), answer.content[:200]
    for run in ImportRun.objects.all():
        assert run.path.parent == settings.IMPORT_STORE
        assert run.path.read_bytes() == PLAIN.encode()
        page = browser.get(f"/import/{run.pk}/")
        assert page.status_code == 200
        assert b"<b>.csv" not in page.content
    stored = {path.name for path in settings.IMPORT_STORE.iterdir()}
    assert stored == {str(run.pk) for run in ImportRun.objects.all()}
