"""JSON, one object a line, in pieces of some 64 kB."""

import json
from collections.abc import Iterable, Iterator

PIECE = 65_536


def dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def json_lines(values: Iterable[object]) -> Iterator[bytes]:
    return gathered(dumped(value) + "\n" for value in values)


def gathered(texts: Iterable[str]) -> Iterator[bytes]:
    """The same text in fewer, larger pieces."""
    waiting: list[str] = []
    size = 0
    for text in texts:
        waiting.append(text)
        size += len(text)
        if size > PIECE:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()
