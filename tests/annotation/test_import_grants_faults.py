"""Importing grants: what is wrong with a row or a file, and what a crash leaves behind."""

import gzip
import io
import tracemalloc

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotation.errors import ImportRefused, ImportStopped
from annotation.models import Grant, ImportRun, Label, QueueItem
from annotation.models.imports import HEARTBEAT_LIMIT
from annotation.services.import_grants import import_grants, preview_grants
from annotation.services.undo_import import undo_import, why_not_undone
from tests.factories import AdministratorFactory, CategoryFactory

pytestmark = pytest.mark.django_db
HEADER = "reference,title,description,amount_awarded,currency,award_date,categories\n"
GOOD = "G-1,Title,Text,,,,\n"


@pytest.fixture(autouse=True)
def categories():
    CategoryFactory(code="ARTS")
    CategoryFactory(code="OLD", retired_at=timezone.now())


@pytest.fixture
def file(tmp_path):
    def file(content):
        path = tmp_path / "grants.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return file


def lines(n):
    return HEADER + "".join(f"G-{k},Title,Text,,,,ARTS\n" for k in range(n))


ROWS = {
    ",Title,,,,,": "row 3, reference: '' is empty (left out)",
    "G-1,Title,,,,,": "row 3, reference: 'G-1' stands in row 2 already (left out)",
    '"G\n2",Title,,,,,': "row 3, reference: 'G\\n2' holds a line break or a control character "
    "(left out)",
    f"{'G' * 201},Title,,,,,": f"row 3, reference: '{'G' * 57}…' is over 200 characters (left out)",
    f"G-2,{'x' * 250_001},,,,,": f"row 3, title: '{'x' * 57}…' is over 250,000 characters "
    "(left out)",
    f"G-2,{'x' * 1_000_001},,,,,": "row 3, row: '' cannot be read: field larger than field limit "
    "(1000000) (left out)",
    "G-2,Title,,1 000,AUD,,": "row 3, amount_awarded: '1 000' is no amount; write digits and a "
    "point, such as 1250.50 (left out)",
    'G-2,Title,,"1,000.00",AUD,,': "row 3, amount_awarded: '1,000.00' is no amount; write digits "
    "and a point, such as 1250.50 (left out)",
    "G-2,Title,,-5,AUD,,": "row 3, amount_awarded: '-5' is no amount; write digits and a point, "
    "such as 1250.50 (left out)",
    "G-2,Title,,$5,AUD,,": "row 3, amount_awarded: '$5' is no amount; write digits and a point, "
    "such as 1250.50 (left out)",
    "G-2,Title,,NaN,AUD,,": "row 3, amount_awarded: 'NaN' is no amount; write digits and a point, "
    "such as 1250.50 (left out)",
    "G-2,Title,,Infinity,AUD,,": "row 3, amount_awarded: 'Infinity' is no amount; write digits "
    "and a point, such as 1250.50 (left out)",
    "G-2,Title,,1e5,AUD,,": "row 3, amount_awarded: '1e5' is no amount; write digits and a point, "
    "such as 1250.50 (left out)",
    f"G-2,Title,,{'9' * 17},AUD,,": f"row 3, amount_awarded: '{'9' * 17}' is no amount; write "
    "digits and a point, such as 1250.50 (left out)",
    "G-2,Title,,1.005,AUD,,": "row 3, amount_awarded: '1.005' has more than two decimals "
    "(left out)",
    "G-2,Title,,5,,,": "row 3, currency: '' is empty, but there is an amount (left out)",
    "G-2,Title,,5,aud,,": "row 3, currency: 'aud' is no ISO 4217 code such as AUD (left out)",
    "G-2,Title,,5,AUDX,,": "row 3, currency: 'AUDX' is over 3 characters (left out)",
    "G-2,Title,,,,30/02/2025,": "row 3, award_date: '30/02/2025' is no date; write it as "
    "2025-03-14 (left out)",
    "G-2,Title,,,,2025-02-30,": "row 3, award_date: '2025-02-30' is no date: day is out of range "
    "for month (left out)",
    "G-2,Title,,,,0000-01-01,": "row 3, award_date: '0000-01-01' is no date: year 0 is out of "
    "range (left out)",
    "G-2,Title,,,,1900-01-00,": "row 3, award_date: '1900-01-00' is no date: day is out of range "
    "for month (left out)",
    "G-2,Title,,,,2020-01-01 25:99,": "row 3, award_date: '2020-01-01 25:99' has a time that "
    "cannot be read; write the date alone (left out)",
    "G-2,Title,,,,2020-01-01Tgarbage,": "row 3, award_date: '2020-01-01Tgarbage' has a time that "
    "cannot be read; write the date alone (left out)",
    "G-2,Title,,,,2020-01-011,": "row 3, award_date: '2020-01-011' has a time that cannot be read; "
    "write the date alone (left out)",
    "G-2,Title,,,,,NOPE": "row 3, categories: 'NOPE' is no active category of the taxonomy "
    "(left out)",
    "G-2,Title,,,,,arts": "row 3, categories: 'arts' is no active category of the taxonomy "
    "(left out)",
    "G-2,Title,,,,,ARTS;OLD": "row 3, categories: 'OLD' is no active category of the taxonomy "
    "(left out)",
    "G-2,Title": "row 3, row: 'G-2' has 2 cells where the header names 7 (left out)",
    "G-2,Title,,,,,,,": "row 3, row: 'G-2' has 9 cells where the header names 7 (left out)",
    "G-2,Ti\0tle,,,,,": "row 3, title: 'Ti␀tle' holds a NUL character (left out)",
    'G-2,"Ti"tle,,,,,': "row 3, row: '' cannot be read: ',' expected after '\"' (left out)",
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[:30])
def test_a_bad_row_is_named_and_does_not_lose_the_file(file, row):
    result = import_grants(file(HEADER + GOOD + row + "\nG-3,Title,,,,,\n"))
    assert [str(fault) for fault in result.faults] == [ROWS[row]]
    assert sorted(Grant.objects.values_list("reference", flat=True)) == ["G-1", "G-3"]
    assert ImportRun.objects.get().rows_faulty == 1


