"""Categories and grants out of files, without a database; what is refused, and in which words."""

import gzip

import numpy as np
import pytest

from classifier.labelled_files import UnusableFile, read_categories, read_grants

TAXONOMY = """\
facet,code,label,broader,definition,scope_note,alt_labels,include_pattern,exclude_pattern
Subject,AR1,Choirs,AR,,Singing,voices; singers,choirs?,
Subject,AR,Arts,,,,,,
Population,OLD,Older people,,,,,,
"""
GRANTS = """\
reference,title,description,amount_awarded,recipient_name,programme,categories
G-1,A choir,Songs,oops,Choir Inc,Arts round,AR1;OLD
G-2,A show,,,Shire,,AR
G-3,A lunch,Soup,,Shire,,
"""


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


@pytest.fixture
def categories(write):
    return read_categories(write("taxonomy.csv", TAXONOMY), pytest.fail)


def test_categories_come_in_the_order_of_the_file_with_all_above_them(categories):
    assert [category.code for category in categories] == ["AR1", "AR", "OLD"]
    assert categories[0].ancestors == ("AR",)
    assert categories[0].alt_labels == ("voices", "singers")
    assert categories[0].include_pattern == "choirs?"


@pytest.mark.parametrize("packed", [False, True])
def test_grants_are_read_plain_or_packed(write, categories, packed):
    path = write("grants.csv", gzip.compress(GRANTS.encode()) if packed else GRANTS)
    found = read_grants([path], categories)
    assert found.references == ["G-1", "G-2", "G-3"]
    assert list(found.corpus.texts) == ["A choir\nSongs", "A show", "A lunch\nSoup"]
    assert list(found.corpus.recipients) == ["Choir Inc", "Shire", "Shire"]
    assert found.corpus.batches[0] == "Arts round"
    assert found.y.tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
    assert found.y.dtype == np.int64


def test_a_facet_without_a_category_is_unanswered(write, categories):
    found = read_grants([write("grants.csv", GRANTS)], categories)
    assert found.known.tolist() == [[True] * 3, [True, True, False], [False] * 3]
    assert found.labelled_rows().tolist() == [0, 1]


def test_several_files_are_one(write, categories):
    more = GRANTS.replace("G-", "H-")
    found = read_grants([write("a.csv", GRANTS), write("b.csv", more)], categories)
    assert found.references == ["G-1", "G-2", "G-3", "H-1", "H-2", "H-3"]


def test_the_categories_of_unlabelled_texts_are_not_read(write, categories):
    path = write("more.csv", GRANTS.replace("AR1;OLD", "NOBODY KNOWS"))
    found = read_grants([path], categories, has_categories=False)
    assert len(found) == 3
    assert not found.known.any()


def refusal(paths, categories):
    with pytest.raises(UnusableFile) as caught:
        read_grants(paths, categories)
    return str(caught.value)


def test_an_unknown_category_is_named_with_file_and_row(write, categories):
    said = refusal([write("grants.csv", GRANTS.replace(",AR\n", ",AR;XX9\n"))], categories)
    assert said.startswith("grants.csv, row 3, categories: 'XX9' is no category of the taxonomy.")


def test_a_reference_that_comes_twice_is_named_with_both_places(write, categories):
    said = refusal([write("a.csv", GRANTS), write("b.csv", GRANTS)], categories)
    assert said.startswith("b.csv, row 2, reference: 'G-1' stands in a.csv, row 2 already.")


def test_a_missing_column_is_named(write, categories):
    said = refusal([write("grants.csv", "reference,title,description\nG-1,A,B\n")], categories)
    assert said.startswith("grants.csv has no column categories. Its columns are: reference,")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",Untitled,,,,,AR", "grants.csv, row 5, reference: '' is empty."),
        ("G-4,short", "grants.csv, row 5, row: 'G-4' has 2 cells where the header names 7."),
        ("G-4,\0,,,,,", "grants.csv, row 5, title: '␀' holds a NUL character."),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_its_value(write, categories, row, said):
    assert refusal([write("grants.csv", GRANTS + row + "\n")], categories) == said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "grants.csv is empty."),
        (gzip.compress(GRANTS.encode(), mtime=0)[:-20], "grants.csv is a damaged gzip file"),
        (GRANTS.encode("utf-16"), "grants.csv is UTF-16."),
        (GRANTS.replace(",", ";").encode(), "grants.csv parts its columns by semicolons."),
    ],
)
def test_a_file_that_is_no_such_table_is_named(write, categories, content, said):
    assert refusal([write("grants.csv", content)], categories).startswith(said)


def test_a_file_that_is_not_there_is_named(tmp_path, categories):
    assert "nowhere.csv cannot be opened: No such file" in refusal(
        [tmp_path / "nowhere.csv"], categories
    )
    with pytest.raises(UnusableFile, match=r"nowhere.csv cannot be opened"):
        read_categories(tmp_path / "nowhere.csv", pytest.fail)


def test_a_category_that_cannot_be_taken_is_named(write):
    orphan = TAXONOMY.replace(",Choirs,AR,", ",Choirs,ZZ,")
    with pytest.raises(UnusableFile, match=r"taxonomy.csv, row 2, broader: 'ZZ' is no category"):
        read_categories(write("taxonomy.csv", orphan), pytest.fail)


def test_a_refused_pattern_is_noted_and_the_category_stays(write):
    notes = []
    path = write("taxonomy.csv", TAXONOMY.replace("choirs?", "(?=x)"))
    found = read_categories(path, notes.append)
    assert len(found) == 3
    assert found[0].include_pattern == ""
    (note,) = notes
    assert note.startswith("taxonomy.csv, row 2, include_pattern: '(?=x)' is refused as a pattern")
