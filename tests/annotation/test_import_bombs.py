"""Files made to exhaust or to trick: refused within two seconds, within 50 MB, in words."""

import contextlib
import gzip
import io
import json
import os
import struct
import time
import tracemalloc
import zipfile

import pytest

from annotation.errors import ImportRefused
from annotation.importers.faults import Fault
from annotation.importers.recognise import read_grants, read_taxonomy
from tests.annotation import import_files as files

SHEET = "xl/worksheets/sheet1.xml"
XMLNS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
HEADER = b"reference,title,description\n"


def good():
    return files.as_xlsx(files.OURS)


def sheet(rows, head="", dimension="A1:C2"):
    cells = "".join(
        f'<c r="{c}1" t="inlineStr"><is><t>{name}</t></is></c>'
        for c, name in zip("ABC", ["reference", "title", "description"], strict=True)
    )
    return (
        f'<?xml version="1.0"?>{head}<worksheet {XMLNS}><dimension ref="{dimension}"/>'
        f'<sheetData><row r="1">{cells}</row>{rows}</sheetData></worksheet>'
    ).encode()


def replaced(name, content):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good())) as old, zipfile.ZipFile(out, "w", 8) as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
        if name not in old.namelist():
            new.writestr(name, content)
    return out.getvalue()


def many_sheets(n):
    out = io.BytesIO(good())
    with zipfile.ZipFile(out, "a") as book:
        for k in range(n):
            book.writestr(f"xl/worksheets/extra{k}.xml", "<x/>")
    return out.getvalue()


def sized_lie():
    """The list of contents says that the sheet is small; it is not."""
    content = bytearray(replaced(SHEET, sheet("<row/>" * 2_000_000)))
    at = content.rfind(b"PK\x01\x02", 0, content.rfind(SHEET.encode()))
    content[at + 24 : at + 28] = struct.pack("<I", 4_000)
    return bytes(content)


def overlapping():
    """Two names for one stretch of bytes, as in 42.zip."""
    out = io.BytesIO(replaced("xl/again.xml", os.urandom(5_000)))
    with zipfile.ZipFile(out, "a") as book:
        info = book.getinfo("xl/again.xml")
        twin = zipfile.ZipInfo("xl/twin.xml")
        for name in ("header_offset", "compress_size", "file_size", "CRC", "compress_type"):
            setattr(twin, name, getattr(info, name))
        book.filelist.append(twin)
        book.NameToInfo[twin.filename] = twin
        book._didModify = True
    return out.getvalue()


def encrypted():
    content = bytearray(good())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


def opendocument():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", "<x/>")
    return out.getvalue()


