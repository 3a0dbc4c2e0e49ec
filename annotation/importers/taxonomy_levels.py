"""A taxonomy as a table with one column a level: ``level 1, level 2, ...``.

A row names the category in its deepest filled level. Levels left of it may be left blank: they
are those of the row above. A parent that has no row of its own gets one.
"""

import re
from collections.abc import Iterator

from annotation.importers.faults import Fault
from annotation.importers.table import Table
from annotation.importers.taxonomy_rows import FACET, OPTIONAL, own_code

LEVEL = re.compile(r"level[ _-]?(\d{1,2})", re.IGNORECASE)
OTHERS = (OPTIONAL - {"broader"}) | {"facet", "code"}
Path = tuple[str, ...]


def level_columns(header: list[str]) -> list[str]:
    """The columns that are levels, from the top."""
    found = [(int(match[1]), column) for column in header if (match := LEVEL.fullmatch(column))]
    return [column for _, column in sorted(found)]


def rows_of_levels(table: Table) -> Iterator[tuple[int, dict[str, str] | Fault]]:
    levels = level_columns(table.header)
    table.require(set(levels), set(levels) | OTHERS)
    own: dict[Path, tuple[int, dict[str, str]]] = {}
    above: Path = ()
    for number, row in table:
        if isinstance(row, Fault):
            yield number, row
            continue
        facet = row.get("facet") or (above[0] if above else FACET)
        path = _path(facet, [row[level] for level in levels], above)
        if isinstance(path, str):
            yield number, Fault(number, path, "", "is empty, and so is it in the row above")
        elif len(path) == 1:
            yield number, Fault(number, levels[0], "", "is empty: the row names no category")
        elif path in own:
            problem = f"stands in row {own[path][0]} already"
            yield number, Fault(number, levels[len(path) - 2], path[-1], problem)
        else:
            above = path
            own[path] = number, {column: row[column] for column in OTHERS if column in row}
    yield from _with_parents(own)


def _path(facet: str, cells: list[str], above: Path) -> Path | str:
    """Facet and labels from the top; the name of a column that is blank without one above."""
    depth = max((n for n, cell in enumerate(cells, start=1) if cell), default=0)
    path: Path = (facet,)
    for n, cell in enumerate(cells[:depth], start=1):
        inherits = not cell and above[:n] == path and len(above) > n
        if not cell and not inherits:
            return f"level {n}"
        path = (*path, cell or above[n])
    return path


def _with_parents(
    own: dict[Path, tuple[int, dict[str, str]]],
) -> Iterator[tuple[int, dict[str, str]]]:
    codes: dict[Path, str] = {}
    for path in own:
        for depth in range(2, len(path) + 1):
            part = path[:depth]
            if part in codes:
                continue
            # Rows may stand below their children, so a parent's own row is looked up by its path.
            number, cells = own.get(part, (own[path][0], {}))
            codes[part] = cells.get("code") or own_code(part)
            named = {"facet": part[0], "label": part[-1], "broader": codes.get(part[:-1], "")}
            yield number, {**cells, **named, "code": codes[part]}
