"""The charts of the page on quality: where lines, dots and whiskers are, in plain numbers."""

from dataclasses import dataclass
from typing import Any

from annotation.reports.quality import as_share
from annotation.reports.shares import Share
from annotation.reports.simulation_charts import Tick, ticks

LEFT, RIGHT, TOP, BOTTOM = 40, 404, 14, 266  # of what is drawn on, in a view of 420 x 300
LINES = {"micro_f1": ("Micro-F1", "c-micro"), "macro_f1": ("Macro-F1", "c-macro")}
APART = 15  # between two labels
QUARTERS = (0, 0.25, 0.5, 0.75, 1)


@dataclass(frozen=True)
class Curve:
    """One figure over the labels. ``points`` and ``band`` are coordinates as SVG has them.

    ``x``, ``y``: where the version itself stands; ``value``: its figure.
    """

    name: str
    line: str
    points: str
    band: str
    x: float
    y: float
    value: float


@dataclass(frozen=True)
class Point:
    """A row of the curve's table."""

    n_labels: int
    n_draws: int
    micro_f1: Share
    macro_f1: Share
    is_own: bool  # what the version itself learned from, and not a part of today's labels


@dataclass(frozen=True)
class Growth:
    """The learning curve and its table.

    ``rules``: the height of the keyword rules' line; ``labels``: at that of the version's figures.
    """

    curves: list[Curve]
    rules: float | None
    labels: list[Tick]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    points: list[Point]
    told: str


@dataclass(frozen=True)
class Dot:
    """A bin of probabilities; drawn where ten pairs or more are in it."""

    low: float
    high: float
    n: int
    mean: float
    right: Share
    x: float
    y: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Honesty:
    """The reliability plot and its table."""

    dots: list[Dot]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    told: str


def growth_of(body: dict[str, Any]) -> Growth | None:
    """From a part of the labels up to all of them; None where nothing was learned from parts.

    The version itself stands at the labels that it learned from: parts are of today's, so where
    many have come since, a part may be more.
    """
    if not body["growth"]:
        return None
    whole, n = body["whole"], body["n_grants"]
    own = {"n_labels": body.get("n_learned", body["n_labels"]), "n_draws": 1}
    own |= {name: whole[name]["model"] for name in LINES}
    points = [
        Point(
            row["n_labels"],
            row["n_draws"],
            as_share(row["micro_f1"], n),
            as_share(row["macro_f1"], n),
            is_own=row is own,
        )
        for row in sorted([*body["growth"], own], key=lambda row: row["n_labels"])
    ]
    along = ticks([0, points[-1].n_labels])
    curves = [_curve(name, points, along[-1]) for name in LINES]
    rules = whole["micro_f1"]["rules"]
    named = [("Keyword rules", rules[0])] if rules else []
    told = _growth_words(points, curves)
    return Growth(
        curves=curves,
        rules=_up(rules[0]) if rules else None,
        labels=_apart([(curve.name, curve.value) for curve in curves] + named),
        x_ticks=[Tick(_across(x / along[-1]), f"{x:,.0f}") for x in along],
        y_ticks=[Tick(_up(y), f"{y:.2f}") for y in QUARTERS],
        points=points,
        told=f"{told}; keyword rules alone {rules[0]:.2f}." if rules else f"{told}.",
    )


def _growth_words(points: list[Point], curves: list[Curve]) -> str:
    """From the fewest labels to the version's own; where it learned from the fewest, these."""
    first, own = points[0], next(point for point in points if point.is_own)
    if first is own:
        figures = ", ".join(f"{curve.name} is {curve.value:.2f}" for curve in curves)
        return f"At the {own.n_labels:,} labelled grants of this version {figures}"
    ends = ", ".join(
        f"{curve.name} goes from {getattr(first, name).value:.2f} to {curve.value:.2f}"
        for name, curve in zip(LINES, curves, strict=True)
    )
    return f"From {first.n_labels:,} labelled grants to the {own.n_labels:,} of this version {ends}"


def _curve(name: str, points: list[Point], most: float) -> Curve:
    shares: list[tuple[float, Share]] = [
        (_across(point.n_labels / most), getattr(point, name)) for point in points
    ]
    above = [f"{x},{_up(share.high)}" for x, share in shares]
    below = [f"{x},{_up(share.low)}" for x, share in reversed(shares)]
    title, line = LINES[name]
    x, own = next(one for one, point in zip(shares, points, strict=True) if point.is_own)
    return Curve(
        name=title,
        line=line,
        points=" ".join(f"{x},{_up(share.value)}" for x, share in shares),
        band=" ".join([*above, *below]),
        x=x,
        y=_up(own.value),
        value=own.value,
    )


def _apart(named: list[tuple[str, float]]) -> list[Tick]:
    """Labels at the heights of their values, the highest first, none upon another."""
    found: list[Tick] = []
    for name, value in sorted(named, key=lambda one: -one[1]):
        at = _up(value) if not found else max(_up(value), found[-1].at + APART)
        found.append(Tick(at, f"{name} {value:.2f}"))
    return found


def honesty_of(body: dict[str, Any]) -> Honesty | None:
    """Shares that came true over the probabilities shown; None where nothing was shown."""
    if not body["reliability"]:
        return None
    dots = [_dot(row) for row in body["reliability"]]
    far = [dot for dot in dots if not dot.right.is_too_few and not _holds(dot)]
    off = "; ".join(
        f"of those near {_per_cent(dot.mean)}, {_per_cent(dot.right.value)} were right"
        for dot in far
    )
    told = f"Where it is not within its interval: {off}." if far else "Each is within its interval."
    if all(dot.right.is_too_few for dot in dots):
        told = "Under ten suggestions of each probability: too few to tell."
    return Honesty(
        dots=dots,
        x_ticks=[Tick(_across(at), _per_cent(at)) for at in QUARTERS],
        y_ticks=[Tick(_up(at), _per_cent(at)) for at in QUARTERS],
        told=f"Share of suggestions that were right over the probability shown. {told}",
    )


def _dot(row: dict[str, Any]) -> Dot:
    right = as_share(row["right"], row["n"])
    return Dot(
        low=row["low"],
        high=row["high"],
        n=row["n"],
        mean=row["mean"],
        right=right,
        x=_across(row["mean"]),
        y=_up(right.value),
        top=_up(right.high),
        bottom=_up(right.low),
    )


def _holds(dot: Dot) -> bool:
    return dot.right.low <= dot.mean <= dot.right.high


def _per_cent(share: float) -> str:
    return f"{share:.0%}".replace("%", "\N{NO-BREAK SPACE}%")


def _across(share: float) -> float:
    return round(LEFT + share * (RIGHT - LEFT), 1)


def _up(share: float) -> float:
    return round(BOTTOM - share * (BOTTOM - TOP), 1)
