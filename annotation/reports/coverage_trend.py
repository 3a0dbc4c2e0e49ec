"""How coverage has grown, week by week, from what the nights have stored."""

from dataclasses import dataclass
from datetime import date

from annotation.models import CoverageNight
from annotation.reports.coverage import BANDS

WEEKS = 26


@dataclass(frozen=True)
class Week:
    """As it stood on ``on``, the last day of a week that was counted.

    ``gained``: examples in the ``days`` since the row before, which may be more than a week ago;
    None for the first one.
    """

    on: date
    n_labelled: int
    examples: int
    categories: list[int]  # in each band
    by_band: list[int]  # examples of the categories that were in each band
    gained: int | None
    days: int | None

    @property
    def bands(self) -> list[tuple[int, int]]:
        """Of each band its categories, and their examples."""
        return list(zip(self.categories, self.by_band, strict=True))


@dataclass(frozen=True)
class Trend:
    """The last half year, oldest first; ``is_counting``: a count is due, figures may be wrong."""

    weeks: list[Week]
    is_counting: bool


def trend(facet: str = "") -> Trend:
    """How coverage has grown. One query.

    Args:
        facet: of this facet alone; empty: of all.
    """
    nights = list(CoverageNight.objects.order_by("-for_date")[: WEEKS * 7])
    found: dict[tuple[int, int], CoverageNight] = {}
    for night in nights:
        if night.counted_at is None:
            continue
        year, week, _ = night.for_date.isocalendar()
        found.setdefault((year, week), night)  # the newest of its week comes first
    weeks: list[Week] = []
    for night in sorted(found.values(), key=lambda night: night.for_date):
        examples = _of(night.examples, facet)
        before = weeks[-1] if weeks else None
        weeks.append(
            Week(
                on=night.for_date,
                n_labelled=night.n_labelled,
                examples=sum(examples),
                categories=_of(night.bands, facet),
                by_band=examples,
                gained=sum(examples) - before.examples if before else None,
                days=(night.for_date - before.on).days if before else None,
            )
        )
    return Trend(weeks[-WEEKS:], any(night.is_due for night in nights))


def _of(by_facet: dict[str, list[int]], facet: str) -> list[int]:
    chosen = [by_facet.get(facet, [])] if facet else list(by_facet.values())
    return [sum(of[band] for of in chosen if of) for band in range(len(BANDS) + 1)]
