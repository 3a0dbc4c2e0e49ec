"""How the numbers of a safetensors file are read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MOST_HEADER = 1_000_000  # bytes


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
