"""A model as a folder: its file, and a note that says what it is and what hash it has."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.backends.container_paths import ContainerFault
from classifier.backends.options import NoSuchOption, made
from classifier.backends.protocol import Backend
from classifier.ml.artifacts import CorruptArtifact
from classifier.ml.holdout import Model
from classifier.ml.text import CategoryText

FILE, NOTE = "model.skops", "model.json"


@dataclass(frozen=True)
class Kept:
    """A model that is ready to answer, and its categories in the order of the columns.

    ``sensitive``: codes of those that only a person ticks, they and all below them.
    """

    model: Model
    categories: list[CategoryText]
    backend: str
    sensitive: frozenset[str] = frozenset()

    def is_sensitive(self, category: CategoryText) -> bool:
        """Marked, or below one that is."""
        return not self.sensitive.isdisjoint([category.code, *category.ancestors])


def backend_named(name: str) -> Backend[Any]:
    """The option of this name; ContainerFault if none has it, or it cannot run here."""
    try:
        return made(name)
    except NoSuchOption as error:
        raise ContainerFault(str(error)) from error


def keep(folder: Path, backend: Backend[Any], model: Any, sensitive: Iterable[str] = ()) -> None:
    """Write model and note; the note comes last, so a folder with one is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    data = backend.dump(model)
    _write(folder / FILE, data)
    note: dict[str, Any] = {"backend": backend.name, "sha256": hashlib.sha256(data).hexdigest()}
    if marked := sorted(sensitive):
        note["sensitive"] = marked
    _write(folder / NOTE, json.dumps(note, indent=1).encode() + b"\n")


def kept(folder: Path) -> Kept:
    """The model of a folder; nothing in it is run.

    Raises
    ------
    ContainerFault
        If a file is missing, has changed since it was written, or is no model.
    """
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        data = (folder / FILE).read_bytes()
        name, sha256 = note["backend"], note["sha256"]
        sensitive = frozenset(map(str, note.get("sensitive", [])))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ContainerFault(
            f"{folder} holds no model of ours ({type(error).__name__}: {error}). Train one, or "
            "unpack its model.tar.gz there."
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ContainerFault(f"{folder / FILE} has changed since it was written. Unpack it anew.")
    try:
        model = backend_named(name).load(data)
    except CorruptArtifact as error:
        raise ContainerFault(str(error)) from error
    return Kept(model, model.categories, name, sensitive)


def marks_in(value: str) -> tuple[str, ...]:
    """Parted by ";", as the categories of a grant are."""
    return tuple(code for part in value.split(";") if (code := part.strip()))


def check_marks(sensitive: Iterable[str], categories: Iterable[CategoryText]) -> None:
    """A mark that marks nothing would let be ticked what must not be.

    Raises
    ------
    ContainerFault
        If a mark is no code of a category.
    """
    if unknown := set(sensitive) - {category.code for category in categories}:
        raise ContainerFault(
            f"sensitive names {min(unknown)!r}, which is no code of the taxonomy. Give codes "
            'parted by ";".'
        )


def _write(path: Path, data: bytes) -> None:
    waiting = path.with_name(path.name + ".part")
    with waiting.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)
