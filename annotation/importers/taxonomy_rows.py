"""A category as every taxonomy format delivers it, and the checks that all formats share."""

import hashlib
import unicodedata
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import re2
from django.utils.text import slugify

from annotation.importers.faults import Fault, Faults, Refused
from annotation.patterns import LONGEST, options

REQUIRED = {"facet", "code", "label"}
OPTIONAL = {
    "broader", "definition", "scope_note", "alt_labels", "include_pattern", "exclude_pattern",
}  # fmt: skip
FACET = "Subject"  # of a file that does not speak of facets


@dataclass(frozen=True)
class CategoryRow:
    row: int
    facet: str
    code: str
    label: str
    broader: str
    definition: str
    scope_note: str
    alt_labels: tuple[str, ...]
    include_pattern: str
    exclude_pattern: str


def ordered_categories(
    rows: Iterable[tuple[int, dict[str, str] | Fault]],
) -> tuple[list[CategoryRow], Faults]:
    """The categories that can be taken, parents before children, and what is wrong."""
    faults = Faults()
    taken = list(_rows(rows, faults))
    order = _parents_first(taken, faults)
    faults.sort(key=lambda fault: fault.row)
    return order, faults


def _rows(
    rows: Iterable[tuple[int, dict[str, str] | Fault]], faults: Faults
) -> Iterator[CategoryRow]:
    seen: dict[str, int] = {}
    for number, row in rows:
        if isinstance(row, Fault):
            faults.append(row)
            continue
        try:
            category = _category(number, row, faults)
            first = seen.setdefault(category.code, number)
            if first != number:
                raise Refused("code", category.code, f"stands in row {first} already")
        except Refused as refused:
            faults.append(refused.fault(number))
            continue
        yield category


def _category(number: int, row: dict[str, str], faults: Faults) -> CategoryRow:
    cell = {column: row.get(column, "") for column in REQUIRED | OPTIONAL}
    for column in ("facet", "code", "label"):
        if not cell[column]:
            raise Refused(column, "", "is empty")
    _check_code(cell["code"])
    for column, limit in (("facet", 60), ("label", 200)):
        if len(cell[column]) > limit or any(ord(c) < 32 for c in cell[column]):
            raise Refused(column, cell[column], f"is over {limit} characters or more than a line")
    for column in ("include_pattern", "exclude_pattern"):
        if problem := pattern_problem(cell[column]):
            faults.append(Fault(number, column, cell[column], problem, is_warning=True))
            cell[column] = ""
    alternatives = tuple(filter(None, map(str.strip, cell.pop("alt_labels").split(";"))))
    return CategoryRow(row=number, alt_labels=alternatives, **cell)


def _check_code(code: str) -> None:
    if len(code) > 40:
        raise Refused("code", code, "is over 40 characters")
    if any(c in "/;" or ord(c) < 32 for c in code):
        raise Refused("code", code, "holds a slash, a semicolon or a control character")


def pattern_problem(pattern: str) -> str:
    """Why RE2, which matches in linear time, refuses the pattern; empty when it takes it."""
    if not pattern:
        return ""
    if len(pattern) > LONGEST:
        return f"is over {LONGEST:,} characters"
    try:
        re2.compile(pattern, options())
    except re2.error as error:
        reason = error.args[0]
        words = reason.decode() if isinstance(reason, bytes) else str(reason)
        return f"is refused as a pattern ({words}); the category has no such rule"
    return ""


def _parents_first(rows: Iterable[CategoryRow], faults: Faults) -> list[CategoryRow]:
    """Leave out rows whose parent is unknown, of another facet, or below themselves."""
    waiting = {row.code: row for row in rows}
    below: dict[str, list[CategoryRow]] = defaultdict(list)
    for row in waiting.values():
        below[row.broader].append(row)
    order: dict[str, CategoryRow] = {}
    ready = deque(below[""])
    while ready:
        row = ready.popleft()
        del waiting[row.code]
        parent = order.get(row.broader)
        if parent and parent.facet != row.facet:
            problem = f"is a parent in another facet, {parent.facet!r}"
            faults.append(Fault(row.row, "broader", row.broader, problem))
        else:
            order[row.code] = row
            ready.extend(below[row.code])
    cycles = _cycles(waiting)
    for row in waiting.values():
        problem = "is no category of this file, or was left out itself"
        if row.code in cycles:
            problem = "leads back to the category itself (a cycle)"
        elif row.broader in cycles:
            problem = "is part of a cycle"
        faults.append(Fault(row.row, "broader", row.broader, problem))
    return list(order.values())


def _cycles(waiting: dict[str, CategoryRow]) -> set[str]:
    """Codes that are above themselves."""
    found: set[str] = set()
    seen: set[str] = set()
    for code in waiting:
        walk: list[str] = []
        while code in waiting and code not in seen:
            seen.add(code)
            walk.append(code)
            code = waiting[code].broader
        if code in walk:
            found.update(walk[walk.index(code) :])
    return found


def own_code(path: Iterable[str]) -> str:
    """A code for a category whose file gives none: the same for the same labels above it."""
    labels = [unicodedata.normalize("NFC", label).casefold() for label in path]
    digest = hashlib.sha256("\0".join(labels).encode("utf-8", "replace")).hexdigest()[:8]
    return f"{slugify(labels[-1])[:30] or 'category'}-{digest}"
