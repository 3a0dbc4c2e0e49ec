"""What all grant texts teach before any label: how rare words are, and which count for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from classifier.ml.echoes import Echoes, weight_at
from classifier.ml.fitting import Words, learn_words
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.spaces import MAX_WEIGHTS
from classifier.ml.text import CategoryText, Corpus
from classifier.ml.words import stems_of


@dataclass(frozen=True)
class Background:
    """Read once, for as many fits on the same texts and categories as there are.

    ``matcher``: of the categories' own words. ``words``: vocabularies and label evidence.
    ``corpus``: the texts themselves.
    """

    matcher: LexicalMatcher
    words: Words
    corpus: Corpus

    @classmethod
    def learned(
        cls, categories: Sequence[CategoryText], corpus: Corpus, use_rules: bool
    ) -> Background:
        """From all texts there are; ``use_rules``: whether keyword rules play a part."""
        matcher = LexicalMatcher(list(categories)).fit(corpus)
        reader = matcher.reader_
        with_keywords = use_rules and bool(reader.rules.columns)
        words = learn_words(categories, reader, corpus, MAX_WEIGHTS, with_keywords)
        return cls(matcher, words, corpus)

    def echoes(self, n_examples: float) -> Echoes | None:
        """What stands in for examples beside so many of them; None where there are enough."""
        weight = weight_at(n_examples)
        return replace(self._echoes, weight=weight) if weight else None

    @cached_property
    def _echoes(self) -> Echoes:
        stems = self.words.spaces.vocabularies[2]
        texts = stems.transform(map(stems_of, self.matcher.reader_.read(self.corpus)))
        return Echoes.learned(stems.transform(map(stems_of, self.words.documents)), texts, 1.0)
