"""Importing a taxonomy: what is wrong with a row or a file, in words that help to mend it."""

import time

import pytest

from annotation.errors import ImportRefused
from annotation.importers.recognise import read_taxonomy
from annotation.models import Category, Facet, Taxonomy
from annotation.services.import_taxonomy import import_taxonomy

pytestmark = pytest.mark.django_db
HEADER = "facet,code,label,broader,include_pattern\n"
GOOD = "S,A,Arts,,\n"


@pytest.fixture
def file(tmp_path):
    def file(content):
        path = tmp_path / "taxonomy.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return file


ROWS = {
    ",B,Books,,": "row 3, facet: '' is empty (left out)",
    "S,,Books,,": "row 3, code: '' is empty (left out)",
    "S,B, ,,": "row 3, label: '' is empty (left out)",
    "S,A/B,Books,,": "row 3, code: 'A/B' holds a slash, a semicolon or a control character "
    "(left out)",
    "S,A;B,Books,,": "row 3, code: 'A;B' holds a slash, a semicolon or a control character "
    "(left out)",
    '"S","A\tB",Books,,': "row 3, code: 'A\\tB' holds a slash, a semicolon or a control "
    "character (left out)",
    f"S,{'B' * 41},Books,,": f"row 3, code: '{'B' * 41}' is over 40 characters (left out)",
    f"{'S' * 61},B,Books,,": f"row 3, facet: '{'S' * 57}…' is over 60 characters or more than "
    "a line (left out)",
    f"S,B,{'b' * 201},,": f"row 3, label: '{'b' * 57}…' is over 200 characters or more than a "
    "line (left out)",
    'S,B,"Bo\noks",,': "row 3, label: 'Bo\\noks' is over 200 characters or more than a line "
    "(left out)",
    "S,A,Again,,": "row 3, code: 'A' stands in row 2 already (left out)",
    "S,a,Again,,": "row 3, code: 'a' differs from 'A' of row 2 in its writing only (left out)",
    "S,B,ARTS,,": "row 3, label: 'ARTS' is the label of its sibling 'A' in row 2, too (note)",
    "s,B,Books,,": "row 3, facet: 's' is taken for 'S' of row 2 (note)",
    "S,B,Books,X,": "row 3, broader: 'X' is no category of this file, or was left out itself "
    "(left out)",
    "T,B,Books,A,": "row 3, broader: 'A' is a parent in another facet, 'S' (left out)",
    "S,B,Books,B,": "row 3, broader: 'B' leads back to the category itself (a cycle) (left out)",
    "S,B,Books,,(": "row 3, include_pattern: '(' is refused as a pattern (missing ): (); the "
    "category has no such rule (note)",
    "S,B,Books,,(?=a)": "row 3, include_pattern: '(?=a)' is refused as a pattern (invalid perl "
    "operator: (?=); the category has no such rule (note)",
    "S,B,Books,,(a)\\1": "row 3, include_pattern: '(a)\\\\1' is refused as a pattern (invalid "
    "escape sequence: \\1); the category has no such rule (note)",
    "S,B,Books": "row 3, row: 'S' has 3 cells where the header names 5 (left out)",
    "S,B,Books,,,,": "row 3, row: 'S' has 7 cells where the header names 5 (left out)",
    'S,B,"Bo"oks,,': "row 3, row: '' cannot be read: ',' expected after '\"' (left out)",
    'S,B,"Books,,': "row 3, row: '' cannot be read: unexpected end of data (left out)",
    "S,B,Bo\0oks,,": "row 3, label: 'Bo␀oks' holds a NUL character (left out)",
}


@pytest.mark.parametrize("row", ROWS)
def test_a_bad_row_is_named_and_does_not_lose_the_file(file, row):
    result = import_taxonomy(file(HEADER + GOOD + row + "\n"))
    assert [str(fault) for fault in result.faults] == [ROWS[row]]
    assert Category.objects.filter(code="A", label="Arts").exists()
    is_note = "(note)" in ROWS[row]
    assert (result.n_created, len(Category.objects.filter(code="B"))) == (1 + is_note, is_note)


def test_bytes_that_are_not_utf_8_lose_their_row_only(file):
    result = import_taxonomy(file((HEADER + GOOD).encode() + b"S,B,Caf\xe9s,,\n"))
    assert [str(fault) for fault in result.faults] == [
        "row 3, label: 'Caf?s' holds the byte 0xE9, not UTF-8 (left out)"
    ]


def test_a_cycle_is_refused_and_so_is_what_hangs_on_it(file):
    rows = "S,B,b,C,\nS,C,c,D,\nS,D,d,B,\nS,E,e,D,\n"
    result = import_taxonomy(file(HEADER + GOOD + rows))
    assert [(f.row, f.problem) for f in result.faults] == [
        (3, "leads back to the category itself (a cycle)"),
        (4, "leads back to the category itself (a cycle)"),
        (5, "leads back to the category itself (a cycle)"),
        (6, "is part of a cycle"),
    ]
    assert Category.objects.count() == 1


def test_a_wrong_parent_takes_its_children_along(file):
    result = import_taxonomy(file(HEADER + GOOD + "T,B,b,A,\nT,C,c,B,\n"))
    assert [(f.row, f.problem) for f in result.faults] == [
        (3, "is a parent in another facet, 'S'"),
        (4, "is no category of this file, or was left out itself"),
    ]


