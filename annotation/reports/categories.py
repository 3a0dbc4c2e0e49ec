"""Which categories there are: for choosing one by typing or from the tree."""

import unicodedata

from annotation.models import Category, Taxonomy
from annotation.reports.coverage import examples_by_category


def current_release() -> int:
    """The key of the taxonomy's release; what is cached under another one is stale."""
    taxonomy = Taxonomy.objects.current()
    return taxonomy.release_id or 0 if taxonomy else 0


def category_list() -> list[dict[str, object]]:
    """Every category in use, in the taxonomy's order, as plain values for the browser."""
    examples = examples_by_category()
    return [
        {
            "code": c.code,
            "label": c.label,
            "alt": c.alt_labels,
            "path": c.ancestor_labels,
            "facet": c.facet.code,
            "n": examples.get(c.pk, 0),
            "definition": c.definition,
            "scope": c.scope_note,
        }
        for c in Category.objects.active().select_related("facet")
    ]


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
