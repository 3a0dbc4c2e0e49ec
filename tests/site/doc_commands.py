"""The commands that README and docs show: those in code blocks, and those named in a text."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`(?:\.venv/bin/python )?(manage\.py [^`]+|make [^`]+)`")
COMMAND = re.compile(r"^(\.venv/|make |curl |mkdir |rm |cp |pg_)")


@dataclass(frozen=True)
class Block:
    """A code block that holds commands; ``kind`` is what stands behind its fence."""

    file: str
    kind: str
    lines: tuple[str, ...]


def documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks() -> list[Block]:
    found = []
    for file in documents():
        for kind, body in BLOCK.findall(file.read_text()):
            lines = tuple(line.strip() for line in body.splitlines() if line.strip())
            if any(COMMAND.match(line) for line in lines):
                found.append(Block(str(file.relative_to(ROOT)), kind.strip(), lines))
    return found


def named() -> list[tuple[str, str]]:
    """(file, command) for each command in backquotes outside of code blocks."""
    found = []
    for file in documents():
        text = BLOCK.sub("", file.read_text())
        found += [(str(file.relative_to(ROOT)), command) for command in NAMED.findall(text)]
    return found
