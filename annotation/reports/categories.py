"""Which categories there are: for choosing one by typing or from the tree."""

import unicodedata
from typing import Any

from annotation.models import Category, CategoryRollup, Taxonomy


def current_release() -> int:
    """The key of the taxonomy's release; what is cached under another one is stale."""
    taxonomy = Taxonomy.objects.current()
    return taxonomy.release_id or 0 if taxonomy else 0


def category_columns() -> dict[str, list[Any]]:
    """Every category in use, in the taxonomy's order, for the browser: a list for each property.

    ``facet`` counts along ``facets``. ``above`` says what stands above a category once only: the
    place of its parent in these lists, or, where that is not in use, the labels from the top.
    """
    rows = Category.objects.active().values_list(
        "pk", "code", "label", "alt_labels", "ancestor_labels", "facet__code"
    )
    examples = dict(CategoryRollup.objects.values_list("pk", "examples"))
    columns: dict[str, list[Any]] = {
        name: [] for name in ("facets", "code", "label", "alt", "above", "facet", "n")
    }
    places: dict[tuple[str, ...], int] = {}
    paths: list[tuple[str, ...]] = []
    for pk, code, label, alt_labels, path, facet in rows:
        if facet not in columns["facets"]:
            columns["facets"].append(facet)
        places.setdefault((facet, *path, label), len(paths))
        paths.append((facet, *path))
        columns["code"].append(code)
        columns["label"].append(label)
        columns["alt"].append(alt_labels)
        columns["facet"].append(columns["facets"].index(facet))
        columns["n"].append(examples.get(pk, 0))
    columns["above"] = [places.get(path, path[1:]) for path in paths]
    return columns


def definitions() -> dict[str, str]:
    """What categories mean and how they are used, by code; those that say nothing are left out."""
    rows = Category.objects.active().values_list("code", "definition", "scope_note")
    said = {code: " ".join(filter(None, texts)) for code, *texts in rows}
    return {code: text for code, text in said.items() if text}


def search_categories(words: str) -> list[Category]:
    """Categories in which every word occurs, the closest match first; all for no words."""
    rows = list(Category.objects.active().select_related("facet", "broader"))
    wanted = _fold(words).split()
    if not wanted:
        return rows
    scored = [(sum(_closeness(word, row) for word in wanted), row) for row in rows]
    found = [(score, row) for score, row in scored if score > 0]
    return [row for _, row in sorted(found, key=lambda pair: (-pair[0], pair[1].position))]


def _fold(text: str) -> str:
    """Lower case without accents."""
    return "".join(
        c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c)
    )


def _closeness(word: str, row: Category) -> float:
    label = _fold(row.label)
    if label.startswith(word):
        return 6
    if _fold(row.code).startswith(word):
        return 5
    if word in label:
        return 4
    if any(word in _fold(alternative) for alternative in row.alt_labels):
        return 3
    if word in _fold(" ".join(row.ancestor_labels)):
        return 1
    return float("-inf")
