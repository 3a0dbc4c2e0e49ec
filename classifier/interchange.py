"""Labelled texts in the forms of SageMaker Ground Truth, BlazingText and fastText, Comprehend, JSON
lines; pure translation between lines and rows.

Sources: Amazon SageMaker developer guide ("Text Classification (Multi-label)", "BlazingText"),
Amazon Comprehend developer guide ("Preparing classifier training data"), fastText's own format.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

LABEL = "__label__"
ATTRIBUTE = "categories"
METADATA = "-metadata"
KIND = "groundtruth/text-classification-multilabel"
# Words, and every other sign by itself: fastText splits at blanks alone.
PIECES = re.compile(r"\w+|[^\w\s]")
KEPT = ":.-_/"  # in a fastText label; all else that is no letter or digit is written as %XX


class UnreadableLine(Exception):
    """A line cannot be read; the message names its number and what is wrong, never its text."""


@dataclass(frozen=True)
class LabelledRow:
    """A text with its categories' codes; ``reference`` is empty where a form has none."""

    reference: str
    title: str
    description: str
    categories: tuple[str, ...]

    @property
    def text(self) -> str:
        """What the classifier reads of it."""
        return "\n".join(filter(None, (self.title, self.description)))


@dataclass(frozen=True)
class Form:
    """``keeps_empty``: whether a text without a category has a place in it."""

    name: str
    write: Callable[[Iterable[LabelledRow], Sequence[str]], Iterator[str]]
    read: Callable[[Iterable[str]], Iterator[LabelledRow]]
    keeps_empty: bool


def _ground_truth(rows: Iterable[LabelledRow], codes: Sequence[str]) -> Iterator[str]:
    """Output manifest: a class's number is its place in the taxonomy.

    Confidence is 0, as Ground Truth has it where one person decided. Keys of our own ride along.
    """
    number = {code: at for at, code in enumerate(codes)}
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    for row in rows:
        given = {str(number[code]): code for code in row.categories}
        yield _line(
            {
                "source": row.text,
                "reference": row.reference,
                "title": row.title,
                "description": row.description,
                ATTRIBUTE: [number[code] for code in row.categories],
                ATTRIBUTE + METADATA: {
                    "job-name": "labeling-job/classie-annotation",
                    "class-map": given,
                    "confidence-map": dict.fromkeys(given, 0),
                    "human-annotated": "yes",
                    "creation-date": now,
                    "type": KIND,
                },
            }
        )


def _from_ground_truth(lines: Iterable[str]) -> Iterator[LabelledRow]:
    for place, found in _objects(lines):
        if not isinstance(found.get("source"), str):
            raise UnreadableLine(
                f"{place} has no text as its source: one by source-ref lies in S3."
            )
        names = [key for key, value in found.items() if _is_labelling(key, value)]
        if len(names) != 1:
            raise UnreadableLine(f"{place} has {len(names)} multi-label results, and one is read.")
        classes = found[names[0]].get("class-map")
        numbers = found.get(names[0].removesuffix(METADATA))
        if not isinstance(classes, dict) or not isinstance(numbers, list):
            raise UnreadableLine(f"{place} lacks its class-map, or its list of classes.")
        missing = [n for n in numbers if not isinstance(classes.get(str(n)), str)]
        if missing:
            raise UnreadableLine(f"{place}: its class-map does not name {missing[0]!r}.")
        categories = tuple(classes[str(number)] for number in numbers)
        yield _row(found, found["source"], categories, place)


def _is_labelling(key: str, value: object) -> bool:
    return key.endswith(METADATA) and isinstance(value, dict) and value.get("type") == KIND


def label_of(code: str) -> str:
    """How fastText writes a category."""
    return LABEL + quote(code, safe=KEPT)


def code_of(label: str) -> str:
    """The category that fastText writes so."""
    return unquote(label.removeprefix(LABEL))


