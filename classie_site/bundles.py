"""One style sheet and one script for the page that people open all day.

The sources stay small modules, served as they are to every other page. A browser that opens the
annotating page cold would ask for some forty of them, one after the other; so a finder of static
files puts them together whenever they have changed, and there is nothing to build by hand.
"""

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage

SOURCES = settings.BASE_DIR / "static"
STYLES = [
    "tokens", "ground", "frame", "controls", "pieces", "tables", "help", "annotate", "devices",
]  # fmt: skip
SCRIPTS = ["js/app.js", "js/annotate/main.js"]

IMPORT = re.compile(r'^import (?:(?P<what>\{[^}]*\}|\* as \w+) from )?"(?P<path>\.[^"]+)";$', re.M)
COMMENT_LINES = re.compile(r"^[ \t]*//.*\n", re.M)
COMMENTS = re.compile(r"/\*.*?\*/", re.S)
EXPORT = re.compile(r"^export (?=(?:const|let|function|async function|class) ([\w$]+))", re.M)


class Finder(BaseFinder):
    """The bundles, as static files among the others."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=settings.BUNDLES)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path not in BUNDLES:
            return []
        _write()
        found = self.storage.path(path)
        return [found] if find_all or kwargs.get("all") else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        _write()
        for name in BUNDLES:
            yield name, self.storage


def style_sheet() -> str:
    """The style sheets in the order in which the pages link them."""
    sheets = [(SOURCES / "css" / f"{name}.css").read_text() for name in STYLES]
    return _slim(COMMENTS.sub("", "\n".join(sheets)))


def script() -> str:
    """The modules, each a function that runs once, after those that it imports.

    Knows the forms of import and export that our modules use, and says so about any other.
    """
    numbers: dict[str, int] = {}
    parts: list[str] = []
    for entry in SCRIPTS:
        _add(entry, numbers, parts, above=())
    return "\n".join(parts)


def _add(name: str, numbers: dict[str, int], parts: list[str], above: tuple[str, ...]) -> None:
    if name in above:
        raise ValueError(f"{name} imports itself by way of {above[-1]}. Cut the circle.")
    if name in numbers:
        return
    text = (SOURCES / name).read_text()
    for found in IMPORT.finditer(text):
        _add(_beside(name, found["path"]), numbers, parts, (*above, name))
    body = IMPORT.sub(lambda found: _constant(found, numbers[_beside(name, found["path"])]), text)
    exported = EXPORT.findall(body)
    body = _slim(COMMENT_LINES.sub("", EXPORT.sub("", body)))
    if any(line.count("`") % 2 for line in body.splitlines()):
        raise ValueError(f"{name}: a text of several lines loses its indents. Write it on one.")
    if left := re.search(r"^(?:import|export)\b.*", body, re.M):
        raise ValueError(f"{name}: cannot bundle {left[0]!r}. Write it as the other modules do.")
    numbers[name] = len(numbers)
    number = numbers[name]
    facts = f"{{ {', '.join(exported)} }}"
    parts.append(f"// {name}\nconst m{number} = (() => {{\n{body}\nreturn {facts};\n}})();")


def _slim(text: str) -> str:
    """Without indents and empty lines, which are for readers: a fifth less over the wire."""
    return "\n".join(filter(None, map(str.strip, text.splitlines())))


def _beside(name: str, path: str) -> str:
    """``js/annotate/main.js`` and ``../dom.js`` give ``js/dom.js``."""
    parts: list[str] = []
    for part in (PurePosixPath(name).parent / path).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _constant(found: re.Match[str], number: int) -> str:
    what = found["what"]
    if not what:
        return ""
    if what.startswith("*"):
        return f"const {what.removeprefix('* as ')} = m{number};"
    return f"const {what.replace(' as ', ': ')} = m{number};"


BUNDLES = {"bundle/annotate.css": style_sheet, "bundle/annotate.js": script}


def _write() -> None:
    """What has not changed keeps its time, so that nothing is collected anew for it."""
    for name, build in BUNDLES.items():
        target = Path(settings.BUNDLES) / name
        content = build()
        if not target.exists() or target.read_text() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            # Of its own: two processes or threads that start together must not share it.
            part = target.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
            part.write_text(content)
            part.replace(target)
