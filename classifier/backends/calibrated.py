"""A fitted family with what makes probabilities and ticks of its scores, alike for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.backends.fitted import Floats
from classifier.backends.protocol import Snapshot
from classifier.backends.tuned import Sizes, facets_of, one_by_one, tuned
from classifier.ml.backoff import decided
from classifier.ml.calibration import FacetMaps, LogisticMap
from classifier.ml.chunks import in_chunks
from classifier.ml.hierarchy import ancestor_matrix
from classifier.ml.text import CategoryText, Corpus


class Scorer(Protocol):
    """Whatever gives each text a score in each category, higher where it is likelier."""

    def scores(self, corpus: Corpus) -> Floats:
        """Float32 of shape (n_texts, n_categories)."""


@runtime_checkable
class SaysWhy(Protocol):
    """A scorer that may know which words spoke for a category."""

    @property
    def says_why(self) -> bool:
        """Whether it does, as it was fitted."""

    def evidence(
        self, corpus: Corpus, columns: Sequence[Sequence[int]]
    ) -> Iterator[list[list[str]]]:
        """As that of ``CategoryClassifier``."""


S = TypeVar("S", bound=Scorer)


@dataclass(frozen=True)
class Calibrated(Generic[S]):
    """A fitted family with what makes probabilities and ticks of its scores."""

    scorer: S
    categories: list[CategoryText]
    sizes: Sizes
    maps: FacetMaps
    thresholds_: NDArray[np.float64]
    ancestors: sparse.csr_array
    proba_oof_: NDArray[np.float32] | None = None  # of the training texts, each unseen; not stored

    def predict_proba(self, corpus: Corpus) -> NDArray[np.float32]:
        """Calibrated probabilities, float32 of shape (n_texts, n_categories)."""
        return in_chunks(self._part_proba, corpus, len(self.categories))

    def _part_proba(self, part: Corpus) -> NDArray[np.float32]:
        return self.maps(self.sizes(self.scorer.scores(part)))

    def decide(self, proba: NDArray[np.float32], at_least_one: bool = False) -> NDArray[np.bool_]:
        """What is ticked, by the same rules as the production recipe ticks."""
        return decided(proba, self.thresholds_, self.ancestors, at_least_one)

    @property
    def says_why(self) -> bool:
        """Whether it can say which words spoke for a category."""
        return isinstance(self.scorer, SaysWhy) and self.scorer.says_why

    def evidence(
        self, corpus: Corpus, columns: Sequence[Sequence[int]]
    ) -> Iterator[list[list[str]]]:
        """For each text and each of its columns words that spoke for it; none if it cannot say."""
        if isinstance(self.scorer, SaysWhy) and self.scorer.says_why:
            yield from self.scorer.evidence(corpus, columns)
        else:
            for own in columns:
                yield [[] for _ in own]

    def plain(self) -> dict[str, Any]:
        """All but the scorer, as texts, numbers and arrays."""
        return {
            "codes": [category.code for category in self.categories],
            "facets": [category.facet for category in self.categories],
            "labels": [category.label for category in self.categories],
            "ancestors": [list(category.ancestors) for category in self.categories],
            "sizes": [self.sizes.middle, self.sizes.spread, self.sizes.usual],
            "maps": [list(one.weights) for one in self.maps.maps],
            "thresholds": self.thresholds_,
        }

    @classmethod
    def restored(cls, plain: dict[str, Any], scorer: S) -> Calibrated[S]:
        """What :meth:`plain` gave; of its categories only what answering asks for."""
        words = plain["codes"], plain["facets"], plain["labels"], plain["ancestors"]
        categories = [
            CategoryText(code, facet, label, (), "", "", tuple(ancestors), "", "")
            for code, facet, label, ancestors in zip(*words, strict=True)
        ]
        maps = [LogisticMap(tuple(weights)) for weights in plain["maps"]]
        # One for each category, or for each facet as all have that were stored in earlier releases.
        columns = one_by_one(categories) if len(maps) == len(categories) else facets_of(categories)
        return cls(
            scorer,
            categories,
            Sizes(*plain["sizes"]),
            FacetMaps(columns, maps),
            plain["thresholds"],
            ancestor_matrix(categories),
        )


def is_by_category(scorer: Scorer) -> bool:
    """Whether each category is to have a map of its own: the scores of one text sum to 1 in it."""
    return bool(getattr(scorer, "is_softmax", False))


def calibrated(scorer: S, unseen: Floats, snapshot: Snapshot) -> Calibrated[S]:
    """Sizes, maps and thresholds from scores of texts that the scoring fits had not seen.

    Parameters
    ----------
    scorer : Scorer
        Fitted on all texts.
    unseen : ndarray of shape (n_texts, n_categories)
        Of the snapshot's texts.
    snapshot : Snapshot
    """
    found = tuned(snapshot, unseen, is_by_category=is_by_category(scorer))
    categories = snapshot.categories
    ancestors = ancestor_matrix(categories)
    return Calibrated(
        scorer, categories, found.sizes, found.maps, found.thresholds, ancestors, found.proba
    )