def test_a_category_with_a_refused_pattern_has_none(file):
    import_taxonomy(file(HEADER + "S,A,Arts,,(a+\n"))
    assert Category.objects.get().include_pattern == ""


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", r"(\w+\s?)*$", "(.*){50}", "|".join("abcdefgh" * 200), "x*"]
)
def test_patterns_that_ruin_other_engines_are_taken(file, pattern):
    assert not import_taxonomy(file(f'{HEADER}S,A,Arts,,"{pattern}"\n')).faults


@pytest.mark.parametrize("pattern", ["(?:a{1000}){1000}", "a" * 5001])
def test_patterns_too_large_are_refused(file, pattern):
    assert import_taxonomy(file(f'{HEADER}S,A,Arts,,"{pattern}"\n')).faults[0].is_warning


@pytest.mark.parametrize(
    "label", ["<b>Arts</b>", "=1+1", "‮Arts", "Cafe\u0301s", "🎭", "{{ 7*7 }}", "Ärts & Krafts"]
)
def test_odd_labels_are_kept_as_they_are(file, label):
    import_taxonomy(file(f"{HEADER}S,A,{label},,\n"))
    assert Category.objects.get().label == label


FILES = {
    "": "taxonomy.csv is empty. Its first row must name the columns.",
    "\n\n": "taxonomy.csv is empty. Its first row must name the columns.",
    ",,\n": "taxonomy.csv is empty. Its first row must name the columns.",
    HEADER: "taxonomy.csv holds no category that can be taken.",
    HEADER + "S,,x,,\n": "taxonomy.csv holds no category that can be taken. row 2, code: '' is "
    "empty (left out)",
    "facet,code\n": "taxonomy.csv has no column label. Its columns are: facet, code.",
    "facet;code;label\nS;A;Arts\n": "taxonomy.csv parts its columns by semicolons. Save it as "
    "CSV with commas.",
    "facet,code,label,label\n": "taxonomy.csv has the column 'label' twice. Rename one.",
    "facet,code,label,parent\n": "taxonomy.csv has the column 'parent', which is not known. The "
    "known columns are: alt_labels, broader, code, definition, exclude_pattern, facet, "
    "include_pattern, label, scope_note.",
    '"facet,code,label\n': "taxonomy.csv: the header cannot be read: unexpected end of data.",
    "facet\0,code,label\n": "taxonomy.csv holds a NUL in its header; is it a CSV file?",
    (HEADER + GOOD).encode("utf-16"): "taxonomy.csv is UTF-16. Save it as CSV UTF-8.",
    (HEADER + GOOD).encode("utf-16-be"): "taxonomy.csv holds a NUL in its header; is it a CSV "
    "file?",
    b"facet,code,label,\xe9\n": "taxonomy.csv is not UTF-8. Save it as CSV UTF-8.",
}


@pytest.mark.parametrize("content", FILES)
def test_a_file_that_is_no_taxonomy_is_refused_in_words(file, content):
    with pytest.raises(ImportRefused) as refusal:
        import_taxonomy(file(content))
    assert str(refusal.value) == FILES[content]
    assert not Taxonomy.objects.exists()


@pytest.mark.parametrize("n", [10_000, 10_001])
def test_more_categories_than_can_be_worked_with_are_refused(file, n):
    path = file(HEADER + "".join(f"S,{k},Label {k},,\n" for k in range(n)))
    if n == 10_000:
        assert import_taxonomy(path).n_created == Category.objects.count() == n
        return
    with pytest.raises(ImportRefused, match=r"holds 10,001 categories; at most 10,000 can be"):
        import_taxonomy(path)
    assert not Taxonomy.objects.exists()


@pytest.mark.parametrize("label", ["Caf\u00e9", "Cafe\u0301", "CAFE\u0301"])
def test_siblings_of_one_name_however_it_is_stored_are_noted(file, label):
    (fault,) = import_taxonomy(
        file(f"{HEADER}S,A,Caf\u00e9,,\nS,B,{label},,\nS,C,Caf\u00e9,A,\n")
    ).faults
    assert (fault.row, fault.is_warning) == (3, True)


def test_a_facet_that_is_stored_in_another_writing_is_that_one(file):
    import_taxonomy(file("facet,code,label\nSubject,A,Arts\n"))
    import_taxonomy(file("facet,code,label\nsubject,A,Arts\nSUBJECT,B,Books\n"))
    assert Facet.objects.get().categories.count() == 2


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ImportRefused, match="cannot be opened: Is a directory"):
        import_taxonomy(tmp_path)


@pytest.mark.parametrize("rows", ["a chain, deepest first", "one cycle", "fifty thousand leaves"])
def test_trees_of_any_shape_are_read_within_seconds(file, rows):
    size = {"fifty thousand leaves": 50_000}.get(rows, 5_000)
    parent = {
        "a chain, deepest first": lambda n: n + 1 if n + 1 < size else "",
        "one cycle": lambda n: (n + 1) % size,
        "fifty thousand leaves": lambda n: "",
    }[rows]
    content = HEADER + "".join(f"S,{n},Label {n},{parent(n)},\n" for n in range(size))
    path, began = file(content), time.process_time()
    taken, faults = read_taxonomy(path)
    assert len(taken) + len(faults) == size
    assert time.process_time() - began < 5