def nested():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("inner.zip", good())
    return out.getvalue()


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
) + "]>"  # fmt: skip
EXTERNAL = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
QUADRATIC = f'<!DOCTYPE x [<!ENTITY q "{os.urandom(20_000).hex()}">]>'
CELL = '<row r="2"><c r="A2" t="inlineStr"><is><t>{}</t></is></c></row>'
WORKBOOKS = {
    "sheet bomb": (lambda: replaced(SHEET, sheet("<row/>" * 6_000_000)), "would unpack to"),
    "shared strings bomb": (
        lambda: replaced("xl/sharedStrings.xml", b"<sst>" + b"<si><t>x</t></si>" * 2_000_000),
        "would unpack to",
    ),
    "billion laughs": (lambda: replaced(SHEET, sheet(CELL.format("&i;"), LAUGHS)), "XML entities"),
    "quadratic": (
        lambda: replaced(SHEET, sheet(CELL.format("&q;" * 500), QUADRATIC)),
        "XML entities",
    ),
    "external entity": (
        lambda: replaced(SHEET, sheet(CELL.format("&e;"), EXTERNAL)),
        "XML entities",
    ),
    "a lie about sizes": (sized_lie, "no Excel workbook that can be read"),
    "overlapping": (overlapping, "no Excel workbook that can be read|cannot be true"),
    "nested": (nested, "is a zip file, but no Excel workbook"),
    "names that climb": (lambda: replaced("../../etc/x.xml", b"<x/>"), "leads out of the archive"),
    "ten thousand sheets": (lambda: many_sheets(10_000), "has 10,001 sheets"),
    "encrypted": (encrypted, "is encrypted"),
    "old xls": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old .xls workbook"),
    "ods": (opendocument, "is an OpenDocument file"),
    "impossible dimension": (
        lambda: replaced(SHEET, sheet("", dimension="A1:ZZZZZZ99999999")),
        "no Excel workbook that can be read",
    ),
    "cut short": (lambda: good()[:3_000], "no Excel workbook that can be read"),
    "no XML": (lambda: replaced(SHEET, b"\0\1\2"), "no Excel workbook that can be read"),
    "over 20 MB": (lambda: good() + b"\0" * 20_000_000, "is over 20 MB"),
}
DEEP = 100_000
JSONS = {
    "deep": (b'{"grants": ' + b"[" * DEEP + b"]" * DEEP + b"}", "is nested too deeply"),
    "twice": (b'{"grants": [{"id": "1", "id": "2"}]}', "the key 'id' stands twice"),
    "NaN": (b'{"grants": [{"amountAwarded": NaN}]}', "NaN is no number that JSON knows"),
    "long number": (
        b'{"grants": [{"amountAwarded": ' + b"9" * 10_000_000 + b"}]}",
        "a number has 10,000,000 digits",
    ),
    "trailing comma": (b'{"grants": [\n{"id": "1"},\n]}', "in line 3, column 1"),
    "JSON lines": (b'{"id": "1"}\n{"id": "2"}\n', "Extra data in line 2, column 1"),
    "concatenated": (b'{"grants": []}{"grants": []}', "Extra data in line 1, column 15"),
    "another shape": (b'{"rows": []}', 'must be an object with a list "grants"'),
    "a list": (b"[\n1, 2]", 'must be an object with a list "grants"'),
    "not UTF-8": (b'{"grants": [{"id": "\xc3\x28"}]}', "is not UTF-8: invalid continuation"),
    "web page": (b"<!DOCTYPE html><html></html>", "is a web page"),
    "PDF": (b"%PDF-1.7\n" + HEADER, "is a PDF"),
    "packed workbook": (gzip.compress(good()), "is packed with gzip"),
    "a taxonomy": (files.TURTLE, r"looks like a taxonomy \(turtle\)"),
}


@pytest.fixture
def refusal(tmp_path):
    """What is said of a file; fails when it takes too long or too much."""

    def refusal(content, read):
        path = tmp_path / "file.dat"
        path.write_bytes(content)
        del content
        tracemalloc.start()
        began = time.process_time()
        try:
            with pytest.raises(ImportRefused) as refused:
                read(path)
        finally:
            spent, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert spent < 4  # twice the bar, since tracing doubles the work
        assert peak < 50_000_000
        return refused

    return refusal


def all_grants(path):
    return list(read_grants(path))


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_workbook_made_to_harm_is_refused(refusal, name):
    make, words = WORKBOOKS[name]
    refusal(make(), all_grants).match(words)


@pytest.mark.parametrize("name", JSONS)
def test_a_broken_package_is_refused_with_its_place(refusal, name):
    content, words = JSONS[name]
    refusal(content, all_grants).match(words)


def test_a_sheet_that_claims_to_be_huge_is_read_as_it_is(tmp_path):
    path = tmp_path / "file.dat"
    path.write_bytes(replaced(SHEET, sheet(CELL.format("G-1"), dimension="A1:XFD1048576")))
    began = time.process_time()
    ((row, _),) = read_grants(path)
    assert row.reference == "G-1"
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>',
        '<row r="2"><c r="ZZZZZZ2"><v>1</v></c></row>',
    ],
)
def test_cells_at_the_end_of_the_world_cost_nothing(tmp_path, rows):
    path = tmp_path / "file.dat"
    path.write_bytes(replaced(SHEET, sheet(rows)))
    began = time.process_time()
    with contextlib.suppress(ImportRefused):
        list(read_grants(path))
    assert time.process_time() - began < 3


GRANTS = {
    '{"id": "G", "title": "\\ud800"}': "row 1, title: '?' holds half a character, \\ud800",
    '{"id": "G", "title": "a\\u0000b"}': "row 1, title: 'a␀b' holds a NUL character",
    '{"id": 5, "title": "T"}': "row 1, reference: '5' is no text",
    '{"id": "", "title": "T"}': "row 1, reference: '' is empty",
    '{"id": "G", "title": ["T"]}': "row 1, title: \"['T']\" is no text",
    '{"id": "G", "currency": "AUD", "amountAwarded": "5"}': None,
    '{"id": "G", "currency": "AUD", "amountAwarded": true}': "row 1, amount_awarded: 'True' is no",
    '{"id": "G", "currency": "AUD", "amountAwarded": -5}': "row 1, amount_awarded: '-5' is no am",
    '{"id": "G", "currency": "AUD", "amountAwarded": 1e400}': "row 1, amount_awarded: '1E+400' is",
    '{"id": "G", "awardDate": "2025-02-30"}': "row 1, award_date: '2025-02-30' is no date",
    "7": "row 1, row: '7' is no object",
    '{"id": "G", "recipientOrganization": "x"}': None,
}


