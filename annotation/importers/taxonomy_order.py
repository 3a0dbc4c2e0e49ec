"""Parents before children: of a file's rows alone, or of rows below stored categories."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

from annotation.importers.faults import Fault, Faults
from annotation.importers.taxonomy_rows import CategoryRow, note_twins


@dataclass(frozen=True)
class Stored:
    """A category of the taxonomy in use, as far as it may be a parent of a file's row."""

    code: str
    facet: str
    broader: str
    is_retired: bool


Node = CategoryRow | Stored


def parents_first(
    rows: Iterable[CategoryRow], faults: Faults, stored: Iterable[Stored] = ()
) -> list[CategoryRow]:
    """Leave out rows whose parent is unknown, retired, of another facet, or below themselves.

    Args:
        faults: what is wrong is added, and all of it brought into the order of the rows.
        stored: what the rows may stand below; one whose code a row has is that row.
    """
    waiting: dict[str, Node] = {category.code: category for category in stored}
    waiting |= {row.code: row for row in rows}
    below: dict[str, list[Node]] = defaultdict(list)
    for node in waiting.values():
        below[node.broader].append(node)
    order: dict[str, CategoryRow] = {}
    facets: dict[str, str] = {}
    retired: set[str] = set()
    ready = deque(below[""])
    while ready:
        node = ready.popleft()
        del waiting[node.code]
        facet = facets.get(node.broader, node.facet)
        if isinstance(node, Stored):  # it follows what is above it
            retired.update({node.code} if node.is_retired else ())
        elif problem := _problem(node, facet, retired):
            faults.append(Fault(node.row, "broader", node.broader, problem))
            continue
        else:
            order[node.code] = node
        facets[node.code] = facet
        ready.extend(below[node.code])
    _leave_out(waiting, faults)
    note_twins(order.values(), faults)
    faults.sort(key=lambda fault: fault.row)
    return list(order.values())


def _problem(row: CategoryRow, facet: str, retired: set[str]) -> str:
    if facet != row.facet:
        return f"is a parent in another facet, {facet!r}"
    return "is retired, and the file does not bring it back" if row.broader in retired else ""


def _leave_out(waiting: dict[str, Node], faults: Faults) -> None:
    cycles = _cycles(waiting)
    for node in waiting.values():
        if isinstance(node, Stored):
            continue
        problem = "is no category of this file, or was left out itself"
        if node.code in cycles:
            problem = "leads back to the category itself (a cycle)"
        elif node.broader in cycles:
            problem = "is part of a cycle"
        faults.append(Fault(node.row, "broader", node.broader, problem))


def _cycles(waiting: dict[str, Node]) -> set[str]:
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