def pieces_of(text: str) -> list[str]:
    """Words and signs as fastText is to read them; none of them passes for a label."""
    return [word for piece in PIECES.findall(text) if (word := piece.lower().lstrip("_"))]


def _fasttext(rows: Iterable[LabelledRow], codes: Sequence[str]) -> Iterator[str]:
    for row in rows:
        yield " ".join([*map(label_of, row.categories), *pieces_of(row.text)])


def _from_fasttext(lines: Iterable[str]) -> Iterator[LabelledRow]:
    for place, line in _filled(lines):
        words = line.split()
        labels = [word for word in words if word.startswith(LABEL)]
        if not labels:
            raise UnreadableLine(f"{place} has no {LABEL}.")
        codes = tuple(map(code_of, labels))
        text = " ".join(word for word in words if not word.startswith(LABEL))
        yield LabelledRow("", text, "", codes)


def _comprehend(rows: Iterable[LabelledRow], codes: Sequence[str]) -> Iterator[str]:
    """No header; "|" between the categories. A line is a text, so its own breaks become blanks."""
    if broken := [code for code in codes if "|" in code]:
        raise ValueError(f"The code {broken[0]!r} holds the sign that parts categories there.")
    for row in rows:
        out = io.StringIO(newline="")
        labels, text = "|".join(row.categories), " ".join(row.text.split())
        csv.writer(out, lineterminator="").writerow([labels, text])
        yield out.getvalue()


def _from_comprehend(lines: Iterable[str]) -> Iterator[LabelledRow]:
    try:
        for number, cells in enumerate(csv.reader(lines, strict=True), start=1):
            if len(cells) != 2:
                raise UnreadableLine(
                    f"row {number} has {len(cells)} columns, and not categories and a text."
                )
            yield LabelledRow("", cells[1], "", tuple(cells[0].split("|")))
    except csv.Error as error:
        raise UnreadableLine(f"it is no CSV: {error}.") from error


def _json_lines(rows: Iterable[LabelledRow], codes: Sequence[str]) -> Iterator[str]:
    for row in rows:
        yield _line(
            {
                "reference": row.reference,
                "title": row.title,
                "description": row.description,
                "categories": list(row.categories),
            }
        )


def _from_json_lines(lines: Iterable[str]) -> Iterator[LabelledRow]:
    for place, found in _objects(lines):
        codes = found.get("categories", [])
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise UnreadableLine(f"{place}: its categories are no list of codes.")
        yield _row(found, str(found.get("text") or ""), tuple(codes), place)


FORMS = {
    form.name: form
    for form in (
        Form("ground-truth", _ground_truth, _from_ground_truth, keeps_empty=False),
        Form("fasttext", _fasttext, _from_fasttext, keeps_empty=False),
        Form("comprehend", _comprehend, _from_comprehend, keeps_empty=False),
        Form("jsonl", _json_lines, _from_json_lines, keeps_empty=True),
    )
}


def _row(found: dict[str, Any], text: str, categories: tuple[str, ...], place: str) -> LabelledRow:
    """Title and description where they ride along; else a text's first line is its title."""
    reference = found.get("reference", "")
    parts = found.get("title", ""), found.get("description", "")
    if not isinstance(reference, str) or not all(isinstance(part, str) for part in parts):
        raise UnreadableLine(f"{place}: reference, title and description have to be texts.")
    if not any(parts):
        title, _, rest = text.partition("\n")
        parts = title, rest
    return LabelledRow(reference, *parts, categories)


def _filled(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield f"line {number}", line


def _objects(lines: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for place, line in _filled(lines):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UnreadableLine(f"{place} is no JSON.") from error
        if not isinstance(found, dict):
            raise UnreadableLine(f"{place} is no JSON object.")
        yield place, found


def _line(content: dict[str, object]) -> str:
    # Escaped, so that no sign inside a text ends a line for whoever splits at it.
    return json.dumps(content)
