"""The fast path: a fitted classifier's matrices, and what they say of a text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.ml.echoes import Echoes
from classifier.ml.inputs import InputBuilder, RuleMatches
from classifier.ml.labels import LabelEvidence, LabelMatches
from classifier.ml.meaning import Meaning
from classifier.ml.spaces import TextSpaces, TextVectors
from classifier.ml.stacker import FoldedWeights
from classifier.ml.words import stems_of

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class MeaningScorer:
    """What sentence vectors say, and the weights of all inputs for texts that have one."""

    meaning: Meaning
    weights: FoldedWeights


@dataclass(frozen=True)
class Scorer:
    """All that is needed to score texts.

    ``ridge``: float32 of shape (n_terms, n_categories), with ``ridge_mean`` (n_categories,).
    ``prototypes``: float32 of shape (n_stems, n_categories). ``rule_precision``: log-odds that a
    rule is right, (n_categories,), or None where rules play no part. ``weights``: for texts as
    words. ``meaning``: for texts with a sentence vector, None where nothing was learned from any.
    ``echoes``: what is added for texts as words while examples are few, else None.
    """

    spaces: TextSpaces
    labels: LabelEvidence
    builder: InputBuilder
    ridge: Scores
    ridge_mean: Scores
    prototypes: Scores
    rule_precision: Scores | None
    weights: FoldedWeights
    meaning: MeaningScorer | None = None
    echoes: Echoes | None = None

    def log_odds(
        self, texts: list[list[str]], holds: Scores, sentences: Scores | None = None
    ) -> Scores:
        """Log-odds before calibration, float32 of shape (n_texts, n_categories).

        Parameters
        ----------
        texts : list of list of str
            The lower-case words of each text.
        holds : ndarray of shape (n_texts, n_categories)
            1 where a category's rule matches.
        sentences : ndarray of shape (n_texts, 384), optional
            The texts' sentence vectors; without them words alone decide.
        """
        vectors = self.spaces.transform(texts)
        inputs = self.inputs(texts, vectors, holds)
        if self.meaning is None or sentences is None:
            return self.by_words(vectors, inputs)
        inputs += self.builder.of_meaning(self.meaning.meaning.matches(sentences))
        return self.meaning.weights.log_odds(inputs)

    def by_words(self, vectors: TextVectors, inputs: list[Scores]) -> Scores:
        """Log-odds of texts as words, given what the stacker reads of them."""
        found = self.weights.log_odds(inputs)
        return found + self.echoes.log_odds(vectors.stems) if self.echoes else found

    def inputs(self, texts: list[list[str]], vectors: TextVectors, holds: Scores) -> list[Scores]:
        """What the stacker reads of texts, given their vectors too."""
        labels = self.labels.matches([stems_of(text) for text in texts])
        return self.inputs_of(vectors, labels, holds)

    def inputs_of(self, vectors: TextVectors, labels: LabelMatches, holds: Scores) -> list[Scores]:
        """The same of texts that were read before."""
        rules = None
        if self.rule_precision is not None:
            rules = RuleMatches(holds, self.rule_precision)
        # A sparse row touches only those rows of the matrices whose terms it holds.
        return self.builder.inputs(
            np.asarray(vectors.all.dot(self.ridge) + self.ridge_mean),
            np.asarray(vectors.stems.dot(self.prototypes)),
            labels,
            rules,
        )
