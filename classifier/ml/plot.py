"""Curves as one SVG file: light and dark, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

# Distinguishable for the colour-blind (Okabe and Ito 2008), and by their dashes.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#777777")
DASHES = ("", "7 3", "2 3", "9 3 2 3")
WIDTH, HEIGHT, LEFT, TOP = 360, 240, 46, 30
Curve = Sequence[tuple[float, float, float]]  # x, mean, standard deviation


def svg(panels: Mapping[str, Mapping[str, Curve]], x_label: str) -> str:
    """One panel beside the other, the same lines in each.

    Parameters
    ----------
    panels : mapping of a title to a mapping of a line's name to its points (x, mean, sd)
    x_label : str
    """
    title = f"{', '.join(panels)} by {x_label}"
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    style = {
        name: f'stroke="{COLOURS[i % len(COLOURS)]}" stroke-dasharray="{DASHES[i % len(DASHES)]}"'
        for i, name in enumerate(names)
    }
    columns = min(2, max(len(panels), 1))
    rows = -(-len(panels) // columns)
    height = rows * HEIGHT + 22 * len(names) + 20
    drawn = [
        f'<g transform="translate({at % columns * WIDTH},{at // columns * HEIGHT})">'
        + _panel(title, lines, style, x_label)
        + "</g>"
        for at, (title, lines) in enumerate(panels.items())
    ]
    legend = [
        f'<line x1="{LEFT}" x2="{LEFT + 40}" y1="{y}" y2="{y}" {style[name]} stroke-width="2"/>'
        f'<text x="{LEFT + 50}" y="{y + 4}">{escape(name)}</text>'
        for name, y in zip(names, range(rows * HEIGHT + 20, height, 22), strict=False)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {columns * WIDTH} {height}" '
        'role="img" aria-labelledby="curves-title curves-told" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#767676">'
        f'<title id="curves-title">{escape(title)}</title>'
        f'<desc id="curves-told">{escape(_told(panels, x_label))}</desc>'
        + "".join([*drawn, *legend])
        + "</svg>\n"
    )


def _told(panels: Mapping[str, Mapping[str, Curve]], x_label: str) -> str:
    """Where each line ends, for those who hear it."""
    ends = [
        f"{title}: "
        + ", ".join(
            f"{name} {_short(curve[-1][1])} at {curve[-1][0]:,.0f} {x_label}"
            for name, curve in lines.items()
            if curve
        )
        for title, lines in panels.items()
    ]
    return "; ".join(ends) + "."


def _panel(title: str, lines: Mapping[str, Curve], style: Mapping[str, str], x_label: str) -> str:
    points = [point for curve in lines.values() for point in curve]
    if not points:
        return f'<text x="{LEFT}" y="20">{escape(title)}: no points</text>'
    right, bottom = WIDTH - 14, HEIGHT - 40
    x_ends = min(x for x, _, _ in points), max(x for x, _, _ in points)
    y_ends = min(y - sd for _, y, sd in points), max(y + sd for _, y, sd in points)

    def place(x: float, y: float) -> str:
        across = (x - x_ends[0]) / ((x_ends[1] - x_ends[0]) or 1)
        up = (y - y_ends[0]) / ((y_ends[1] - y_ends[0]) or 1)
        return f"{LEFT + across * (right - LEFT):.1f},{bottom - up * (bottom - TOP):.1f}"

    found = [
        f'<text x="{LEFT}" y="18" font-weight="600">{escape(title)}</text>',
        f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#999"/>',
        *(f'<text x="{LEFT - 6}" y="{y}" text-anchor="end">{_short(value)}</text>'
          for value, y in ((y_ends[0], bottom), (y_ends[1], TOP + 8))),
        f'<text x="{LEFT}" y="{bottom + 16}">{_short(x_ends[0])}</text>',
        f'<text x="{right}" y="{bottom + 16}" text-anchor="end">{_short(x_ends[1])} '
        f"{escape(x_label)}</text>",
    ]  # fmt: skip
    for name, curve in lines.items():
        above = [place(x, y + sd) for x, y, sd in curve]
        below = [place(x, y - sd) for x, y, sd in reversed(curve)]
        colour = style[name].split('"')[1]
        if any(sd for _, _, sd in curve):
            band = " ".join([*above, *below])
            found.append(f'<polygon points="{band}" fill="{colour}" opacity="0.12"/>')
        middle = " ".join(place(x, y) for x, y, _ in curve)
        found.append(f'<polyline points="{middle}" fill="none" {style[name]} stroke-width="2"/>')
    return "".join(found)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2f}"
