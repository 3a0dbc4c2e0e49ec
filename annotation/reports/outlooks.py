"""How settled a version is and what further labels would bring, as stored with it."""

from dataclasses import dataclass

from annotation.models import ModelVersion, Outlook

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
    categories: list[OutlookRow]
    kind: str
    minutes_each: float | None


def outlooks_of(version: ModelVersion) -> Outlooks | None:
    """None where nothing was stored: the word matcher, a refresh, an early version. One query."""
    found = version.outlooks.select_related("category").order_by("category__label", "pk")
    rows = [_row(outlook) for outlook in found]
    whole = sorted(
        (row for row in rows if row.outlook.category_id is None), key=lambda row: row.outlook.pk
    )
    if not whole:
        return None
    of_all = whole[0].outlook
    return Outlooks(
        whole=whole,
        categories=[row for row in rows if row.outlook.category_id is not None],
        kind=of_all.kind,
        minutes_each=of_all.seconds_each / 60 if of_all.seconds_each else None,
    )


def _row(outlook: Outlook) -> OutlookRow:
    n = EXAMPLES if outlook.category else LABELS
    gain = None
    if None not in (slopes := (outlook.slope, outlook.slope_low, outlook.slope_high)):
        value, low, high = (n * slope for slope in slopes if slope is not None)
        gain = value, low, high
    name = outlook.category.label if outlook.category else Outlook.Measure(outlook.measure).label
    return OutlookRow(name, outlook, gain)
