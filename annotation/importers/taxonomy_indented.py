"""A taxonomy as plain text, one category a line, indented below its parent.

``[Population]`` begins a facet; ``SB02 | Sport`` gives a category a code of its own.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from annotation.errors import ImportRefused
from annotation.importers.faults import Fault
from annotation.importers.table import odd_character
from annotation.importers.taxonomy_rows import FACET, own_code

LIMIT = 10_000_000
HEADING = re.compile(r"\[(.+)\]")
TAB = 8


def rows_of_lines(path: Path, name: str) -> Iterator[tuple[int, dict[str, str] | Fault]]:
    if path.stat().st_size > LIMIT:
        raise ImportRefused(f"{name} is over {LIMIT // 1_000_000} MB, too much for a taxonomy.")
    text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    facet = FACET
    # The lines above the present one, from the top: indentation, label, code.
    above: list[tuple[int, str, str]] = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        label = line.strip()
        if not label:
            continue
        if fault := odd_character(number, "label", label):
            yield number, fault
            continue
        indent = len(line[: len(line) - len(line.lstrip())].expandtabs(TAB))
        if not indent and (heading := HEADING.fullmatch(label)):
            facet, above = heading[1].strip(), []
            continue
        while above and above[-1][0] >= indent:
            above.pop()
        if indent and not above:
            problem = "is indented, but stands below no category"
            yield number, Fault(number, "label", label, problem)
            continue
        code, bar, rest = label.partition("|")
        label = rest.strip() if bar else label
        code = code.strip() if bar else own_code([facet, *(a[1] for a in above), label])
        yield (
            number,
            {
                "facet": facet,
                "code": code,
                "label": label,
                "broader": above[-1][2] if above else "",
            },
        )
        above.append((indent, label, code))
