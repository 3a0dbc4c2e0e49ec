"""The curves of a simulation as drawings: where lines, bands and ticks are, in plain numbers."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from annotation.reports.query_strategies import mix_labels
from annotation.reports.simulations import Point

PANELS = {
    "micro_f1": "Micro-F1",
    "macro_f1": "Macro-F1",
    "hierarchical_f1": "Hierarchical F1",
    "recall_at_10": "R@10",
    "categories_with_5": "Categories with 5 examples",
    "clicks": "Correction clicks so far",
}
LEFT, RIGHT, TOP, BOTTOM = 44, 326, 12, 196  # of what is drawn on, in a view of 340 x 226
N_TICKS = 4


@dataclass(frozen=True)
class Cell:
    """A strategy's figure at a number of labels: mean and standard deviation over its runs."""

    cost: float  # mean of what was paid so far: labels, decisions or clicks
    mean: float
    sd: float | None  # None for one run


@dataclass(frozen=True)
class Line:
    """A strategy in a panel. ``points`` and ``band`` are coordinates as SVG has them."""

    name: str
    style: int  # 0 and up: of colour and dash
    points: str
    band: str


@dataclass(frozen=True)
class Tick:
    at: float
    words: str


@dataclass(frozen=True)
class Panel:
    """One figure over what was paid, and the same as a table."""

    metric: str
    title: str
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    told: str  # where each line ends, for those who hear it
    rows: list[tuple[int, list[Cell | None]]]  # labels, and a cell for each strategy
    is_count: bool


@dataclass(frozen=True)
class Entry:
    """One line of the legend."""

    name: str
    label: str
    style: int


def legend(points: Iterable[Point]) -> list[Entry]:
    """The strategies in the order in which they were asked for."""
    labels = mix_labels()
    names = dict.fromkeys(point["strategy"] for point in points)
    return [Entry(name, labels.get(name, name), n) for n, name in enumerate(names)]


def panels(points: Sequence[Point], cost: str = "labels") -> list[Panel]:
    """A panel for each figure but the one that is paid with.

    Args:
        cost: what lies along the bottom: "labels", "decisions" or "clicks".
    """
    entries = legend(points)
    return [
        _panel(metric, title, points, entries, cost)
        for metric, title in PANELS.items()
        if metric != cost
    ]


def _panel(
    metric: str, title: str, points: Sequence[Point], entries: list[Entry], cost: str
) -> Panel:
    cells = {entry.name: _cells(points, entry.name, metric, cost) for entry in entries}
    drawn = [cell for of in cells.values() for cell in of.values()]
    x_ticks = _ticks([cell.cost for cell in drawn])
    lows = [cell.mean - (cell.sd or 0) for cell in drawn]
    y_ticks = _ticks([*lows, *(cell.mean + (cell.sd or 0) for cell in drawn)])
    x_ends, y_ends = (x_ticks[0], x_ticks[-1]), (y_ticks[0], y_ticks[-1])

    def across(x: float) -> float:
        return round(LEFT + (x - x_ends[0]) / (x_ends[1] - x_ends[0]) * (RIGHT - LEFT), 1)

    def up(y: float) -> float:
        return round(BOTTOM - (y - y_ends[0]) / (y_ends[1] - y_ends[0]) * (BOTTOM - TOP), 1)

    lines = []
    for entry in entries:
        curve = [cells[entry.name][n] for n in sorted(cells[entry.name])]
        above = [f"{across(c.cost)},{up(c.mean + (c.sd or 0))}" for c in curve]
        below = [f"{across(c.cost)},{up(c.mean - (c.sd or 0))}" for c in reversed(curve)]
        middle = " ".join(f"{across(c.cost)},{up(c.mean)}" for c in curve)
        has_band = any(cell.sd for cell in curve)
        lines.append(
            Line(entry.name, entry.style, middle, " ".join([*above, *below]) if has_band else "")
        )
    sizes = sorted({n for of in cells.values() for n in of})
    is_count = metric in ("categories_with_5", "clicks")
    return Panel(
        metric=metric,
        title=title,
        lines=lines,
        x_ticks=[Tick(across(x), _short(x)) for x in x_ticks],
        y_ticks=[Tick(up(y), _short(y)) for y in y_ticks],
        told=_told(title, entries, cells, cost),
        rows=[(n, [cells[entry.name].get(n) for entry in entries]) for n in sizes],
        is_count=is_count,
    )


def _cells(points: Iterable[Point], name: str, metric: str, cost: str) -> dict[int, Cell]:
    """Of one strategy, by number of labels."""
    at: dict[int, list[Point]] = defaultdict(list)
    for point in points:
        if point["strategy"] == name:
            at[point["labels"]].append(point)
    found = {}
    for n, runs in at.items():
        values = [float(point[metric]) for point in runs]
        sd = stdev(values) if len(values) > 1 else None
        found[n] = Cell(fmean(point[cost] for point in runs), fmean(values), sd)
    return found


def _ticks(values: Sequence[float]) -> list[float]:
    """Round numbers from below the least to above the greatest, some four steps apart."""
    low, high = min(values), max(values)
    span = (high - low) or abs(high) or 1.0
    rough = span / N_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(n * step, 10) for n in range(first, max(last, first + 1) + 1)]


def _told(title: str, entries: list[Entry], cells: dict[str, dict[int, Cell]], cost: str) -> str:
    ends = []
    for entry in entries:
        last = cells[entry.name][max(cells[entry.name])]
        ends.append(f"{entry.label} {_short(last.mean)} after {_short(last.cost)} {cost}")
    return f"{title}: {'; '.join(ends)}."


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.3g}"
