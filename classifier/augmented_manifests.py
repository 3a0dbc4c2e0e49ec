"""BlazingText's augmented manifest: a JSON object a line, categories as numbers, and their map.

Source: Amazon SageMaker developer guide, "BlazingText" ("Train with augmented manifest text
format").
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from classifier.interchange import (
    LabelledRow,
    UnreadableLine,
    code_of,
    json_line,
    objects,
    pieces_of,
)

NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")


class UnfitClassMap(Exception):
    """A class map cannot be used; the message says which number or category is wrong."""


def class_map_of(codes: Sequence[str]) -> dict[str, str]:
    """Numbers from 1, in the order of the taxonomy: ``{"1": "AN", "2": "AN101"}``."""
    return {str(number): code for number, code in enumerate(codes, start=1)}


def read_class_map(text: str, codes: Sequence[str]) -> dict[str, str]:
    """The map that a file holds: each number's category.

    Raises
    ------
    UnfitClassMap
        If it is no map of numbers to different categories of the taxonomy.
    """
    found = _json(text)
    if not isinstance(found, dict) or not found:
        raise UnfitClassMap('it is no object such as {"1": "AN"}.')
    offered = set(codes)
    numbers: dict[str, str] = {}
    for number, code in found.items():
        if not NUMBER.fullmatch(number):
            raise UnfitClassMap(f"{number!r} is no number of a class, such as 1.")
        if code not in offered:
            raise UnfitClassMap(
                f"its number {number} is {code!r}, which is no category of the taxonomy. Give the "
                "taxonomy that it was made of."
            )
        if code in numbers:
            raise UnfitClassMap(f"it names {code!r} twice, as {numbers[code]} and as {number}.")
        numbers[code] = number
    return found


def read_label_map(text: str, codes: Sequence[str]) -> dict[str, str]:
    """What a model's labels, without ``__label__``, mean: a class map, or unpack_fasttext's file.

    The latter may name categories that the taxonomy has no more: it is what the model was taught.

    Raises
    ------
    UnfitClassMap
        If it is neither.
    """
    found = _json(text)
    if not isinstance(found, dict) or "labels" not in found:
        return read_class_map(text, codes)
    labels = found["labels"]
    if not isinstance(labels, dict) or not all(isinstance(code, str) for code in labels.values()):
        raise UnfitClassMap('its "labels" are no object such as {"__label__1": "AN"}.')
    return {code_of(label): code for label, code in labels.items()}


def write(rows: Iterable[LabelledRow], classes: Mapping[str, str]) -> Iterator[str]:
    """A line a text; BlazingText reads words that stand apart, as in its file mode.

    Raises
    ------
    UnfitClassMap
        If a row has a category without a number.
    """
    number = {code: int(at) for at, code in classes.items()}
    for row in rows:
        if missing := [code for code in row.categories if code not in number]:
            raise UnfitClassMap(
                f"The class map has no number for {missing[0]!r}. Add one, or write a new map."
            )
        labels = [number[code] for code in row.categories]
        yield json_line({"source": " ".join(pieces_of(row.text)), "label": labels})


def read(lines: Iterable[str], classes: Mapping[str, str]) -> Iterator[LabelledRow]:
    """The rows of such lines; a single label may stand without brackets.

    Raises
    ------
    UnreadableLine
        If a line is none of them, or has a number that the class map does not name.
    """
    for place, found in objects(lines):
        text, labels = found.get("source"), found.get("label")
        labels = labels if isinstance(labels, list) else [labels]
        if not isinstance(text, str):
            raise UnreadableLine(f"{place} has no text as its source.")
        if not all(type(label) is int for label in labels):  # True is no number
            raise UnreadableLine(f"{place}: its label is no list of whole numbers.")
        if missing := [label for label in labels if str(label) not in classes]:
            raise UnreadableLine(f"{place}: the class map does not name {missing[0]}.")
        yield LabelledRow("", text, "", tuple(classes[str(label)] for label in labels))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnfitClassMap("it is no JSON.") from error
