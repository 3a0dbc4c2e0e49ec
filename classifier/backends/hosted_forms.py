"""How a model in SageMaker is asked about many texts, and how it answers: a JSON line a text.

Sources: classifier/backends/container_requests.py for our own container; Amazon SageMaker developer
guide, "BlazingText algorithm", for the built-in one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from classifier.interchange import FORMS as LABELLED_FORMS
from classifier.interchange import LABEL, LabelledRow

CONTAINER, BLAZINGTEXT = "container", "blazingtext"
JSON_LINES = "application/jsonlines"
TOP = 10  # categories of a text; our container gives no more in this form


class UnreadableAnswer(Exception):
    """A model's answer is none of its form; the message says what is wrong, never the text."""


@dataclass(frozen=True)
class Claim:
    """One category of one text.

    ``is_sure``: past its threshold, whether or not it may be ticked; None where the model has no
    thresholds. ``is_sensitive``: the model was told that only a person ticks it.
    """

    code: str
    score: float
    is_sure: bool | None
    is_sensitive: bool = False


@dataclass(frozen=True)
class Form:
    """``ask`` makes a text its line; ``read`` makes an answer's line claims, likeliest first."""

    name: str
    ask: Callable[[str], str]
    read: Callable[[str], list[Claim]]
    is_calibrated: bool


def _ask_container(text: str) -> str:
    return json.dumps({"source": text})


def _read_container(line: str) -> list[Claim]:
    categories = _object(line).get("categories")
    if not isinstance(categories, list):
        raise UnreadableAnswer("an answer has no list of categories")
    return [_container_claim(one) for one in categories]


def _container_claim(one: Any) -> Claim:
    if not isinstance(one, dict) or not isinstance(one.get("ticked"), bool):
        raise UnreadableAnswer("a category of an answer does not say whether it is ticked")
    needs_person = one.get("needs_person") is True
    is_sure = one["ticked"] or needs_person
    return Claim(_code(one.get("code")), _score(one.get("probability")), is_sure, needs_person)


def _ask_blazingtext(text: str) -> str:
    # As the training lines are written, or the model would meet words it has never seen.
    (words,) = LABELLED_FORMS["fasttext"].write([LabelledRow("", text, "", ())], [])
    return json.dumps({"source": words, "k": TOP})


def _read_blazingtext(line: str) -> list[Claim]:
    found = _object(line)
    labels, scores = found.get("label"), found.get("prob")
    if not isinstance(labels, list) or not isinstance(scores, list) or len(labels) != len(scores):
        raise UnreadableAnswer("an answer has no labels, each with a probability")
    claims = [
        Claim(unquote(_code(label).removeprefix(LABEL)), _score(score), None)
        for label, score in zip(labels, scores, strict=True)
    ]
    return sorted(claims, key=lambda claim: -claim.score)


FORMS = {
    form.name: form
    for form in (
        Form(CONTAINER, _ask_container, _read_container, is_calibrated=True),
        Form(BLAZINGTEXT, _ask_blazingtext, _read_blazingtext, is_calibrated=False),
    )
}


def _object(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswer("an answer is no JSON") from error
    if not isinstance(found, dict):
        raise UnreadableAnswer("an answer is no JSON object")
    return found


def _code(given: Any) -> str:
    if not isinstance(given, str) or not given:
        raise UnreadableAnswer("an answer names a category by something that is no code")
    return given


def _score(given: Any) -> float:
    # fastText's softmax may come out a hair above 1.
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 1.001:
        raise UnreadableAnswer("an answer has a probability outside 0 to 1")
    return min(float(given), 1.0)
