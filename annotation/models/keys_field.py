"""A column of keys that a hundred thousand rows can be read of at once."""

import json
import sys
from array import array
from collections.abc import Iterable
from typing import Any

from django.db import models

BYTES = 4  # of a key, least first, on every machine: no table will hold more than it counts


def packed(keys: Iterable[int]) -> bytes:
    """
    Raises:
        OverflowError: one of them is below zero or has no room in four bytes.
    """
    return b"".join(key.to_bytes(BYTES, "little") for key in keys)


def unpacked(stored: bytes | memoryview) -> "array[int]":
    """All keys of one row, or of many rows put after each other."""
    found = array("I")
    found.frombytes(stored)
    if sys.byteorder == "big":
        found.byteswap()
    return found


class KeysField(models.BinaryField):  # type: ignore[type-arg]  # takes none when it runs
    """Keys of rows as a list; stored without marks between them or around.

    As JSON they would be read one row at a time, which takes longer than counting them.
    """

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> list[int] | None:
        return None if value is None else unpacked(value).tolist()

    def get_prep_value(self, value: Any) -> bytes | None:
        return None if value is None else packed(value)

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj))
