"""A batch transform's note beside the file of its answers, and those answers as suggestions."""

import json
import os
import tempfile
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from django.core.management.base import CommandError

from classifier.backends.hosted_forms import FORMS, UnreadableAnswer
from classifier.backends.sagemaker_transform import Transform
from classifier.backends.transform_jobs import TransformFault, TransformJob
from classifier.transforming import Reading


@dataclass(frozen=True)
class Note:
    """Which job the answers come from, and whose they are, in the order of the texts.

    ``references`` is None until all texts are in S3: before that no job was started. ``classes``:
    the category of each of the model's labels; None where labels are codes.
    """

    job: TransformJob
    form: str
    n_files: int = 0
    references: list[str] | None = None
    classes: dict[str, str] | None = None


def note_path(out: Path) -> Path:
    return out.with_name(out.name + ".job")


def read_note(out: Path) -> Note | None:
    path = note_path(out)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Note(
            TransformJob(**found["job"]), found["form"], found["n_files"], found["references"],
            found.get("classes"),  # a note of before has none
        )  # fmt: skip
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} is no note of this command ({error}).") from error


def write_note(out: Path, note: Note) -> None:
    with whole(note_path(out)) as file:
        json.dump({**vars(note), "job": note.job.as_json()}, file)


def write_answers(out: Path, note: Note, transform: Transform) -> Reading:
    """A line a text: its reference and its suggestions.

    Raises:
        TransformFault: the answers are not those to these texts; there is no file then.
    """
    reading, read = Reading(note.classes), FORMS[note.form].read
    references = note.references or []
    answers = transform.answers(note.n_files)
    with whole(out) as file:
        for number, (reference, line) in enumerate(zip_longest(references, answers), 1):
            if reference is None or line is None:
                raise TransformFault(
                    f"There are {'fewer' if line is None else 'more'} answers than the "
                    f"{len(references):,} texts, so they cannot be told apart."
                )
            try:
                suggestions = reading.suggestions(read(line))
            except UnreadableAnswer as error:
                raise TransformFault(
                    f"Line {number}: {error}. Is the model of the form {note.form}?"
                ) from error
            told = {"reference": reference, "suggestions": suggestions}
            file.write(json.dumps(told, ensure_ascii=False) + "\n")
        if reading.unknown and not reading.has_known:
            raise TransformFault(
                f"None of the {len(reading.unknown)} categories that the model names is one of "
                f"this site's: {first(reading.unknown)}. If these are numbers of a class map, give "
                "the map: --class-map."
            )
    return reading


def first(names: Iterable[str]) -> str:
    """Ten at most."""
    return ", ".join(sorted(names)[:10])


@contextmanager
def whole(path: Path):
    """A text file that only its owner may read; it appears when it is whole, or not at all."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
