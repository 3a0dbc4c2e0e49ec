"""The map of coverage: a facet's categories as boxes, two levels of them, coloured by band."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from statistics import median_low

from annotation.reports.coverage import CategoryCoverage, FacetCoverage
from annotation.reports.treemap import Box, squarified

WIDTH = 1000.0
HEAD = 20.0  # of a group's name
GAP = 2.0
TALLEST, LOWEST = 640.0, 150.0
MOST = 200  # boxes: more are too small to be told apart


@dataclass(frozen=True)
class Tile:
    """One category with all below it. ``band``: its own, or the middle one where there are more."""

    code: str
    label: str
    band: int
    examples: int
    n_thin: int
    n_below: int  # itself counted
    box: Box

    @property
    def is_leaf(self) -> bool:
        return self.n_below == 1


@dataclass(frozen=True)
class Group:
    """A category of the level above, its name over its tiles."""

    code: str
    label: str
    n_thin: int
    n_below: int
    has_head: bool  # a single box of it has its name already
    box: Box
    tiles: list[Tile]


@dataclass(frozen=True)
class Map:
    facet: str
    label: str
    height: float
    groups: list[Group]
    n_thin: int
    n_categories: int
    thin: list[CategoryCoverage]  # the most suggested first
    n_left_out: int = 0  # groups that are too many to be drawn


Rows = list[CategoryCoverage]


def coverage_map(facet: FacetCoverage, branch: str = "") -> Map:
    """The facet's map, or that of what stands below one of its categories. No query.

    A box grows with the root of the waiting grants that its categories are suggested for, so that
    what nothing is suggested for can still be seen. Where two levels would be more than 200 boxes,
    one is drawn; where that is, too, the 200 largest.

    Args:
        branch: the path of a category, ``SB02/``; empty: the facet from its top.
    """
    rows = [row for row in facet.rows if row.codes.startswith(branch)]
    depth = branch.count("/")
    groups = _largest_first(_under(rows, depth))
    n_left_out, groups = max(0, len(groups) - MOST), groups[:MOST]
    n_tiles = sum(len(_under(below, depth + 1)) for _, below in groups)
    height = min(TALLEST, max(LOWEST, 26.0 * sqrt(len(rows)) + 60))
    boxes = squarified([_weight(below) for _, below in groups], Box(0, 0, WIDTH, height))
    return Map(
        facet=facet.code,
        label=facet.label,
        height=height,
        groups=[
            _group(path, below, box, is_whole=n_tiles > MOST)
            for (path, below), box in zip(groups, boxes, strict=True)
        ],
        n_thin=_n_thin(rows),
        n_categories=len(rows),
        thin=sorted((row for row in rows if row.is_thin), key=lambda row: (-row.pending, row.code)),
        n_left_out=n_left_out,
    )


def _largest_first(parts: dict[str, Rows]) -> list[tuple[str, Rows]]:
    return sorted(parts.items(), key=lambda item: (-_weight(item[1]), item[0]))


def _under(rows: Rows, depth: int) -> dict[str, Rows]:
    """The rows by the first ``depth`` + 1 codes of their paths; shorter paths by themselves."""
    found: dict[str, Rows] = defaultdict(list)
    for row in rows:
        codes = row.codes.split("/")[:-1]
        found["/".join(codes[: depth + 1]) + "/"].append(row)
    return found


def _group(path: str, rows: Rows, box: Box, *, is_whole: bool) -> Group:
    parts = [(path, rows)] if is_whole else _largest_first(_under(rows, path.count("/")))
    is_one = len(parts) == 1 and parts[0][0] == path
    head = 0.0 if is_one else HEAD
    inner = Box(box.x, box.y + head, box.width, max(1.0, box.height - head))
    boxes = squarified([_weight(below) for _, below in parts], inner)
    first = _named(path, rows)
    return Group(
        code=path.split("/")[-2],
        label=first.label if first else path.split("/")[-2],
        n_thin=_n_thin(rows),
        n_below=len(rows),
        has_head=not is_one,
        box=_smaller(box),
        tiles=[
            _tile(below_path, below, of)
            for (below_path, below), of in zip(parts, boxes, strict=True)
        ],
    )


def _tile(path: str, rows: Rows, box: Box) -> Tile:
    named = _named(path, rows) or rows[0]
    return Tile(
        code=path.split("/")[-2],
        label=named.label,
        band=median_low(row.band for row in rows),
        examples=named.examples,
        n_thin=_n_thin(rows),
        n_below=len(rows),
        box=_smaller(box),
    )


def _named(path: str, rows: Rows) -> CategoryCoverage | None:
    """The category of the path itself; None where it is retired and what is below it is not."""
    return next((row for row in rows if row.codes == path), None)


def _weight(rows: Rows) -> float:
    return sum(sqrt(1 + row.pending) for row in rows)


def _n_thin(rows: Iterable[CategoryCoverage]) -> int:
    return sum(row.is_thin for row in rows)


def _smaller(box: Box) -> Box:
    return Box(
        box.x + GAP / 2, box.y + GAP / 2, max(1.0, box.width - GAP), max(1.0, box.height - GAP)
    )
