"""What every exporter keeps to, and what each format promises. Pure: no database."""

import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

import openpyxl
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.namespace import DCTERMS, OWL, RDF, SKOS

from annotation.exporters import EXPORTERS, grants_table
from annotation.exporters.csv_file import safe
from annotation.exporters.grants_360 import REQUIRED, missing
from annotation.exporters.lines import (
    AnnotationLine,
    CategoryLine,
    DecisionLine,
    GrantLine,
    Layout,
    SprintLine,
    Term,
)
from annotation.importers.grants_csv import COLUMNS, OF_THE_EXPORT

ODD = '=1+1 "quoted", two\nlines; ünïcode 🎭 ＝x'
ARTS = Term("Ours Subject", "subject", "ARTS", "Arts, all of them")
LAYOUT = Layout("Ours", 3, (("subject", "Subject"), ("people", "Population")), True, True, 2)
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
GRANT = GrantLine(
    reference="G-1",
    title=ODD,
    description="@text",
    amount_awarded=Decimal("1875.50"),
    currency="AUD",
    award_date=date(2022, 4, 2),
    recipient_name="Club",
    recipient_identifier="ABN 1",
    funder_name="Fund",
    programme="Active",
    recipient_place="Horsham",
    beneficiary_place="Wimmera",
    funder_identifier="AU-ABN-2",
    categories=(ARTS,),
    sources=("annotator",),
    annotators=("ada",),
    labelled_at=AT,
    model_versions=("v3",),
    outcomes={"subject": "labelled", "people": "none_fits"},
    suggested=((ARTS, 0.8125),),
    suggested_by="v3",
)
ANNOTATION = AnnotationLine(
    annotation=7,
    reference="G-1",
    annotator="+ada",
    submitted_at=AT,
    supersedes=None,
    is_withdrawal=False,
    stands=True,
    is_blind=False,
    stream="random",
    seconds=12,
    model_version="v3",
    taxonomy_release="Ours release 3",
    content_sha256="0" * 64,
    outcomes=(("subject", "labelled"), ("people", "none_fits")),
    decisions=(
        DecisionLine(ARTS, "accepted", 0.8125, 1, True),
        DecisionLine(ARTS, "added", None, None, None),
    ),
)
CATEGORY = CategoryLine(
    facet="subject",
    code="ARTS",
    label=ODD,
    broader="TOP",
    broader_offered="",
    definition="\tTab",
    scope_note="",
    alt_labels=("one", "-two"),
    include_pattern="a|b",
    exclude_pattern="",
    is_retired=False,
    merged_into=None,
)
SPRINT = SprintLine(
    sprint=3,
    decision=9,
    reference="G-1",
    term=ARTS,
    verdict="yes",
    annotator="+ada",
    decided_at=AT,
    supersedes=8,
    is_withdrawal=False,
    stands=True,
    seconds=4,
    source="model",
    score=0.8125,
    model_version="v3",
    content_sha256="0" * 64,
)
LINES = {
    "grants": GRANT,
    "left-out": GRANT,
    "decisions": ANNOTATION,
    "sprints": SPRINT,
    "taxonomy": CATEGORY,
}
ALL = pytest.mark.parametrize("exporter", EXPORTERS.values(), ids=lambda e: f"{e.what}-{e.form}")
TABLES = [e for e in EXPORTERS.values() if e.suffix in ("csv", "xlsx")]


def whole(what, form, lines, layout=LAYOUT):
    return b"".join(EXPORTERS[what, form].write(iter(lines), layout))


def table(data, encoding="utf-8"):
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), strict=True))


def sheet(data):
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    rows = [list(row) for row in book.active.iter_rows()]
    book.close()
    return rows


# Every exporter


@ALL
def test_it_gives_bytes_for_no_line_and_for_some(exporter):
    line = LINES[exporter.what]
    for n in (0, 1, 3):
        pieces = list(exporter.write(iter([line] * n), LAYOUT))
        assert all(isinstance(piece, bytes) for piece in pieces)
    assert exporter.label and exporter.suffix.isalnum() and "/" in exporter.content_type


@ALL
def test_it_gives_pieces_of_an_endless_file_and_asks_for_lines_only_as_it_needs_them(exporter):
    taken = count()
    line = LINES[exporter.what]
    if exporter.what == "left-out":
        line = GrantLine(*["x" * 50] * 3, None, "", None, *[""] * 7)

    def endless():
        while True:
            next(taken)
            yield line

    pieces = exporter.write(endless(), LAYOUT)
    size = sum(len(next(pieces)) for _ in range(3))
    assert size > 0
    assert next(taken) < 5_000
    pieces.close()


