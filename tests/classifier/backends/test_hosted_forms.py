"""Texts become the lines that a model reads, and its lines become claims or a clear fault."""

import json

import pytest

from classifier.backends.hosted_forms import (
    BLAZINGTEXT,
    CONTAINER,
    FORMS,
    JSON_LINES,
    TOP,
    Claim,
    UnreadableAnswer,
)
from classifier.interchange import FORMS as LABELLED_FORMS
from classifier.interchange import LabelledRow


def test_blazingtext_is_asked_in_the_words_it_was_taught():
    text = "Choirs: for ALL\n__label__X ages, 5–9"
    (line,) = LABELLED_FORMS["fasttext"].write([LabelledRow("G", text, "", ("MUSIC",))], ["MUSIC"])
    asked = json.loads(FORMS[BLAZINGTEXT].ask(text))
    assert f"__label__MUSIC {asked['source']}" == line
    assert asked["k"] == TOP


def test_blazingtext_names_codes_as_they_were_sent_likeliest_first():
    line = '{"prob": [0.2, 1.0000001], "label": ["__label__A%20B", "__label__MUSIC"]}'
    assert FORMS[BLAZINGTEXT].read(line) == [Claim("MUSIC", 1.0, None), Claim("A B", 0.2, None)]


def test_the_container_says_what_it_is_sure_of_and_leaves_to_people():
    one = {"code": "A", "label": "a", "probability": 0.9, "ticked": False, "needs_person": True}
    two = {"code": "B", "label": "b", "probability": 0.8, "ticked": True}
    line = json.dumps({"categories": [one, two]})
    assert FORMS[CONTAINER].read(line) == [Claim("A", 0.9, True, True), Claim("B", 0.8, True)]
    assert json.loads(FORMS[CONTAINER].ask("A\nchoir")) == {"source": "A\nchoir"}
    assert "\n" not in FORMS[CONTAINER].ask("A\nchoir\u2028")


@pytest.mark.parametrize("form", [CONTAINER, BLAZINGTEXT])
@pytest.mark.parametrize(
    "line",
    [
        "{", "[]", "{}", '{"categories": {}}', '{"categories": [1]}', "[" * 100_000,
        '{"categories": [{"code": "A", "probability": 2, "ticked": true}]}',
        '{"categories": [{"code": "", "probability": 0.5, "ticked": true}]}',
        '{"categories": [{"code": "A", "probability": 0.5}]}',
        '{"label": ["__label__A"], "prob": []}', '{"label": ["__label__A"], "prob": ["0.5"]}',
        '{"label": [5], "prob": [0.5]}', '{"label": ["__label__A"], "prob": [NaN]}',
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(form, line):
    with pytest.raises(UnreadableAnswer):
        FORMS[form].read(line)


def test_a_blazingtext_model_answers_in_its_form(hosting, store, packed_blazingtext):
    store.s3.put_object(Bucket=store.bucket, Key="bt/model.tar.gz", Body=packed_blazingtext)
    model = {
        "PrimaryContainer": {
            "Image": "544295431143.dkr.ecr.ap-southeast-2.amazonaws.com/blazingtext:1",
            "ModelDataUrl": f"s3://{store.bucket}/bt/model.tar.gz",
        }
    }
    form = FORMS[BLAZINGTEXT]
    body = "\n".join([form.ask("river and pond"), form.ask("A choir concert")]).encode()
    status, _, answer = hosting.ask(model, JSON_LINES, body, JSON_LINES)
    assert status == 200
    first = [form.read(line)[0] for line in answer.decode().splitlines()]
    assert [claim.code for claim in first] == ["WATER", "MUSIC"]
    assert all(claim.is_sure is None and 0 < claim.score <= 1 for claim in first)
