"""How far categories lie from one another in the tree, and how far two sets agree."""

from collections.abc import Collection

from annotation.models import Category


def steps(a: Category, b: Category) -> int:
    """Edges of the tree between two categories of a facet: 0 for the same, 1 for a parent."""
    above_a, above_b = _line(a), _line(b)
    common = 0
    for x, y in zip(above_a, above_b, strict=False):
        if x != y:
            break
        common += 1
    return len(above_a) + len(above_b) - 2 * common


def relation(a: Category, b: Category) -> str:
    """How ``a`` lies to ``b``, in words that go before the label of ``b``."""
    line_a, line_b = _line(a), _line(b)
    if line_a[:-1] == line_b[:-1] and len(line_a) > 1:
        return "beside"
    if line_a == line_b[: len(line_a)]:
        return "above"
    if line_b == line_a[: len(line_b)]:
        return "below"
    return f"{steps(a, b)} steps from"


def closure(categories: Collection[Category]) -> set[str]:
    """Codes of the categories and of all above them."""
    return {code for category in categories for code in _line(category)}


def overlap(a: Collection[Category], b: Collection[Category]) -> float:
    """Jaccard overlap of two sets with all above them, 0 to 1; two empty sets agree."""
    one, other = closure(a), closure(b)
    return len(one & other) / len(one | other) if one | other else 1.0


def _line(category: Category) -> list[str]:
    return [*category.ancestor_codes, category.code]