@pytest.mark.parametrize(
    ("raw", "words"),
    [(b"\xc3\x28", "0xC3"), (b"\x93smart\x94", "0x93"), (b"\xed\xa0\x80", "0xED")],
)
def test_bytes_that_are_not_utf_8_lose_their_row_only(file, raw, words):
    content = HEADER.encode() + b"G-2,Title " + raw + b",,,,,\n" + GOOD.encode()
    (fault,) = import_grants(file(content)).faults
    assert (fault.row, fault.column) == (2, "title")
    assert fault.problem == f"holds the byte {words}, not UTF-8"
    assert Grant.objects.get().reference == "G-1"


def test_an_unclosed_quote_loses_what_it_swallows(file):
    result = import_grants(file(HEADER + GOOD + 'G-2,"Title,,,,,\n' + "G-3,Title,,,,,\n" * 3))
    assert str(result.faults[0]) == (
        "row 3, row: '' cannot be read: unexpected end of data (left out)"
    )
    assert Grant.objects.get().reference == "G-1"


def test_faults_of_360giving_name_the_column_that_we_call_it(file):
    header = "Identifier,Title,Description,Currency,Amount Awarded\n"
    (fault,) = import_grants(file(header + "G-1,T,D,GBP,x\n")).faults
    assert (fault.row, fault.column, fault.value) == (2, "amount_awarded", "x")


PACKED = gzip.compress(lines(9).encode(), mtime=0)  # without the time: names of tests stay

FILES = {
    "": "grants.csv is empty. Its first row must name the columns.",
    "a,b\n": "grants.csv has neither our columns (description, reference, title, ...) nor those "
    "of 360Giving (Description, Identifier, Title, ...). Its columns are: a, b.",
    "reference;title;description\n": "grants.csv parts its columns by semicolons. Save it as CSV "
    "with commas.",
    "reference\ttitle\n": "grants.csv parts its columns by tabs. Save it as CSV with commas.",
    "reference,title\n": "grants.csv has no column description. Its columns are: reference, title.",
    "Identifier,Title\n": "grants.csv has no column Description. Its columns are: Identifier, "
    "Title.",
    "reference,title,title\n": "grants.csv has the column 'title' twice. Rename one.",
    "reference,title,description,amount\n": "grants.csv has the column 'amount', which is not "
    "known. The known columns are: amount_awarded, applicant_categories, award_date, "
    "beneficiary_place, categories, currency, description, funder_identifier, funder_name, "
    "programme, recipient_identifier, recipient_name, recipient_place, reference, title.",
    lines(1).encode("utf-16"): "grants.csv is UTF-16. Save it as CSV UTF-8.",
    b"PK\x03\x04\x14\x00\x06\x00": "grants.csv is no Excel workbook that can be read (BadZipFile)",
    b"\x1f\x8bnonsense": "grants.csv is a damaged gzip file: ",
    PACKED[:-20]: "grants.csv is a damaged gzip file: ",
    PACKED[:15] + b"\xff" * 50: "grants.csv is a damaged gzip file: ",
}


@pytest.mark.parametrize("content", FILES, ids=lambda content: str(content)[:40])
def test_a_file_that_holds_no_grants_is_refused_in_words(file, content):
    with pytest.raises(ImportRefused) as refusal:
        import_grants(file(content))
    assert str(refusal.value).startswith(FILES[content])
    assert not Grant.objects.exists()


def test_a_header_alone_imports_nothing(file):
    assert import_grants(file(HEADER)).n_created == 0


def test_without_a_taxonomy_rows_with_categories_are_left_out(file):
    CategoryFactory._meta.model.objects.update(retired_at=timezone.now())
    result = import_grants(file(lines(1) + "G-9,Title,Text,,,,\n"))
    assert [fault.column for fault in result.faults] == ["categories"]
    assert QueueItem.objects.get().grant.reference == "G-9"


class Killed(BaseException):
    """As a signal ends a process: nothing of ours is told."""


