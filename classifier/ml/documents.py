"""What a category says of itself: its names, and its document."""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifier.ml.text import CategoryText
from classifier.ml.words import tokens

# Notes say where else to look ("see also ...", "not including ..."): those words name other
# categories, so a note is cut off where it begins to point.
CLAUSE = re.compile(r"(?<=[.;!?])\s+|\s+-\s+")
POINTER = re.compile(
    r"\b(?:see|not (?:to )?includ|exclud|separate from|consider|preference|where|potentially"
    r"|applies|could be|depending|refers)",
    re.IGNORECASE,
)

# Escapes, the heads of groups, and all else that is no letter, digit or blank.
SYNTAX = re.compile(r"\\[a-zA-Z]|\(\?(?:P?<\w+>|[a-zA-Z-]*:?)|[^\w\s]")
SHORTEST_KEYWORD = 3  # "(y|ies)?" leaves crumbs


def names_of(category: CategoryText) -> tuple[str, ...]:
    """The label, then the alternative labels."""
    return (category.label, *category.alt_labels)


def notes_of(category: CategoryText) -> str:
    """Definition and scope note, without the clauses that name other categories."""
    notes = category.definition, category.scope_note
    return " ".join(filter(None, map(_without_pointers, notes)))


def keywords_of(category: CategoryText) -> list[str]:
    """The words spelled out in a category's include pattern, each once, in lower case.

    What a rule looks for are words of the category as well: where the pattern as a whole does not
    match, a word of it, or one like it, still says something.
    """
    letters = SYNTAX.sub(" ", category.include_pattern)
    return list(dict.fromkeys(word for word in tokens(letters) if len(word) >= SHORTEST_KEYWORD))


def documents_of(categories: Sequence[CategoryText], with_keywords: bool) -> list[list[str]]:
    """The words of each category's document.

    Its label twice, alternative labels, the labels of its ancestors, definition and scope note,
    and the words of its keyword rule if those play a part.
    """
    labels = {category.code: category.label for category in categories}
    return [
        tokens(
            " ".join(
                [
                    category.label,
                    *names_of(category),
                    *(labels[code] for code in category.ancestors if code in labels),
                    notes_of(category),
                ]
            )
        )
        + (keywords_of(category) if with_keywords else [])
        for category in categories
    ]


def _without_pointers(note: str) -> str:
    return " ".join(POINTER.split(clause)[0] for clause in CLAUSE.split(note))
