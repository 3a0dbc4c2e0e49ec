"""Every importer gives the same rows for the same content, and knows its format by content."""

from dataclasses import replace
from decimal import Decimal

import pytest

from annotation.errors import ImportRefused
from annotation.importers.faults import Fault
from annotation.importers.grant_rows import Mapping
from annotation.importers.grants_csv import UnknownColumns
from annotation.importers.recognise import read_grants, read_taxonomy, recognise
from annotation.models import Category, Grant
from annotation.services.import_grants import import_grants
from annotation.services.import_taxonomy import import_taxonomy
from tests.annotation import import_files as files


@pytest.fixture
def file(tmp_path):
    """A file whose name says nothing of what is in it."""

    def file(content):
        path = tmp_path / "file.dat"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return file


def grants_of(path, **options):
    rows = [row for row, _ in read_grants(path, **options)]
    assert not [row for row in rows if isinstance(row, Fault)]
    return [replace(row, row=0) for row in rows]


@pytest.mark.parametrize("name", files.GRANT_FILES)
def test_every_grant_format_gives_the_same_grants(file, name):
    expected = grants_of(file(files.GRANT_FILES["our CSV"]()))
    assert len(expected) == 3
    assert sum(row.amount_awarded or 0 for row in expected) == Decimal(files.TOTAL)
    assert grants_of(file(files.GRANT_FILES[name]())) == expected


@pytest.mark.parametrize("name", files.GRANT_FILES)
def test_every_grant_format_tells_how_far_it_is(file, name):
    path = file(files.GRANT_FILES[name]())
    told = [position.tell() for _, position in read_grants(path)]
    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] <= path.stat().st_size


@pytest.mark.django_db
def test_the_same_grants_in_another_format_change_nothing(file):
    assert import_grants(file(files.GRANT_FILES["our CSV"]())).n_created == 3
    before = list(Grant.objects.values())
    for make in files.GRANT_FILES.values():
        assert import_grants(file(make())).n_unchanged == 3
    assert list(Grant.objects.values()) == before


def plain(rows):
    return {(r.facet, r.code, r.label, r.broader): (r.definition, set(r.alt_labels)) for r in rows}


@pytest.mark.parametrize("name", files.TAXONOMY_FILES)
def test_every_taxonomy_format_gives_the_same_categories(file, name):
    expected, _ = read_taxonomy(file(files.CODES))
    rows, faults = read_taxonomy(file(files.TAXONOMY_FILES[name]()))
    assert not faults
    assert len(rows) == 4
    if name == "indented":  # which has room for labels only
        assert set(plain(rows)) == set(plain(expected))
    else:
        assert plain(rows) == plain(expected)
    seen = {""}
    for row in rows:
        assert row.broader in seen
        seen.add(row.code)


@pytest.mark.django_db
@pytest.mark.parametrize("name", files.TAXONOMY_FILES)
def test_a_taxonomy_imported_twice_is_unchanged(file, name):
    path = file(files.TAXONOMY_FILES[name]())
    import_taxonomy(path)
    before = list(Category.objects.values())
    assert import_taxonomy(path).n_unchanged == 4
    assert list(Category.objects.values()) == before


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"reference,title,description\n", "csv"),
        (b"", "csv"),
        (files.as_json(), "json"),
        (files.as_xlsx(files.OURS), "xlsx"),
        (files.TURTLE, "turtle"),
        (b"# made by hand\n\n" + files.TURTLE, "turtle"),
        (as_xml := files.as_rdf("xml"), "xml"),
        (b"\xef\xbb\xbf" + as_xml, "xml"),
        (files.as_rdf("json-ld"), "json-ld"),
        (files.INDENTED, "indented"),
        (b"Sport\n  Football\n", "indented"),
    ],
)
def test_a_format_is_known_by_content(file, content, form):
    assert recognise(file(content)) == form


