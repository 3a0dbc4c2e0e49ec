"""A control chart as a drawing: values in their order, and the limits that they should keep."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEFT, RIGHT, TOP, BOTTOM = 44, 332, 12, 176  # of what is drawn on, in a view of 340 x 206
N_TICKS = 4
MOST_NAMES = 6  # under the axis


@dataclass(frozen=True)
class Tick:
    at: float
    words: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Dot:
    """``is_out``: beyond its limit; ``is_open``: of a week or month that goes on."""

    x: float
    y: float
    is_out: bool
    is_open: bool


@dataclass(frozen=True)
class Chart:
    """Coordinates as SVG has them. Empty paths are not drawn."""

    told: str  # the finding, for those who hear it
    dots: list[Dot]
    line: str
    high: str  # a step for each value
    low: str
    centre: float | None
    x_ticks: list[Tick]
    y_ticks: list[Tick]


@dataclass(frozen=True)
class Value:
    """One place along the axis; ``value`` None: too few to say."""

    name: str
    value: float | None
    high: float | None = None
    low: float | None = None
    is_out: bool = False
    is_open: bool = False


def control_chart(told: str, values: Sequence[Value], centre: float | None = None) -> Chart:
    """Draw the values from nought up; what has none leaves its place empty."""
    # Limits of very small samples would press all else to the ground.
    shown = [v.value for v in values if v.value is not None]
    limits = [v.high for v in values if v.high is not None and v.value is not None]
    top = max([*shown, *limits, centre or 0.0], default=0.0) or 1.0
    y_ticks = _ticks(top)

    def across(n: int) -> float:
        return round(LEFT + (n + 0.5) / max(1, len(values)) * (RIGHT - LEFT), 1)

    def up(y: float) -> float:
        return round(BOTTOM - min(1.0, y / y_ticks[-1]) * (BOTTOM - TOP), 1)

    dots = [
        Dot(across(n), up(v.value), v.is_out, v.is_open)
        for n, v in enumerate(values)
        if v.value is not None
    ]
    half = (RIGHT - LEFT) / max(1, len(values)) / 2

    def steps(ends: Sequence[float | None]) -> str:
        return "".join(
            f"M{across(n) - half:.1f} {up(end)}h{2 * half:.1f}"
            for n, end in enumerate(ends)
            if end is not None and values[n].value is not None
        )

    every = math.ceil(len(values) / MOST_NAMES) or 1
    return Chart(
        told=told,
        dots=dots,
        line=" ".join(f"{dot.x},{dot.y}" for dot in dots),
        high=steps([v.high for v in values]),
        low=steps([v.low for v in values]),
        centre=None if centre is None else up(centre),
        x_ticks=[
            Tick(across(n), v.name) if n < len(values) - 1 else Tick(RIGHT, v.name, "end")
            for n, v in enumerate(values)
            if (len(values) - 1 - n) % every == 0
        ],
        y_ticks=[Tick(up(y), f"{y:.10g}") for y in y_ticks],
    )


def _ticks(top: float) -> list[float]:
    """Round numbers from 0 to above the greatest, some four steps apart."""
    rough = top / N_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))
    return [round(n * step, 10) for n in range(math.ceil(top / step - 1e-9) + 1)]
