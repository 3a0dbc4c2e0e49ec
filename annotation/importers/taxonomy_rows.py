"""A category as every taxonomy format delivers it, and the checks that all formats share."""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

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
    """``said``: the columns that the file has; of all others it says nothing, and not "empty"."""

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
    said: frozenset[str]


def checked_categories(
    rows: Iterable[tuple[int, dict[str, str] | Fault]],
) -> tuple[list[CategoryRow], Faults]:
    """The categories that can be taken by themselves, as the file has them, and what is wrong.

    A key that a row lacks is a column that its file does not have.
    """
    faults = Faults()
    return list(_rows(rows, faults)), faults


def _rows(
    rows: Iterable[tuple[int, dict[str, str] | Fault]], faults: Faults
) -> Iterator[CategoryRow]:
    seen: dict[str, CategoryRow] = {}  # by a code as one hears it
    facets: dict[str, CategoryRow] = {}
    for number, row in rows:
        if isinstance(row, Fault):
            faults.append(row)
            continue
        try:
            category = _category(number, row, faults)
            first = seen.setdefault(as_heard(category.code), category)
            if first is not category:
                raise Refused("code", category.code, _already(category.code, first))
        except Refused as refused:
            faults.append(refused.fault(number))
            continue
        facet = facets.setdefault(as_heard(category.facet), category)
        if facet.facet != category.facet:
            problem = f"is taken for {facet.facet!r} of row {facet.row}"
            faults.append(Fault(number, "facet", category.facet, problem, is_warning=True))
            category = replace(category, facet=facet.facet)
        yield category


def as_heard(words: str) -> str:
    """The same for words that differ in case, or in how their accents are stored."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", words).casefold())


def _already(code: str, first: CategoryRow) -> str:
    if first.code == code:
        return f"stands in row {first.row} already"
    return f"differs from {first.code!r} of row {first.row} in its writing only"


def note_twins(rows: Iterable[CategoryRow], faults: Faults) -> None:
    """Note siblings of one name: people cannot tell them apart."""
    first: dict[tuple[str, str, str], CategoryRow] = {}
    for row in rows:
        twin = first.setdefault((row.facet, row.broader, as_heard(row.label)), row)
        if twin is not row:
            problem = f"is the label of its sibling {twin.code!r} in row {twin.row}, too"
            faults.append(Fault(row.row, "label", row.label, problem, is_warning=True))


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
    return CategoryRow(row=number, alt_labels=alternatives, said=frozenset(row), **cell)


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


def own_code(path: Iterable[str]) -> str:
    """A code for a category whose file gives none: the same for the same labels above it."""
    labels = [unicodedata.normalize("NFC", label).casefold() for label in path]
    digest = hashlib.sha256("\0".join(labels).encode("utf-8", "replace")).hexdigest()[:8]
    return f"{slugify(labels[-1])[:30] or 'category'}-{digest}"