def test_levels_without_codes_get_codes_that_stay(file):
    rows, faults = read_taxonomy(file("level 1,level 2\nSport,Football\nSport,Netball\nArts,\n"))
    assert not faults
    assert [(r.label, r.facet) for r in rows] == [
        ("Sport", "Subject"), ("Arts", "Subject"), ("Football", "Subject"), ("Netball", "Subject"),
    ]  # fmt: skip
    again, _ = read_taxonomy(file("Level 1,Level 2\nArts,\nSport,Netball\n"))
    assert {r.code for r in again} < {r.code for r in rows}
    assert next(r.code for r in rows if r.label == "Netball").startswith("netball-")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (",,Deep", "row 3, level 2: '' is empty, and so is it in the row above (left out)"),
        (",,", "row 3, level 1: '' is empty: the row names no category (left out)"),
        ("Sport,,", "row 3, level 1: 'Sport' stands in row 2 already (left out)"),
    ],
)
def test_a_faulty_row_of_levels_is_named(file, row, words):
    _, faults = read_taxonomy(file(f"level 1,level 2,level 3\nSport,,\n{row}\n"))
    assert [str(fault) for fault in faults] == [words]


def test_a_line_indented_below_nothing_is_named(file):
    rows, faults = read_taxonomy(file("[Subject]\n  Lost\nSport\n  Football\n"))
    assert [r.label for r in rows] == ["Sport", "Football"]
    assert (
        str(faults[0])
        == "row 2, label: 'Lost' is indented, but stands below no category (left out)"
    )


def test_deprecated_concepts_are_left_out_and_a_second_parent_is_a_note(file):
    more = b":OLD a skos:Concept ; skos:prefLabel 'Old' ; "
    more += b"<http://www.w3.org/2002/07/owl#deprecated> true .\n:SB020101 skos:broader :SB02 .\n"
    rows, faults = read_taxonomy(file(files.TURTLE + more))
    assert "OLD" not in {r.code for r in rows}
    assert [str(f) for f in faults] == [
        "row 4, broader: 'SB02' is one of 2 parents; only the first is kept (note)"
    ]


FOREIGN = """\
GA ID,Grant Activity,Purpose,Value (AUD),Approval Date,Odd
GA1,Learn to swim,Lessons,"$18,450.00",14/03/2025,x
GA2,Green lights,,980,2025-03-15,
GA3,Wrong,,twelve,31/06/2025,
"""
MAPPING = Mapping(
    {
        "reference": "GA ID",
        "title": "Grant Activity",
        "description": "Purpose",
        "amount_awarded": "Value (AUD)",
        "award_date": "Approval Date",
    },
    currency="AUD",
    is_day_first=True,
)


def test_columns_of_another_kind_are_asked_for(file):
    with pytest.raises(UnknownColumns) as asked:
        list(read_grants(file(FOREIGN)))
    assert asked.value.header[0] == "GA ID"
    assert asked.value.samples[0]["Grant Activity"] == "Learn to swim"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_mapped_columns_are_read_as_people_write_them(file, form):
    content = FOREIGN.encode() if form == "csv" else files.workbook_of(FOREIGN.encode())
    rows = [row for row, _ in read_grants(file(content), mapping=MAPPING)]
    assert [str(row.amount_awarded) for row in rows[:2]] == ["18450.00", "980.00"]
    assert [str(row.award_date) for row in rows[:2]] == ["2025-03-14", "2025-03-15"]
    assert rows[0].currency == "AUD"
    assert (rows[2].row, rows[2].column, rows[2].value) == (4, "amount_awarded", "twelve")


def test_a_mapping_that_does_not_fit_is_refused(file):
    with pytest.raises(ImportRefused, match="has no column Approval Date, GA ID"):
        list(read_grants(file("a,b\n1,2\n"), mapping=MAPPING))
    with pytest.raises(ImportRefused, match="No column is chosen for title"):
        list(read_grants(file(FOREIGN), mapping=Mapping({"reference": "GA ID"})))


def test_numbered_columns_of_360giving_are_understood(file):
    header = "Identifier,Title,Description,Recipient Org:0:Name,Recipient Org:1:Name\n"
    (row,) = grants_of(file(header + "G-1,T,D,First,Second\n"))
    assert row.recipient_name == "First"


def test_an_individual_stands_for_a_recipient(file):
    grant = (
        b'{"grants": [{"id": "G-1", "title": "T", "recipientIndividual": {"name": "Somebody"}}]}'
    )
    assert grants_of(file(grant))[0].recipient_name == "Somebody"


def test_a_long_number_of_a_workbook_keeps_its_digits(file):
    rows = [[123456789012, "T", "", 0.1 + 0.2, "AUD", "", "", "", "", "", "", ""]]
    (grant,) = grants_of(file(files.as_xlsx(files.OURS, rows)))
    assert (grant.reference, str(grant.amount_awarded)) == ("123456789012", "0.30")
