"""A model as a file of plain arrays, numbers and texts: reading it runs no code."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import Any, TypeVar

import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

from classifier.ml.artifacts import AGAIN, CorruptArtifact

M = TypeVar("M")
FORMAT = 1


def written(family: str, state: dict[str, Any]) -> bytes:
    """Such a file; ``state`` holds dicts, lists, texts, numbers and arrays alone."""
    whole = {"format": FORMAT, "family": family, **state}
    return bytes(skops.io.dumps(whole, compression=zipfile.ZIP_DEFLATED))


def read(family: str, data: bytes, restore: Callable[[dict[str, Any]], M]) -> M:
    """What ``restore`` makes of the state that :func:`written` was given.

    Raises
    ------
    CorruptArtifact
        If the bytes are no such file, are of another family, or ask for code.
    ImportError
        If ``restore`` asks for a library that is not installed here; the file may well be whole.
    """
    try:
        state = skops.io.loads(data, trusted=[])
        if (state["format"], state["family"]) != (FORMAT, family):
            raise ValueError(f"it holds {state['family']!r} of format {state['format']!r}")
    except UntrustedTypesFoundException as error:
        raise CorruptArtifact(f"The artifact is refused: {error} {AGAIN}") from error
    except Exception as error:  # damaged bytes make skops fail in many ways
        raise _unreadable(error) from error
    try:
        return restore(state)
    except (CorruptArtifact, ImportError):  # of a file inside it, and says so; of this place
        raise
    except Exception as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> CorruptArtifact:
    name = type(error).__name__
    return CorruptArtifact(f"The artifact cannot be read ({name}: {error}). {AGAIN}")