@ALL
def test_the_same_lines_give_the_same_file(exporter):
    line = LINES[exporter.what]
    first = list(exporter.write(iter([line] * 3), LAYOUT))
    again = list(exporter.write(iter([line] * 3), LAYOUT))
    if exporter.suffix == "xlsx":  # the archive holds the time
        assert [[c.value for c in row] for row in sheet(b"".join(first))] == [
            [c.value for c in row] for row in sheet(b"".join(again))
        ]
    else:
        assert first == again


# No formulas

FORMULA = st.one_of(
    st.text(),
    st.builds(
        lambda pad, mark, rest: pad + mark + rest,
        st.text(alphabet=" \t\r\n\u00a0\ufeff\u200b\u3000\x00", max_size=3),
        st.sampled_from("=+-@＝＋－＠﹦﹢﹣﹫\t\r"),
        st.text(max_size=5),
    ),
)


def would_run(cell):
    """Written a second time, from the list of OWASP and ours: what may not begin a cell."""
    if cell[:1] in ("\t", "\r", "\n") and cell:
        return True
    bare = cell.lstrip(" \t\r\n\x0b\x0c\u00a0\ufeff\u200b\u3000\x00")
    return bare[:1] in tuple("=+-@＝＋－＠﹦﹢﹣﹫")


@given(FORMULA)
def test_no_cell_for_people_begins_as_a_formula(text):
    cell = safe(text)
    assert not would_run(cell)
    assert cell in (text, "'" + text)
    if would_run(text):
        assert cell == "'" + text


@pytest.mark.parametrize("text", ["", "plain", "1-2", "a@b", "'=quoted", "−5", "Café", "«=»"])
def test_harmless_cells_stay_as_they_are(text):
    assert safe(text) == text


