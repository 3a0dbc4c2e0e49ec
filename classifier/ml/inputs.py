"""What the stacker reads of a (text, category) pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.labels import LabelMatches

Scores = NDArray[np.float32]
N_INPUTS = 20
N_RULE_INPUTS = 4
N_MEANING_INPUTS = 8


@dataclass(frozen=True)
class RuleMatches:
    """What the keyword rules say; all (n_texts, n_categories) but where said otherwise.

    ``holds``: 1 where a category's rule matches. ``precision``: log-odds that a matching rule is
    right, (n_categories,) or (n_texts, n_categories).
    """

    holds: Scores
    precision: Scores


@dataclass(frozen=True)
class MeaningMatches:
    """What sentence vectors say; all of shape (n_texts, n_categories).

    ``ridge``: ridge regression on the vectors. ``document``, ``name``: cosines with the category's
    words as a text, and with its label alone.
    """

    ridge: Scores
    document: Scores
    name: Scores

    def part(self, rows: slice) -> MeaningMatches:
        """Those of some texts."""
        return MeaningMatches(self.ridge[rows], self.document[rows], self.name[rows])


class InputBuilder:
    """Turn scores into the inputs of the stacker.

    Parameters
    ----------
    facets : sequence of str, length n_categories
        "Best of a text" is meant within a facet, since facets are separate questions.
    ancestors : sparse matrix of shape (n_categories, n_categories)
    """

    def __init__(self, facets: Sequence[str], ancestors: sparse.csr_array) -> None:
        names = np.array(facets, dtype=object)
        self.facets = [np.flatnonzero(names == facet) for facet in dict.fromkeys(facets)]
        self.ancestors = ancestors

    def inputs(
        self, ridge: Scores, prototype: Scores, labels: LabelMatches, rules: RuleMatches | None
    ) -> list[Scores]:
        """Twenty inputs, four more with rules, each of shape (n_texts, n_categories).

        Logarithms open up the low end, where most pairs are; gaps and shares say how a category
        stands among the others for this text, which no score of its own can say.
        """
        found = [ridge, log_of(ridge, 20), log_of(ridge, 100), self.gap(ridge), self.share(ridge)]
        found += [prototype, log_of(prototype, 20), self.share(prototype), self.gap(prototype)]
        cosine = labels.document
        found += [cosine, log_of(cosine, 20), self.gap(cosine), self.share(cosine)]
        found += [labels.name, self.share(labels.name), labels.phrase, labels.whole]
        found += [labels.rarest, labels.above, labels.below]
        return found if rules is None else found + self._of_rules(rules)

    def _of_rules(self, rules: RuleMatches) -> list[Scores]:
        holds = rules.holds
        above = np.asarray(self.ancestors.dot(np.ascontiguousarray(holds.T)).T)
        beside = np.zeros_like(holds)
        for columns in self.facets:
            beside[:, columns] = holds[:, columns].sum(axis=1, keepdims=True)
        # holds.P.T: the rules of a category's ancestors.
        return [holds, holds / (1 + beside), above, holds * rules.precision]

    def of_meaning(self, found: MeaningMatches) -> list[Scores]:
        """Eight inputs more where texts have sentence vectors, each (n_texts, n_categories)."""
        ridge, document, name = found.ridge, found.document, found.name
        inputs = [ridge, log_of(ridge, 20), self.gap(ridge), self.share(ridge)]
        return [*inputs, document, self.gap(document), self.share(document), name]

    def gap(self, scores: Scores) -> Scores:
        """How far a score lies above the text's second best in its facet."""
        gaps = scores.copy()
        for columns in self.facets:
            if len(columns) > 1:
                part = scores[:, columns]
                gaps[:, columns] = part - np.partition(part, -2, axis=1)[:, -2:-1]
        return gaps

    def share(self, scores: Scores) -> Scores:
        """A score as a share of the text's best in its facet."""
        shares = scores.copy()
        for columns in self.facets:
            part = scores[:, columns]
            shares[:, columns] = part / np.maximum(part.max(axis=1, keepdims=True), 1e-6)
        return shares


def log_of(scores: Scores, scale: int) -> Scores:
    """ln(1 + scale x score), 0 for negative scores."""
    return np.asarray(np.log1p(np.maximum(scores, 0) * np.float32(scale)))
