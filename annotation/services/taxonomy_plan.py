"""A file's categories laid over those in use: what is new, what changes, and what follows it."""

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter

from annotation.errors import ImportRefused
from annotation.importers.taxonomy_order import Stored
from annotation.importers.taxonomy_rows import CategoryRow, as_heard
from annotation.models import Category, Facet, Taxonomy

OWN = ("definition", "scope_note", "alt_labels", "include_pattern", "exclude_pattern")
PLACE = ("facet", "path", "ancestor_labels", "level")
STORED = ("label", *OWN, *PLACE, "broader", "position", "retired_at", "merged_into")
BATCH = 100


@dataclass
class Plan:
    """Categories with what they are to have; nothing of it is stored before ``store``."""

    facets: list[Facet] = field(default_factory=list)  # new ones
    new: list[Category] = field(default_factory=list)  # parents before children
    changed: list[Category] = field(default_factory=list)
    followers: list[Category] = field(default_factory=list)  # not named, but below what changes
    emptied: Counter[str] = field(default_factory=Counter)  # categories that lose words, by column

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.followers)

    def store(self) -> None:
        """Within the caller's transaction, which holds the taxonomy's row."""
        Facet.objects.bulk_create(self.facets)
        # Level by level, since a child needs its parent's key.
        for _, level in groupby(self.new, attrgetter("level")):
            Category.objects.bulk_create(level)
        Category.objects.bulk_update(self.changed, STORED, batch_size=BATCH)
        Category.objects.bulk_update(self.followers, PLACE, batch_size=BATCH)


def categories_in_use(taxonomy: Taxonomy) -> dict[str, Category]:
    """All of them by code, retired ones too, each with its facet and its parent at hand."""
    if taxonomy.pk is None:
        return {}
    found = {c.pk: c for c in taxonomy.categories.select_related("facet")}
    for category in found.values():
        if category.broader_id:
            category.broader = found[category.broader_id]
    return {category.code: category for category in found.values()}


def possible_parents(before: dict[str, Category]) -> list[Stored]:
    return [
        Stored(c.code, c.facet.code, c.broader.code if c.broader else "", c.retired_at is not None)
        for c in before.values()
    ]


def with_stored_facets(rows: list[CategoryRow], before: dict[str, Category]) -> list[CategoryRow]:
    """A facet is written as it is stored, however the file writes it."""
    stored = {as_heard(c.facet.code): c.facet.code for c in before.values()}
    return [replace(row, facet=stored.get(as_heard(row.facet), row.facet)) for row in rows]


def with_stored_parents(
    rows: list[CategoryRow], before: dict[str, Category], *, stays: bool
) -> list[CategoryRow]:
    """A file without the column broader leaves each category where it is, if that is still there.

    Args:
        stays: categories that the file does not name stay in use.
    """
    named = {row.code for row in rows}
    return [_with_stored_parent(row, before, named, stays) for row in rows]


def _with_stored_parent(
    row: CategoryRow, before: dict[str, Category], named: set[str], stays: bool
) -> CategoryRow:
    stored = before.get(row.code)
    parent = stored.broader if stored else None
    if "broader" in row.said or parent is None:
        return row
    is_there = parent.code in named or (stays and parent.retired_at is None)
    return replace(row, broader=parent.code) if is_there else row


def plan_categories(
    taxonomy: Taxonomy, rows: list[CategoryRow], before: dict[str, Category]
) -> Plan:
    """What the rows, parents before children, make of the categories; these are changed in memory.

    Raises:
        ImportRefused: a category would lie too deep to be stored.
    """
    plan = Plan()
    facets = _facets(taxonomy, rows, plan)
    touched: set[str] = set()
    every = dict(before)
    for row in rows:
        category = every.setdefault(row.code, Category(taxonomy=taxonomy, code=row.code))
        wanted = _wanted(row, facets[row.facet], every)
        if row.code in before:
            plan.emptied.update(c for c in OWN if getattr(category, c) and not wanted.get(c, True))
        if _change(category, wanted):
            touched.add(row.code)
    named = {row.code: row.row for row in rows}
    for category in _from_the_top(every):
        has_moved = _change(category, _place(category, named.get(category.code)))
        if category.code not in before:
            plan.new.append(category)
        elif category.code in touched or (has_moved and category.code in named):
            plan.changed.append(category)
        elif has_moved:
            plan.followers.append(category)
    return plan


def _wanted(row: CategoryRow, facet: Facet, every: dict[str, Category]) -> dict[str, object]:
    words = {column: getattr(row, column) for column in OWN if column in row.said}
    if "alt_labels" in words:
        words["alt_labels"] = list(row.alt_labels)
    return words | {
        "label": row.label,
        "facet": facet,
        "broader": every[row.broader] if row.broader else None,
        "position": row.row,
        "retired_at": None,
        "merged_into": None,
    }


def _change(category: Category, wanted: dict[str, object]) -> bool:
    changed = {k: v for k, v in wanted.items() if getattr(category, k, None) != v}
    for column, value in changed.items():
        setattr(category, column, value)
    return bool(changed)


def _from_the_top(every: dict[str, Category]) -> list[Category]:
    below: dict[str, list[Category]] = defaultdict(list)
    for category in every.values():
        below[category.broader.code if category.broader else ""].append(category)
    order, ready = [], deque(below[""])
    while ready:
        order.append(ready.popleft())
        ready.extend(below[order[-1].code])
    return order


def _place(category: Category, row: int | None) -> dict[str, object]:
    parent = category.broader
    path = f"{parent.path if parent else ''}{category.code}/"
    if len(path) > 500:
        where = f"Row {row}: " if row else ""
        raise ImportRefused(f"{where}{category.code} lies too deep in the tree.")
    return {
        "facet": parent.facet if parent else category.facet,
        "path": path,
        "ancestor_labels": [*parent.ancestor_labels, parent.label] if parent else [],
        "level": parent.level + 1 if parent else 1,
    }


def _facets(taxonomy: Taxonomy, rows: list[CategoryRow], plan: Plan) -> dict[str, Facet]:
    facets = {facet.code: facet for facet in taxonomy.facets.all()} if taxonomy.pk else {}
    for code in dict.fromkeys(row.facet for row in sorted(rows, key=attrgetter("row"))):
        if code not in facets:
            facets[code] = Facet(
                taxonomy=taxonomy,
                code=code,
                label=code[:1].upper() + code[1:].replace("_", " "),
                position=len(facets),
                has_general_public=code.casefold() in {"population", "beneficiaries"},
            )
            plan.facets.append(facets[code])
    return facets