@pytest.mark.parametrize("exporter", TABLES, ids=lambda e: f"{e.what}-{e.form}")
def test_no_table_for_people_holds_a_formula(exporter):
    layout = Layout("Ours", 3, LAYOUT.facets, True, False, 2)
    data = whole(exporter.what, exporter.form, [LINES[exporter.what]], layout)
    if exporter.suffix == "xlsx":
        cells = [cell for row in sheet(data) for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f"]
        texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    else:
        assert data.startswith(b"\xef\xbb\xbf")
        texts = [cell for row in table(data, "utf-8-sig") for cell in row]
    assert texts
    assert not [text for text in texts if would_run(text)]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_raw_csv_gives_every_text_back_exactly(text):
    rows = table(whole("grants", "csv", [GrantLine(text, *[""] * 2, None, "", None, *[""] * 7)]))
    assert rows[1][0] == text


# Grants


def test_the_columns_are_the_imports_and_then_ours():
    header = table(whole("grants", "csv", [GRANT]))[0]
    assert header[:13] == [
        "reference", "title", "description", "amount_awarded", "currency", "award_date",
        "recipient_name", "recipient_identifier", "funder_name", "programme", "recipient_place",
        "beneficiary_place", "categories",
    ]  # fmt: skip
    ours = {title for title in header if not title.startswith("outcome_")} - COLUMNS
    assert ours == OF_THE_EXPORT
    assert set(header) >= COLUMNS


def test_a_row_of_grants_says_who_when_and_how():
    header, row = table(whole("grants", "csv", [GRANT]))
    grant = dict(zip(header, row, strict=True))
    assert grant["title"] == ODD
    assert (grant["amount_awarded"], grant["award_date"]) == ("1875.50", "2022-04-02")
    assert (grant["categories"], grant["sources"], grant["annotators"]) == (
        "ARTS",
        "annotator",
        "ada",
    )
    assert grant["labelled_at"] == "2026-03-01T09:30:00+00:00"
    assert (grant["outcome_subject"], grant["outcome_people"]) == ("labelled", "none_fits")
    assert (grant["suggested"], grant["suggested_by"]) == ("ARTS:0.8125", "v3")


def test_without_suggestions_there_is_no_column_for_them():
    human = Layout("Ours", 3, LAYOUT.facets)
    assert not {"suggested", "suggested_by"} & set(grants_table.header(human))
    for form in ("jsonl", "360-json", "360-csv"):
        assert b"uggested" not in whole("grants", form, [GRANT], human)


def test_excel_holds_texts_as_texts_and_amounts_as_numbers():
    header, row = sheet(whole("grants", "xlsx", [GRANT]))
    grant = {title.value: cell for title, cell in zip(header, row, strict=True)}
    assert grant["title"].value == ODD and grant["title"].data_type == "s"
    assert grant["amount_awarded"].value == 1875.5 and grant["amount_awarded"].data_type == "n"
    assert grant["outcome_people"].value == "none_fits"


def test_excel_takes_what_xml_cannot_hold_and_what_is_too_long():
    odd = GrantLine("G", "a\x00\x0b<&>_x0041_ \ufffe\r\n", "é🎭" * 30_000, None, "", None,
                    *[""] * 7)  # fmt: skip
    _, row = sheet(whole("grants", "xlsx", [odd]))
    assert "<&>" in row[1].value
    assert len(row[2].value.encode("utf-16-le")) <= 2 * 32_767
    assert row[2].value.endswith("…")


def test_an_excel_file_is_a_whole_archive():
    archive = zipfile.ZipFile(io.BytesIO(whole("grants", "xlsx", [GRANT] * 1_000)))
    assert archive.testzip() is None


def test_a_json_line_keeps_lists_as_lists():
    lines = whole("grants", "jsonl", [GRANT, GRANT]).decode().splitlines()
    grant = json.loads(lines[1])
    assert len(lines) == 2
    assert grant["title"] == ODD
    assert grant["amount_awarded"] == "1875.50"
    assert grant["categories"] == [
        {"facet": "subject", "code": "ARTS", "label": "Arts, all of them"}
    ]
    assert grant["suggested"][0]["probability"] == 0.8125


# 360Giving: the ten fields and their types, written from its reference.

TYPES = {
    "id": str, "title": str, "description": str, "currency": str, "amountAwarded": (int, float),
    "awardDate": str, "fundingOrganization": list, "recipientOrganization": list,
}  # fmt: skip


def check_360(grant):
    for name, kind in TYPES.items():
        assert isinstance(grant[name], kind) and grant[name] not in ("", []), name
    for name in ("fundingOrganization", "recipientOrganization"):
        assert all(o["id"] and o["name"] for o in grant[name])
    date.fromisoformat(grant["awardDate"])
    assert len(grant["currency"]) == 3
    for term in grant.get("classifications", []):
        assert set(term) == {"vocabulary", "code", "title"}


def test_a_360giving_package_has_what_the_standard_requires():
    package = json.loads(whole("grants", "360-json", [GRANT, GRANT]))
    assert len(package["grants"]) == 2
    for grant in package["grants"]:
        check_360(grant)
    grant = package["grants"][0]
    assert grant["amountAwarded"] == 1875.5
    assert grant["classifications"] == [
        {"vocabulary": "Ours Subject", "code": "ARTS", "title": "Arts, all of them"}
    ]
    assert grant["recipientOrganization"][0]["addressLocality"] == "Horsham"
    assert grant["suggestedClassifications"][0]["probability"] == 0.8125


def test_a_360giving_sheet_says_the_same_as_the_package():
    header, row = table(whole("grants", "360-csv", [GRANT]))
    cells = dict(zip(header, row, strict=True))
    package = json.loads(whole("grants", "360-json", [GRANT]))["grants"][0]
    assert cells["Identifier"] == package["id"]
    assert float(cells["Amount Awarded"]) == package["amountAwarded"]
    assert cells["Award Date"] == package["awardDate"]
    assert cells["Funding Org:Identifier"] == package["fundingOrganization"][0]["id"]
    assert cells["Recipient Org:Name"] == package["recipientOrganization"][0]["name"]
    numbered = {t: cells[f"Classifications:0:{t.title()}"] for t in package["classifications"][0]}
    assert numbered == package["classifications"][0]
    assert cells["Classifications:1:Code"] == ""


def test_each_missing_field_is_named():
    assert missing(GRANT) == []
    empty = GrantLine("G-2", *[""] * 2, None, "", None, *[""] * 7)
    assert missing(empty) == [name for name in REQUIRED if name != "id"]
    rows = table(whole("left-out", "csv", [empty]))
    assert rows[0] == ["reference", "missing", "our_column"]
    assert ["G-2", "fundingOrganization.id", "funder_identifier"] in rows
    assert len(rows) == 10


def test_a_currency_that_is_none_is_missing():
    odd = {name: getattr(GRANT, name) for name in GrantLine.__slots__} | {"currency": "XXZ"}
    assert missing(GrantLine(**odd)) == ["currency"]


# Decisions


def test_a_sprint_decision_says_who_decided_what_of_which_grant_and_why_it_was_asked():
    header, row = table(whole("sprints", "csv", [SPRINT]))
    cells = dict(zip(header, row, strict=True))
    assert (cells["reference"], cells["category"], cells["verdict"]) == ("G-1", "ARTS", "yes")
    assert (cells["annotator"], cells["decided_at"]) == ("+ada", "2026-03-01T09:30:00+00:00")
    assert (cells["source"], cells["score"], cells["stands"]) == ("model", "0.8125", "yes")
    (line,) = whole("sprints", "jsonl", [SPRINT]).decode().splitlines()
    decision = json.loads(line)
    assert list(decision) == header
    assert (decision["score"], decision["stands"], decision["supersedes"]) == (0.8125, True, 8)


def test_a_row_of_decisions_holds_what_was_shown():
    header, *rows = table(whole("decisions", "csv", [ANNOTATION]))
    first, added, outcome = (dict(zip(header, row, strict=True)) for row in rows)
    assert (first["verdict"], first["score"], first["rank"], first["was_ticked"]) == (
        "accepted", "0.8125", "1", "yes",
    )  # fmt: skip
    assert (added["verdict"], added["score"], added["was_ticked"]) == ("added", "", "")
    assert (outcome["facet"], outcome["outcome"], outcome["verdict"]) == ("people", "none_fits", "")


def test_an_annotation_is_one_json_line():
    (line,) = whole("decisions", "jsonl", [ANNOTATION]).decode().splitlines()
    annotation = json.loads(line)
    assert annotation["outcomes"] == {"subject": "labelled", "people": "none_fits"}
    assert annotation["decisions"][0]["score"] == 0.8125
    assert annotation["stands"] is True and annotation["supersedes"] is None


# Taxonomy


def test_skos_is_turtle_that_says_everything():
    top = {name: getattr(CATEGORY, name) for name in CategoryLine.__slots__}
    retired = CategoryLine(**top | {"code": "OLD", "broader": "", "is_retired": True,
                                    "merged_into": ("subject", "ARTS")})  # fmt: skip
    graph = rdflib.Graph().parse(
        data=whole("taxonomy", "skos", [CATEGORY, retired]), format="turtle"
    )
    arts = rdflib.URIRef("urn:x-taxonomy:Ours:subject:ARTS")
    old = rdflib.URIRef("urn:x-taxonomy:Ours:subject:OLD")
    scheme = rdflib.URIRef("urn:x-taxonomy:Ours:subject")
    assert (scheme, RDF.type, SKOS.ConceptScheme) in graph
    assert (arts, SKOS.broader, rdflib.URIRef("urn:x-taxonomy:Ours:subject:TOP")) in graph
    assert (arts, SKOS.prefLabel, rdflib.Literal(ODD)) in graph
    assert (arts, SKOS.definition, rdflib.Literal("\tTab")) in graph
    assert {str(o) for o in graph.objects(arts, SKOS.altLabel)} == {"one", "-two"}
    assert (old, SKOS.topConceptOf, scheme) in graph
    assert (old, DCTERMS.isReplacedBy, arts) in graph
    assert graph.value(old, OWL.deprecated).toPython() is True
    assert graph.value(arts, OWL.deprecated) is None


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.text(min_size=1))
def test_skos_holds_any_text_and_any_code(label, code):
    facts = {name: getattr(CATEGORY, name) for name in CategoryLine.__slots__}
    code = code.encode("utf-8", "replace").decode()
    line = CategoryLine(**facts | {"label": label, "code": code, "broader": ""})
    graph = rdflib.Graph().parse(data=whole("taxonomy", "skos", [line]), format="turtle")
    assert {str(o) for o in graph.objects(None, SKOS.notation)} == {code}
    assert label in {str(o) for o in graph.objects(None, SKOS.prefLabel)}


def test_the_csv_of_the_taxonomy_leaves_out_what_is_retired():
    facts = {name: getattr(CATEGORY, name) for name in CategoryLine.__slots__}
    retired = CategoryLine(**facts | {"code": "OLD", "is_retired": True})
    header, row = table(whole("taxonomy", "csv", [retired, CATEGORY]))
    category = dict(zip(header, row, strict=True))
    assert (category["code"], category["broader"]) == ("ARTS", "")
    assert category["alt_labels"] == "one;-two"
