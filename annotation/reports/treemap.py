"""Rectangles whose areas are given, close to squares (Bruls, Huizing and van Wijk 2000)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """In the unit of the drawing; ``x`` and ``y`` of its upper left corner."""

    x: float
    y: float
    width: float
    height: float


def squarified(weights: Sequence[float], box: Box) -> list[Box]:
    """A box for each weight, in their order, that together fill ``box``.

    Args:
        weights: above 0, the largest first: the areas are in proportion to them.
    """
    total = sum(weights)
    if not total:
        return []
    scale = box.width * box.height / total
    areas = [weight * scale for weight in weights]
    found: list[Box] = []
    while areas:
        n = _longest_row(areas, min(box.width, box.height))
        row, box = _laid(areas[:n], box)
        found += row
        areas = areas[n:]
    return found


def _longest_row(areas: list[float], side: float) -> int:
    """How many of them stand along the shorter side before they become less square."""
    n = 1
    while n < len(areas) and _worst(areas[: n + 1], side) <= _worst(areas[:n], side):
        n += 1
    return n


def _worst(row: list[float], side: float) -> float:
    """The longest of the row's boxes: its longer side by its shorter."""
    depth = sum(row) / side
    return max(max(area / depth**2, depth**2 / area) for area in row)


def _laid(row: list[float], box: Box) -> tuple[list[Box], Box]:
    """The row along the shorter side, and what is left of the box."""
    if box.width >= box.height:
        depth, along = sum(row) / box.height, box.y
        boxes = []
        for area in row:
            boxes.append(Box(box.x, along, depth, area / depth))
            along += area / depth
        return boxes, Box(box.x + depth, box.y, max(0.0, box.width - depth), box.height)
    depth, along = sum(row) / box.width, box.x
    boxes = []
    for area in row:
        boxes.append(Box(along, box.y, area / depth, depth))
        along += area / depth
    return boxes, Box(box.x, box.y + depth, box.width, max(0.0, box.height - depth))
