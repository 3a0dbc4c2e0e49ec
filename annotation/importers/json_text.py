"""Strict JSON of bounded size, depth and numbers; what is wrong is said with line and column."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from annotation.errors import ImportRefused

LIMIT = 50_000_000
MOST_DIGITS = 40


class _Unfit(ValueError):
    """A value that JSON allows and a grant cannot have."""


def load_json(path: Path, name: str) -> Any:
    """The file's content, numbers with a point as Decimal.

    Raises:
        ImportRefused: it is too large, broken, nested too deeply or names a key twice.
    """
    if path.stat().st_size > LIMIT:
        raise ImportRefused(f"{name} is over {LIMIT // 1_000_000} MB. Save it as CSV UTF-8.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return json.loads(
            text,
            parse_int=_whole,
            parse_float=_fraction,
            parse_constant=_constant,
            object_pairs_hook=_pairs,
        )
    except UnicodeDecodeError as error:
        raise ImportRefused(
            f"{name} is not UTF-8: {error.reason} at byte {error.start}."
        ) from error
    except json.JSONDecodeError as error:
        raise ImportRefused(
            f"{name} is no JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from error
    except _Unfit as error:
        raise ImportRefused(f"{name}: {error}.") from error
    except RecursionError as error:
        raise ImportRefused(f"{name} is nested too deeply to be read.") from error


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise _Unfit(f"a number has {len(digits):,} digits, {digits[:12]}…")
    return int(digits)


def _fraction(digits: str) -> Decimal:
    if len(digits) > MOST_DIGITS:
        raise _Unfit(f"a number has {len(digits):,} digits, {digits[:12]}…")
    return Decimal(digits)


def _constant(word: str) -> NoReturn:
    raise _Unfit(f"{word} is no number that JSON knows")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise _Unfit(f"the key {twice[:60]!r} stands twice in one object")
    return found