@pytest.mark.parametrize("grant", GRANTS)
def test_a_faulty_grant_of_a_package_is_named(tmp_path, grant):
    path = tmp_path / "file.dat"
    path.write_text('{"grants": [' + grant + "]}")
    ((row, _),) = read_grants(path)
    if GRANTS[grant] is None:
        assert not isinstance(row, Fault)
    else:
        assert str(row).startswith(GRANTS[grant])


def turtle(n):
    head = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
    chain = (f"<urn:c{k}> a skos:Concept ; skos:broader <urn:c{k + 1}> ." for k in range(n))
    return (head + "\n".join(chain)).encode()


RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{}</rdf:RDF>'
TAXONOMIES = {
    "empty": (b"", "is empty"),
    "spaces": (b"  \n\n", "is empty|holds no category"),
    "entities": (f'<?xml version="1.0"?>{LAUGHS}{RDF.format("&i;")}'.encode(), "DOCTYPE"),
    "external": (f'<?xml version="1.0"?>{EXTERNAL}{RDF.format("&e;")}'.encode(), "DOCTYPE"),
    "broken XML": (b"<?xml version='1.0'?><rdf:RDF>\n<x", "no XML: .* in line"),
    "remote context": (
        b'{"@context": "http://127.0.0.1:9/context.jsonld", "@id": "x"}',
        "nothing is fetched",
    ),
    "remote context, deep": (
        json.dumps({"@graph": [{"@context": [{}, {"a": {"@context": "http://x/"}}]}]}).encode(),
        "nothing is fetched",
    ),
    "imported context": (
        b'{"@context": {"@version": 1.1, "@import": "http://x/"}}',
        "nothing is fetched",
    ),
    "plain JSON": (b'{"a": 1}', "JSON without a @context"),
    "deep JSON-LD": (b'{"@graph": ' + b"[" * DEEP + b"]" * DEEP + b"}", "nested too deeply"),
    "broken Turtle": (b"@prefix a: <http://a/> .\na:b a:c\n\n;;", "no turtle that can be read"),
    "no concepts": (b"@prefix a: <http://a/> .\na:b a:c a:d .\n", "holds no skos:Concept"),
    "YAML": (b"!!python/object/apply:os.system ['id']\n", "has no column"),
}


@pytest.mark.parametrize("name", TAXONOMIES)
def test_a_file_that_is_no_taxonomy_is_refused(refusal, name):
    content, words = TAXONOMIES[name]
    refusal(content, read_taxonomy).match(words)


@pytest.mark.parametrize("deep", ["turtle", "lines"])
def test_a_chain_of_thousands_is_read_without_recursion(tmp_path, deep):
    path = tmp_path / "file.dat"
    lines = "\n".join(" " * k + f"c{k}" for k in range(1_500))
    path.write_bytes(turtle(2_000) if deep == "turtle" else lines.encode())
    rows, faults = read_taxonomy(path)
    assert len(rows) + len(faults) >= 1_500


def test_concepts_in_a_ring_are_named(tmp_path):
    path = tmp_path / "file.dat"
    ring = b"<urn:c3> a skos:Concept ; skos:broader <urn:c0> .\n"
    labels = "".join(f"<urn:c{k}> skos:prefLabel 'L{k}' .\n" for k in range(4))
    path.write_bytes(turtle(3) + b"\n" + ring + labels.encode())
    rows, faults = read_taxonomy(path)
    assert not rows
    assert {f.problem for f in faults} == {"leads back to the category itself (a cycle)"}


@pytest.mark.parametrize("label", ["<b>bold</b>", "=1+1", "‮txet", "Café", "Cafe\u0301"])
def test_odd_labels_are_kept_in_every_shape(tmp_path, label):
    path = tmp_path / "file.dat"
    for content in (
        f"[Subject]\nA | {label}\n",
        f"level 1,code\n{label},A\n",
        f'@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n'
        f'<urn:x:A> a skos:Concept ; skos:prefLabel "{label}" .\n',
    ):  # fmt: skip
        path.write_text(content)
        ((row,), faults) = read_taxonomy(path)
        assert (row.code, row.label, list(faults)) == ("A", label, [])
