"""How settled a version is and what further labels would bring, as stored with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator

from annotation.models import ModelVersion, Outlook

A_PAGE = 100  # categories
LABELS, EXAMPLES = 100, 10  # what a slope is told for: annotations, or examples of a category


@dataclass(frozen=True)
class OutlookRow:
    """One score. ``gain``: what so many more labels would bring, with its 80 % interval."""

    name: str
    outlook: Outlook
    gain: tuple[float, float, float] | None

    @property
    def settled(self) -> str:
        """Whether versions in a row ticked the same, in words; empty while nobody can say."""
        return {True: "settled", False: "still moving", None: ""}[self.outlook.is_stable]


@dataclass(frozen=True)
class Outlooks:
    """``kind``: of the grants that it was measured on. ``minutes_each``: of an annotation."""

    whole: list[OutlookRow]
    kind: str
    minutes_each: float | None


def outlooks_of(version: ModelVersion) -> Outlooks | None:
    """None where nothing was stored: the word matcher, a refresh, an early version. One query."""
    return _whole(version.outlooks.filter(category=None).order_by("pk"))


def outlooks_with_categories(
    version: ModelVersion,
) -> tuple[Outlooks | None, dict[int, OutlookRow]]:
    """The same, and that of each category by its key, without its name. One query."""
    found = list(version.outlooks.order_by("pk"))
    of_each = {row.category_id: _row(row, "") for row in found if row.category_id}
    return _whole(row for row in found if not row.category_id), of_each


def _whole(found: Iterable[Outlook]) -> Outlooks | None:
    whole = [_row(outlook, Outlook.Measure(outlook.measure).label) for outlook in found]
    if not whole:
        return None
    of_all = whole[0].outlook
    return Outlooks(
        whole=whole,
        kind=of_all.kind,
        minutes_each=of_all.seconds_each / 60 if of_all.seconds_each else None,
    )


def page_of_categories(version: ModelVersion, number: str | None) -> Page[OutlookRow]:
    """By name, a hundred at a time: a taxonomy has more than a page can show. Two queries."""
    of_each = version.outlooks.filter(category__isnull=False).select_related("category")
    page: Page[Any] = Paginator(of_each.order_by("category__label", "pk"), A_PAGE).get_page(number)
    page.object_list = [_row(row, row.category.label) for row in page.object_list]
    return page


def _row(outlook: Outlook, name: str) -> OutlookRow:
    n = EXAMPLES if outlook.category_id else LABELS
    gain = None
    if None not in (slopes := (outlook.slope, outlook.slope_low, outlook.slope_high)):
        value, low, high = (n * slope for slope in slopes if slope is not None)
        gain = value, low, high
    return OutlookRow(name, outlook, gain)
