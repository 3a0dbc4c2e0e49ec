"""Texts out of a request's body, and answers into a response: JSON, JSON lines, CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.backends.kept_model import Kept
from classifier.ml.text import Corpus

JSON, CSV = "application/json", "text/csv"
JSON_LINES = "application/jsonlines"
SAME = {"application/x-jsonlines": JSON_LINES, "application/x-ndjson": JSON_LINES}
FORMS = (JSON, JSON_LINES, CSV)
USUAL_K, MOST_K = 10, 100
TEXT_KEYS = ("source", "text")  # of SageMaker's manifests, and ours


class BadRequest(Exception):
    """The request cannot be answered; ``status`` is HTTP's, the message is for its sender."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Question:
    """``texts``: as the model reads grants. ``k``: how many categories of each at most."""

    texts: list[str]
    k: int


def form_of(content_type: str) -> str:
    """The form that a header names.

    Raises
    ------
    BadRequest
        415 for one that is not read, or none at all.
    """
    name = content_type.partition(";")[0].strip().lower()
    form = SAME.get(name, name)
    if form not in FORMS:
        said = repr(name) if name else "none"
        raise BadRequest(415, f"The content type is {said}. Send {', '.join(FORMS)}.")
    return form


def wanted_form(accept: str, given: str) -> str:
    """The form of the response: that of the request unless another is asked for; 406 if unknown."""
    for part in accept.lower().split(","):
        name = part.partition(";")[0].strip()
        if name in ("", "*/*", "application/*"):
            return given
        if (form := SAME.get(name, name)) in FORMS:
            return form
    raise BadRequest(406, f"{accept!r} is not written. Accept {', '.join(FORMS)}.")


def question_of(body: bytes, form: str) -> Question:
    """What is asked.

    Raises
    ------
    BadRequest
        400 with the place where the body is wrong, and never its text.
    """
    try:
        words = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(400, f"The body is no UTF-8: byte {error.start + 1}.") from error
    found = READERS[form](words)
    if not found.texts:
        raise BadRequest(400, "There is no text in the body.")
    return found


def _of_json(words: str) -> Question:
    content = _json(words, "the body")
    if not isinstance(content, dict) or not isinstance(content.get("instances"), list):
        raise BadRequest(400, 'The body is no object with a list "instances".')
    configuration = content.get("configuration", {})
    k = configuration.get("k", USUAL_K) if isinstance(configuration, dict) else None
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MOST_K:
        raise BadRequest(400, f"configuration.k is no number from 1 to {MOST_K}.")
    instances = content["instances"]
    return Question([_text(one, f"instances[{at}]") for at, one in enumerate(instances)], k)


def _of_lines(words: str) -> Question:
    lines = [(n, line) for n, line in enumerate(words.split("\n"), start=1) if line.strip()]
    texts = [_text(_json(line, f"line {n}"), f"line {n}") for n, line in lines]
    return Question(texts, USUAL_K)


def _of_csv(words: str) -> Question:
    """A row a text; several columns, such as title and description, are read as lines of one."""
    try:
        rows = list(csv.reader(io.StringIO(words, newline=""), strict=True))
    except csv.Error as error:
        raise BadRequest(400, f"The body is no CSV: {error}.") from error
    texts = [_joined(row) for row in rows if row]
    for number, text in enumerate(texts, start=1):
        if not text:
            raise BadRequest(400, f"Row {number} has no text.")
    return Question(texts, USUAL_K)


READERS: dict[str, Callable[[str], Question]] = {
    JSON: _of_json,
    JSON_LINES: _of_lines,
    CSV: _of_csv,
}


def _json(words: str, place: str) -> Any:
    try:
        return json.loads(words)
    except RecursionError as error:
        raise BadRequest(400, f"{place} is nested too deeply.") from error
    except ValueError as error:
        at = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        raise BadRequest(400, f"{place} is no JSON{at}.") from error


def _text(given: Any, place: str) -> str:
    """A string, or an object with a text, or with title and description."""
    found: Any = given
    if isinstance(given, dict):
        found = next((given[key] for key in TEXT_KEYS if key in given), None)
        if found is None:
            parts = [given.get("title", ""), given.get("description", "")]
            found = _joined(parts) if all(isinstance(part, str) for part in parts) else None
    if not isinstance(found, str) or not found.strip():
        raise BadRequest(
            400, f'{place} has no text. Give a string, or an object with "source" or "text".'
        )
    # Half a character, which JSON can spell, would break the rules' reader.
    return found.encode("utf-8", "replace").decode()


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part.strip())


@dataclass(frozen=True)
class Answer:
    """One category of one text; ``probability`` is calibrated, ``ticked`` past its threshold.

    ``needs_person``: as sure as a ticked one, and sensitive, so that only a person ticks it.
    """

    code: str
    label: str
    probability: float
    ticked: bool
    needs_person: bool


def answers_to(question: Question, kept: Kept) -> list[list[Answer]]:
    """For each text its k likeliest categories, the likeliest first; all texts in one batch."""
    nobody = [""] * len(question.texts)
    proba = kept.model.predict_proba(Corpus(question.texts, nobody, nobody))
    ticked = kept.model.decide(proba)
    order = np.argsort(-proba, axis=1, kind="stable")[:, : question.k]
    return [
        [_answer(kept, column, row, marks) for column in columns]
        for columns, row, marks in zip(order, proba, ticked, strict=True)
    ]


def _answer(kept: Kept, column: int, row: NDArray[np.float32], marks: NDArray[np.bool_]) -> Answer:
    category = kept.categories[column]
    probability, is_sure = round(float(row[column]), 6), bool(marks[column])
    is_sensitive = kept.is_sensitive(category)
    return Answer(
        code=category.code,
        label=category.label,
        probability=probability,
        ticked=is_sure and not is_sensitive,
        needs_person=is_sure and is_sensitive,
    )


def body_of(answers: list[list[Answer]], form: str) -> bytes:
    """The response's body.

    CSV has a row a text: codes, probabilities, ticks, each joined by ";".
    """
    if form == CSV:
        return _csv(answers)
    told = [{"categories": [vars(answer) for answer in one]} for one in answers]
    if form == JSON_LINES:
        return b"".join(_dumped(one) + b"\n" for one in told)
    return _dumped({"predictions": told})


def _csv(answers: list[list[Answer]]) -> bytes:
    out = io.StringIO(newline="")
    lines = csv.writer(out, lineterminator="\n")
    for one in answers:
        columns = (
            (answer.code for answer in one),
            (f"{answer.probability:.6g}" for answer in one),
            ("1" if answer.ticked else "0" for answer in one),
        )
        lines.writerow([";".join(column) for column in columns])
    return out.getvalue().encode()


def _dumped(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
