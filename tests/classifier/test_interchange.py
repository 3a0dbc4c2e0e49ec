"""Labelled texts go to the forms of other tools and come back as they were."""

import csv
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from classifier.interchange import FORMS, PIECES, LabelledRow, UnreadableLine
from tests.classifier.demonstration_files import TAXONOMY, Grants

# Hostile on purpose: signs that end lines, quote, part, or look like labels.
WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00") | st.sampled_from('"|,;\r\n_%\u2028'),
    max_size=30,
)
CODES = ["SP 01", "A|B", "Größe", "50%", "__label__x", "C,1", "plain"]
SAFE = [code for code in CODES if "|" not in code]


def rows(codes):
    return st.lists(
        st.builds(
            LabelledRow,
            st.just("G-1"),
            # A title is one line, and something has to be there to read.
            WORDS.map(lambda words: "Title " + " ".join(words.split())),
            WORDS,
            st.lists(st.sampled_from(codes), min_size=1, unique=True).map(tuple),
        ),
        max_size=4,
    )


def back(form, given, codes):
    """What comes back from a file of this form."""
    written = StringIO("".join(line + "\n" for line in form.write(given, codes)), newline="")
    return list(form.read(written))


@pytest.mark.parametrize("name", ["ground-truth", "jsonl"])
@given(given=rows(CODES))
def test_what_has_a_place_for_everything_brings_everything_back(name, given):
    assert back(FORMS[name], given, CODES) == given


@given(given=rows(SAFE))
def test_comprehend_brings_back_categories_and_words(given):
    found = back(FORMS["comprehend"], given, SAFE)
    assert [row.categories for row in found] == [row.categories for row in given]
    assert [row.text for row in found] == [" ".join(row.text.split()) for row in given]


@given(given=rows(CODES))
def test_fasttext_brings_back_categories_and_words_in_lower_case(given):
    found = back(FORMS["fasttext"], given, CODES)
    assert [row.categories for row in found] == [row.categories for row in given]
    words = [[p.lower().lstrip("_") for p in PIECES.findall(row.text)] for row in given]
    assert [row.text.split() for row in found] == [" ".join(w).split() for w in words]
    again = [line.encode() for line in FORMS["fasttext"].write(found, CODES)]
    assert again == [line.encode() for line in FORMS["fasttext"].write(given, CODES)]


def test_a_word_of_a_grant_never_becomes_a_label():
    [line] = FORMS["fasttext"].write([LabelledRow("", "__label__plain here", "", ("C,1",))], CODES)
    assert line == "__label__C%2C1 label__plain here"


def test_a_manifest_as_ground_truth_writes_it_is_read():
    line = {
        "source": "A choir\nfor singers",
        "labels": [1, 0],
        "labels-metadata": {
            "job-name": "labeling-job/x",
            "class-map": {"1": "MUSIC", "0": "YOUTH"},
            "confidence-map": {"1": 0.95, "0": 0.77},
            "human-annotated": "yes",
            "creation-date": "2020-02-27T21:36:25.000201",
            "type": "groundtruth/text-classification-multilabel",
        },
    }
    [found] = FORMS["ground-truth"].read([json.dumps(line)])
    assert found == LabelledRow("", "A choir", "for singers", ("MUSIC", "YOUTH"))


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("ground-truth", "{", "line 1 is no JSON"),
        ("ground-truth", "[]", "line 1 is no JSON object"),
        ("ground-truth", '{"source-ref": "s3://b/k"}', "lies in S3"),
        ("ground-truth", '{"source": "a"}', "line 1 has 0 multi-label results"),
        (
            "ground-truth",
            '{"source": "a", "l": [7], "l-metadata": {"class-map": {"1": "A"}, '
            '"type": "groundtruth/text-classification-multilabel"}}',
            "its class-map does not name 7",
        ),
        ("jsonl", '{"text": "a", "categories": [1]}', "its categories are no list of codes"),
        ("jsonl", '{"title": 5, "categories": []}', "have to be texts"),
        ("fasttext", "only words", "line 1 has no __label__"),
        ("comprehend", "A,text,more", "row 1 has 3 columns"),
        ("comprehend", '"A', "it is no CSV"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(name, line, said):
    with pytest.raises(UnreadableLine, match=said):
        list(FORMS[name].read(StringIO(line + "\n", newline="")))


def test_comprehend_has_no_place_for_a_code_with_its_own_sign():
    with pytest.raises(ValueError, match=r"'A\|B' holds the sign"):
        list(FORMS["comprehend"].write([], CODES))


def convert(*words):
    out, err = StringIO(), StringIO()
    named = ["--taxonomy", TAXONOMY, *words]
    call_command("convert_labels", *map(str, named), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def categories_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return [row["categories"] for row in csv.DictReader(file)]


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
def test_grants_go_out_and_come_back_as_a_file_that_can_be_imported(form, tmp_path):
    grants = Grants()
    empty = [[*row] for row in grants.labelled[40:42]]
    for row in empty:
        row[grants.column] = ""
    source, there, again = (tmp_path / name for name in ("grants.csv", "there", "again.csv"))
    source.write_bytes(grants.file([*grants.labelled[:40], *empty]))
    said, noted = convert("--from", "grants", "--to", form.name, source, there)
    kept = 42 if form.keeps_empty else 40
    assert f"Wrote {kept} texts to there." in said
    assert ("2 texts without a category are left out" in noted) is not form.keeps_empty
    convert("--from", form.name, "--to", "grants", there, again)
    assert categories_of(again) == categories_of(source)[:kept]
    with again.open(newline="", encoding="utf-8") as file:
        references = [row["reference"] for row in csv.DictReader(file)]
    assert len(set(references)) == kept


def test_classes_may_be_named_by_their_labels_and_unknown_ones_are_told(tmp_path):
    with TAXONOMY.open(newline="", encoding="utf-8") as file:
        category = next(csv.DictReader(file))
    source, target = tmp_path / "in.txt", tmp_path / "out.csv"
    source.write_text(f'{{"text": "A choir", "categories": ["{category["label"]}"]}}\n')
    convert("--from", "jsonl", "--to", "grants", source, target)
    assert categories_of(target) == [category["code"]]
    source.write_text('{"text": "A choir", "categories": ["Nowhere"]}\n')
    with pytest.raises(CommandError, match=r"in.txt, text 1: 'Nowhere' names no category"):
        convert("--from", "jsonl", "--to", "grants", source, target)
    source.write_bytes(b"\xff")
    with pytest.raises(CommandError, match=r"in.txt: it is no UTF-8"):
        convert("--from", "jsonl", "--to", "grants", source, target)
