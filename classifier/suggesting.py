"""What a model version suggests for grants: the best of each facet, with evidence."""

from collections.abc import Iterator, Mapping
from itertools import chain

import numpy as np

from annotation.models import Grant, ModelVersion, SiteSettings, Suggestion
from annotation.services.suggestions import replace_suggestions
from classifier.ml.shortlist import shortlist
from classifier.ml.text import Corpus
from classifier.ticking import Model

WRITTEN_AT_ONCE = 50
A_FACET = 10


class Suggesting:
    """One version at it, under the settings of one reading.

    Args:
        category_ids: the key of each of the model's columns that may be suggested.
    """

    def __init__(
        self,
        version: ModelVersion,
        model: Model,
        category_ids: Mapping[int, int],
        site: SiteSettings,
    ):
        self.version, self.model, self.category_ids = version, model, category_ids
        self.reading, self.least_score = site.reading, site.least_score
        facets = [category.facet for category in self.model.categories]
        self.columns_of_facets = [
            np.array([i for i in self.category_ids if facets[i] == facet])
            for facet in dict.fromkeys(facets)
        ]
        self.is_lexical = np.asarray(
            getattr(self.model, "falls_back_", np.ones(len(facets), dtype=bool))
        )

    def write(self, batch: list[Grant], corpus: Corpus) -> np.ndarray:
        """Put its suggestions in the place of those there were.

        Returns:
            The probabilities, of the shape (n_grants, n_columns).
        """
        proba = self.model.predict_proba(corpus)
        ticked = self.model.decide(proba)
        best = [
            [self._best(columns, *found) for columns in self.columns_of_facets]
            for found in zip(proba, ticked, strict=True)
        ]
        evidence = self.model.evidence(corpus, [list(chain(*facets)) for facets in best])
        # Written in small parts: on SQLite a long write holds up those who save.
        for start in range(0, len(batch), WRITTEN_AT_ONCE):
            rows = range(start, min(start + WRITTEN_AT_ONCE, len(batch)))
            replace_suggestions(
                self.version,
                [batch[row].pk for row in rows],
                [
                    suggestion
                    for row in rows
                    for suggestion in self._suggestions(
                        batch[row], best[row], next(evidence), proba[row], ticked[row]
                    )
                ],
                reading=self.reading,
            )
        return proba

    def _suggestions(
        self,
        grant: Grant,
        best: list[list[int]],
        words: list[list[str]],
        proba: np.ndarray,
        ticked: np.ndarray,
    ) -> Iterator[Suggestion]:
        """``best``: columns of each facet. ``words``: evidence for them all, in that order."""
        told = iter(words)
        for facet in best:
            for rank, column in enumerate(facet, start=1):
                yield Suggestion(
                    grant=grant,
                    category_id=self.category_ids[column],
                    model_version=self.version,
                    score=float(proba[column]),
                    rank=rank,
                    is_ticked=bool(ticked[column]),
                    is_lexical=bool(self.is_lexical[column]),
                    evidence=next(told),
                )

    def _best(self, columns: np.ndarray, proba: np.ndarray, ticked: np.ndarray) -> list[int]:
        thresholds = self.model.thresholds_
        return shortlist(columns, proba, ticked, thresholds, A_FACET, self.least_score)
