"""What all grant texts teach before any label: how rare words are, and which count for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from classifier.ml.fitting import Words, learn_words
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.spaces import MAX_WEIGHTS
from classifier.ml.text import CategoryText, Corpus


@dataclass(frozen=True)
class Background:
    """Read once, for as many fits on the same texts and categories as there are.

    ``matcher``: of the categories' own words. ``words``: vocabularies and label evidence.
    """

    matcher: LexicalMatcher
    words: Words

    @classmethod
    def learned(
        cls, categories: Sequence[CategoryText], corpus: Corpus, use_rules: bool
    ) -> Background:
        """From all texts there are; ``use_rules``: whether keyword rules play a part."""
        matcher = LexicalMatcher(list(categories)).fit(corpus)
        reader = matcher.reader_
        with_keywords = use_rules and bool(reader.rules.columns)
        words = learn_words(categories, reader, corpus, MAX_WEIGHTS, with_keywords)
        return cls(matcher, words)
