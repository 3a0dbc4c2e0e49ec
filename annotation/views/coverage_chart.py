"""The line of examples by week: where its points and its ticks lie in a box of 600 by 160."""

from dataclasses import dataclass
from datetime import date

from annotation.reports.coverage_trend import Week

LEFT, RIGHT, TOP, FOOT = 40.0, 590.0, 12.0, 130.0


@dataclass(frozen=True)
class Chart:
    dots: list[tuple[float, float]]
    ticks: list[tuple[float, int]]
    first: int
    last: int
    begins: date
    ends: date

    @property
    def days(self) -> int:
        return (self.ends - self.begins).days

    @property
    def path(self) -> str:
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in self.dots)


def chart_of(weeks: list[Week]) -> Chart | None:
    """None while there are not two weeks; the axis begins at zero."""
    if len(weeks) < 2:
        return None
    top = max(week.examples for week in weeks) or 1
    days = (weeks[-1].on - weeks[0].on).days

    def height(n: int) -> float:
        return FOOT - (FOOT - TOP) * n / top

    return Chart(
        dots=[
            (LEFT + (RIGHT - LEFT) * (week.on - weeks[0].on).days / days, height(week.examples))
            for week in weeks
        ],
        ticks=[(height(n), n) for n in (0, top)],
        first=weeks[0].examples,
        last=weeks[-1].examples,
        begins=weeks[0].on,
        ends=weeks[-1].on,
    )
