"""BlazingText's augmented manifest goes out with its class map, and comes back by it."""

import json

import pytest
from django.core.management import CommandError
from hypothesis import given

from classifier.augmented_manifests import (
    UnfitClassMap,
    class_map_of,
    read,
    read_class_map,
    read_label_map,
    write,
)
from classifier.interchange import LabelledRow, UnreadableLine, pieces_of
from tests.classifier.demonstration_files import Grants
from tests.classifier.test_interchange import CODES, categories_of, convert, rows


@given(given=rows(CODES))
def test_categories_and_words_come_back_by_the_class_map(given):
    classes = read_class_map(json.dumps(class_map_of(CODES)), CODES)
    lines = list(write(given, classes))
    assert all("\n" not in line for line in lines)
    found = list(read(lines, classes))
    assert [row.categories for row in found] == [row.categories for row in given]
    assert [row.text.split(" ") for row in found] == [pieces_of(row.text) for row in given]


def test_a_line_is_what_blazingtext_asks_for():
    [line] = write(
        [LabelledRow("G-1", "A choir, for all", "", ("A|B", "50%"))], class_map_of(CODES)
    )
    assert json.loads(line) == {"source": "a choir , for all", "label": [2, 4]}


def test_a_single_number_may_stand_alone():
    [found] = read(['{"source": "a choir", "label": 1}'], {"1": "MUSIC"})
    assert found == LabelledRow("", "a choir", "", ("MUSIC",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it is no JSON"),
        ("[]", "it is no object"),
        ("{}", "it is no object"),
        ('{"one": "plain"}', "'one' is no number"),
        (f'{{"{"9" * 5_000}": "plain"}}', "is no number"),
        ('{"01": "plain"}', "'01' is no number"),
        ('{"1": "NOWHERE"}', "its number 1 is 'NOWHERE', which is no category of the taxonomy"),
        ('{"1": 7}', "its number 1 is 7, which is no category"),
        ('{"1": "plain", "2": "plain"}', "it names 'plain' twice, as 1 and as 2"),
    ],
)
def test_a_class_map_that_does_not_fit_says_which_number_or_category(text, said):
    with pytest.raises(UnfitClassMap, match=said):
        read_class_map(text, CODES)


def test_labels_mean_what_a_class_map_or_the_file_of_unpack_fasttext_says():
    assert read_label_map('{"7": "plain"}', CODES) == {"7": "plain"}
    unpacked = {"sha256": "…", "labels": {"__label__7": "plain", "__label__A%20B": "RETIRED"}}
    assert read_label_map(json.dumps(unpacked), CODES) == {"7": "plain", "A B": "RETIRED"}
    for text in ('{"labels": []}', '{"labels": {"__label__7": 7}}'):
        with pytest.raises(UnfitClassMap, match='its "labels" are no object'):
            read_label_map(text, CODES)
    with pytest.raises(UnfitClassMap, match="no category of the taxonomy"):
        read_label_map('{"7": "NOWHERE"}', CODES)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"source": 1, "label": [1]}', "line 1 has no text as its source"),
        ('{"source": "a"}', "line 1: its label is no list of whole numbers"),
        ('{"source": "a", "label": [true]}', "line 1: its label is no list of whole numbers"),
        ('{"source": "a", "label": ["1"]}', "line 1: its label is no list of whole numbers"),
        ('{"source": "a", "label": [1, 9]}', "line 1: the class map does not name 9"),
        ("[]", "line 1 is no JSON object"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line, said):
    with pytest.raises(UnreadableLine, match=said):
        list(read([line], {"1": "plain"}))


def test_a_category_without_a_number_is_named():
    with pytest.raises(UnfitClassMap, match="no number for 'plain'"):
        list(write([LabelledRow("", "A choir", "", ("plain",))], {"1": "C,1"}))


def test_the_command_writes_the_map_once_and_keeps_to_it(tmp_path):
    grants = Grants()
    names = ("grants.csv", "there", "again.csv", "classes.json")
    source, there, again, classes = (tmp_path / name for name in names)
    source.write_bytes(grants.file(grants.labelled[:30]))
    out = ["--from", "grants", "--to", "augmented-manifest", source, there]
    back = ["--from", "augmented-manifest", "--to", "grants", there, again]
    with pytest.raises(CommandError, match="name their --class-map"):
        convert(*out)
    convert(*out, "--class-map", classes)
    convert(*back, "--class-map", classes)
    assert categories_of(again) == categories_of(source)

    numbers = json.loads(classes.read_text())
    turned = dict(zip(numbers, reversed(numbers.values()), strict=True))
    classes.write_text(json.dumps(turned))
    before = there.read_text()
    convert(*out, "--class-map", classes)
    assert there.read_text() != before and json.loads(classes.read_text()) == turned
    convert(*back, "--class-map", classes)
    assert categories_of(again) == categories_of(source)


def test_the_command_names_the_map_that_does_not_fit(tmp_path):
    there, classes = tmp_path / "there", tmp_path / "classes.json"
    there.write_text('{"source": "a choir", "label": [1]}\n')
    back = ["--from", "augmented-manifest", "--to", "grants", there, tmp_path / "again.csv"]
    with pytest.raises(CommandError, match=r"classes\.json cannot be opened"):
        convert(*back, "--class-map", classes)
    classes.write_text('{"1": "NOWHERE"}')
    with pytest.raises(CommandError, match=r"classes\.json: its number 1 is 'NOWHERE'"):
        convert(*back, "--class-map", classes)
    classes.write_bytes(b"\xff")
    with pytest.raises(CommandError, match=r"classes\.json: it is no UTF-8"):
        convert(*back, "--class-map", classes)
