"""Bodies in three forms become texts, and what is wrong with one is said with its place."""

import csv
import io
import json
from dataclasses import replace

import pytest

from classifier.backends.container_faults import without_texts
from classifier.backends.container_requests import (
    BadRequest,
    answers_to,
    body_of,
    form_of,
    question_of,
    wanted_form,
)
from classifier.backends.container_serving import Serving
from classifier.backends.kept_model import Kept
from classifier.backends.protocol import Snapshot
from classifier.backends.scikit_learn import CLASSICAL
from tests.classifier.backends.test_options import labelled
from tests.classifier.ml.examples import topic_categories, topic_grants

JSON, LINES, CSV = "application/json", "application/jsonlines", "text/csv"


@pytest.mark.parametrize(
    ("form", "body"),
    [
        (JSON, '{"instances": ["A choir", {"text": "river"}, {"source": "vet"}]}'),
        (LINES, '{"source": "A choir"}\n\n{"text": "river"}\n"vet"\n'),
        (CSV, '"A choir"\r\nriver\r\nvet\r\n'),
        (CSV, "\ufeffA choir\nriver\nvet"),
    ],
)
def test_three_forms_ask_the_same(form, body):
    assert question_of(body.encode(), form).texts == ["A choir", "river", "vet"]


def test_title_and_description_are_read_as_a_grants_are():
    body = json.dumps({"instances": [{"title": "Choir", "description": "Songs"}]})
    assert question_of(body.encode(), JSON).texts == ["Choir\nSongs"]
    assert question_of(b"Choir,Songs\n", CSV).texts == ["Choir\nSongs"]


@pytest.mark.parametrize(
    ("form", "body", "said"),
    [
        (JSON, b"{", "the body is no JSON at character 2"),
        (JSON, b"[1]", 'no object with a list "instances"'),
        (JSON, b"[" * 100_000, "nested too deeply"),
        (JSON, b'{"instances": []}', "There is no text"),
        (JSON, b'{"instances": ["a", 7]}', "instances[1] has no text"),
        (JSON, b'{"instances": ["a", {"source": " "}]}', "instances[1] has no text"),
        (JSON, b'{"instances": ["a", {"title": 5}]}', "instances[1] has no text"),
        (JSON, b'{"instances": ["a"], "configuration": {"k": 0}}', "configuration.k is no number"),
        (JSON, b'{"instances": ["a"], "configuration": {"k": true}}', "configuration.k is no"),
        (JSON, b'{"instances": ["a"], "configuration": []}', "configuration.k is no number"),
        (JSON, b"\xff", "no UTF-8: byte 1"),
        (LINES, b'"a"\n{"b"\n', "line 2 is no JSON"),
        (LINES, b'"a"\n{"b":1}\n', "line 2 has no text"),
        (CSV, b'a\n" "\n', "Row 2 has no text"),
        (CSV, b'"a', "The body is no CSV"),
        (CSV, b"", "There is no text"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(form, body, said):
    with pytest.raises(BadRequest) as caught:
        question_of(body, form)
    assert caught.value.status == 400
    assert said in str(caught.value)


def test_forms_are_told_by_their_headers():
    assert form_of("Application/JSON; charset=utf-8") == JSON
    assert form_of("application/x-ndjson") == LINES
    assert wanted_form("", CSV) == wanted_form("*/*", CSV) == CSV
    assert wanted_form("text/html, application/x-jsonlines;q=0.9", JSON) == LINES
    for unknown in ("text/html", "", "application/x-recordio-protobuf"):
        with pytest.raises(BadRequest) as caught:
            form_of(unknown)
        assert caught.value.status == 415
    with pytest.raises(BadRequest) as caught:
        wanted_form("image/png", JSON)
    assert caught.value.status == 406


@pytest.fixture(scope="module")
def kept():
    texts, y = topic_grants(60)
    snapshot = Snapshot(topic_categories(), labelled(texts, y), texts)
    model = CLASSICAL["complement_naive_bayes"].fit(snapshot)
    return Kept(model, model.categories, "complement_naive_bayes")


def test_answers_are_the_models_likeliest_in_each_form(kept):
    body = (
        b'{"instances": ["river and pond", "a \\ud800 choir concert"], "configuration": {"k": 2}}'
    )
    question = question_of(body, JSON)
    answers = answers_to(question, kept)
    told = json.loads(body_of(answers, JSON))["predictions"]
    assert [one["categories"][0]["code"] for one in told] == ["WATER", "MUSIC"]
    assert all(len(one["categories"]) == 2 for one in told)
    first = told[0]["categories"]
    assert first[0]["label"] == "Labelwater"
    assert first[0]["probability"] > first[1]["probability"]
    assert first[0]["ticked"] is True
    lines = body_of(answers, LINES).decode().splitlines()
    assert [json.loads(line) for line in lines] == told
    row = body_of(answers, CSV).decode().splitlines()[0].split(",")
    assert row[0].split(";") == [one["code"] for one in first]
    assert [float(p) for p in row[1].split(";")] == pytest.approx(
        [one["probability"] for one in first], abs=1e-6
    )
    assert row[2].split(";") == ["1" if one["ticked"] else "0" for one in first]


def test_a_sensitive_category_and_all_below_it_are_left_to_people(kept):
    below = [replace(one, ancestors=("ARTS",)) for one in kept.categories if one.code == "MUSIC"]
    categories = [one if one.code != "MUSIC" else below[0] for one in kept.categories]
    question = question_of(b'{"instances": ["a choir concert", "river and pond"]}', JSON)
    before = answers_to(question, kept)
    marked = replace(kept, categories=categories, sensitive=frozenset({"ARTS"}))
    after = answers_to(question, marked)
    assert [(one[0].ticked, one[0].needs_person) for one in before] == [(True, False)] * 2
    assert [(one[0].ticked, one[0].needs_person) for one in after] == [(False, True), (True, False)]
    row, _ = csv.reader(io.StringIO(body_of(after, CSV).decode()))
    assert "1" not in row[2]


def test_what_fails_is_logged_without_the_text(kept, caplog):
    status = []
    broken = Serving(replace(kept, model=None), 1000)
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/invocations", "CONTENT_TYPE": JSON,
        "wsgi.input": io.BytesIO(b'{"instances": ["a private choir"]}'),
    }  # fmt: skip
    (body,) = broken(environ, lambda line, headers: status.append(line))
    assert status == ["500 Internal Server Error"]
    assert b"our fault" in body
    assert "AttributeError at" in caplog.text
    assert "private choir" not in caplog.text


def test_an_errors_own_words_are_not_told():
    try:
        int("a private choir")
    except ValueError as error:
        said = without_texts(error)
    assert said.startswith("ValueError at test_container_requests.py:")
    assert "choir" not in said