class Broken(Exception):
    """A fault that nobody has foreseen."""


def ended_by(fault):
    def progress(rows, read):
        if rows >= 1000:
            raise fault("of secret words")

    return progress


def test_killed_in_the_middle_and_started_again_there_are_no_duplicates(file):
    path = file(lines(1300))
    with pytest.raises(Killed):
        import_grants(path, progress=ended_by(Killed))
    assert Grant.objects.count() == Label.objects.count() == 500
    assert ImportRun.objects.get().finished_at is None
    again = import_grants(path)
    assert (again.n_created, again.n_unchanged, again.n_labels) == (800, 500, 800)
    assert Grant.objects.count() == Label.objects.count() == 1300


def test_the_same_file_again_takes_up_the_import_that_was_killed_and_is_undone_as_one(file):
    path = file(lines(1300))
    with pytest.raises(Killed):
        import_grants(path, progress=ended_by(Killed))
    begun = ImportRun.objects.get()
    import_grants(path)
    run = ImportRun.objects.get()
    assert (run.state, run.rows_created, run.rows_unchanged) == ("done", 1300, 0)
    # Had it lived after all, it would write no more.
    with pytest.raises(ImportStopped):
        import_grants(path, run=begun)
    assert undo_import(run, AdministratorFactory()) == 1300


def test_another_file_does_not_take_it_up(file):
    with pytest.raises(Killed):
        import_grants(file(lines(1300)), progress=ended_by(Killed))
    import_grants(file(lines(1301)))
    assert ImportRun.objects.count() == 2


def test_what_a_killed_command_has_brought_can_be_undone_when_it_is_silent(file):
    with pytest.raises(Killed):
        import_grants(file(lines(1300)), progress=ended_by(Killed))
    run = ImportRun.objects.get()
    assert why_not_undone(run) == "It is being imported."
    run.heartbeat_at -= HEARTBEAT_LIMIT
    run.save()
    assert undo_import(run, AdministratorFactory()) == 500
    assert not Grant.objects.exists()


def test_a_command_that_breaks_ends_its_import_which_can_be_undone(file):
    with pytest.raises(Broken):
        import_grants(file(lines(1300)), progress=ended_by(Broken))
    run = ImportRun.objects.get()
    assert run.state == "failed"
    assert run.error == "The command failed (Broken). Start it again: nothing is imported twice."
    assert undo_import(run, AdministratorFactory()) == 500


def test_the_progress_tells_rows_and_bytes(file):
    path, calls = file(lines(1000)), []
    import_grants(path, progress=lambda rows, read: calls.append((rows, read)))
    assert [rows for rows, _ in calls] == [200, 400, 600, 800, 1000]
    assert 0 < calls[0][1] <= calls[-1][1] <= path.stat().st_size


def test_one_endless_line_does_not_fill_the_memory(file):
    endless = b"G-2," + b"x" * 50_000_000 + b"\n"
    path = file(HEADER.encode() + endless + GOOD.encode())
    tracemalloc.start()
    result = import_grants(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000
    assert str(result.faults[0]) == (
        "row 2, row: '' cannot be read: line larger than line limit (4000000) (left out)"
    )
    assert Grant.objects.get().reference == "G-1"


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused_while_it_is_read(file):
    row = b"G,T," + b"x" * 9_000 + b",,,,\n"
    path = file(gzip.compress(HEADER.encode() + row * 2_000))
    assert path.stat().st_size < 50_000
    with pytest.raises(ImportRefused, match="unpacks to over 100 times its size"):
        preview_grants(path)


def test_what_unpacks_to_ten_megabytes_is_no_bomb_whatever_its_ratio(file):
    path = file(gzip.compress((HEADER + GOOD + "\n" * 9_000_000).encode()))
    assert preview_grants(path).n_created == 1


def test_the_command_says_what_became_of_the_file(file):
    out, err = io.StringIO(), io.StringIO()
    content = lines(1) + "G-9,Title,,x,,,\n" * 25
    call_command("import_grants", "--in-this-process", str(file(content)), stdout=out, stderr=err)
    assert out.getvalue() == (
        "1 grants created, 0 updated, 0 unchanged, 1 labels; 25 rows left out.\n"
    )
    said = err.getvalue().splitlines()
    assert said[0].startswith("row 3, amount_awarded: 'x' is no amount")
    assert (len(said), said[-1]) == (21, "... and 5 more.")


def test_the_command_can_leave_the_categories_unread(file):
    command = ["import_grants", "--in-this-process", "--without-categories"]
    call_command(*command, str(file(lines(2))), stdout=io.StringIO())
    assert not Label.objects.exists()
    assert QueueItem.objects.count() == 2


def test_the_command_fails_in_words(tmp_path, file):
    with pytest.raises(CommandError, match="cannot be opened: No such file"):
        call_command("import_grants", "--in-this-process", str(tmp_path / "nowhere.csv"))
    with pytest.raises(CommandError, match="has neither our columns"):
        call_command("import_grants", "--in-this-process", str(file("a,b\n")))
