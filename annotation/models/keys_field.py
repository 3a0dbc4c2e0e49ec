"""A column of keys that a hundred thousand rows can be read of at once."""

import json
import sys
from array import array
from collections.abc import Iterable
from typing import Any

from django.db import models

# Four bytes a key, the least of them first on every machine: four thousand million categories.


def packed(keys: Iterable[int]) -> bytes:
    """
    Raises:
        OverflowError: one of them is below zero or has no room in four bytes.
    """
    return _in_order(array("I", keys)).tobytes()


def unpacked(stored: bytes | memoryview) -> "array[int]":
    """All keys of one row, or of many rows put after each other."""
    found = array("I")
    found.frombytes(stored)
    return _in_order(found)


def _in_order(keys: "array[int]") -> "array[int]":
    """From the machine's order of bytes to the stored one, or back."""
    if sys.byteorder == "big":
        keys.byteswap()
    return keys


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
