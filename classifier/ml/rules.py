"""Keyword rules: an include pattern that matches, unless the exclude pattern matches too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import re2
from numpy.typing import NDArray

from classifier.ml.text import BadPattern, CategoryText, compiled_pattern, set_options


class RuleSet:
    """The include and exclude patterns of all categories, searched for together.

    A pattern that RE2 refuses is ignored: the category then has no rule, or no exclusion.

    Parameters
    ----------
    categories : sequence of CategoryText
        Their order is the order of the columns.
    """

    def __init__(self, categories: Sequence[CategoryText]) -> None:
        self.n_categories = len(categories)
        self.includes = [_usable(category.include_pattern) for category in categories]
        self.excludes = [_usable(category.exclude_pattern) for category in categories]
        self._compile_set()

    def _compile_set(self) -> None:
        self.set_ = re2.Set.SearchSet(set_options())
        # A position in the set stands for include column c, or for n_categories + c.
        self.columns = [i for i, rule in enumerate(self.includes + self.excludes) if rule]
        for rule in self.includes + self.excludes:
            if rule:
                self.set_.Add(rule.pattern)
        try:
            self.set_.Compile()
        except re2.error:  # too large for one automaton: search for the patterns one by one
            self.set_ = None

    def matches(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Whether a category's rule holds in a text, shape (n_texts, n_categories)."""
        hits = np.zeros((len(texts), 2 * self.n_categories), dtype=bool)
        if self.columns:
            for row, text in enumerate(texts):
                hits[row, self._hits(_searchable(text))] = True
        return hits[:, : self.n_categories] & ~hits[:, self.n_categories :]

    def _hits(self, text: str) -> list[int]:
        if self.set_ is None:
            rules = self.includes + self.excludes
            return [column for column in self.columns if rules[column].search(text)]
        return [self.columns[position] for position in self.set_.Match(text) or ()]

    def found(self, column: int, text: str) -> list[str]:
        """What a category's rule finds in a text, as it stands there; nothing if it is off."""
        include, exclude, text = self.includes[column], self.excludes[column], _searchable(text)
        if include is None or (exclude is not None and exclude.search(text)):
            return []
        return [match.group().strip() for match in include.finditer(text)]


def _usable(pattern: str) -> Any:
    if not pattern.strip():
        return None
    try:
        return compiled_pattern(pattern)
    except BadPattern:
        return None


def _searchable(text: str) -> str:
    # RE2 reads UTF-8, which has no place for half a surrogate pair.
    return text.encode("utf-8", "replace").decode()
