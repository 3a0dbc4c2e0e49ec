"""A model of any kind as the site serves it: ticks by the site's rules, words of the categories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.backends.protocol import Served
from classifier.ml.backoff import decided
from classifier.ml.hierarchy import ancestor_matrix
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.text import Corpus


class WithWords:
    """What the site asks of ``CategoryClassifier``, of a model that another backend made.

    Parameters
    ----------
    model : Served
    matcher : LexicalMatcher
        Of the model's categories, in its order: what a text speaks of categories with few examples.
    seed : int, default=0
        Of the training.
    may_say_why : bool, default=True
        False: it does not say which words spoke, as when the version was stored.

    Attributes
    ----------
    categories, thresholds_, proba_oof_
        The model's; ``proba_oof_`` is None where it has none.
    falls_back_ : ndarray of shape (n_categories,), bool
        False: such a model knows examples alone, and no category rests on its words.
    says_why : bool
        Whether the model can say which words spoke for a category.
    """

    def __init__(
        self, model: Served, matcher: LexicalMatcher, seed: int = 0, may_say_why: bool = True
    ) -> None:
        self.model, self.matcher_, self.seed = model, matcher, seed
        self.categories = model.categories
        self.thresholds_ = model.thresholds_
        self.ancestors_ = ancestor_matrix(self.categories)
        self.falls_back_ = np.zeros(len(self.categories), dtype=bool)
        self.proba_oof_: NDArray[np.float32] | None = getattr(model, "proba_oof_", None)
        self.says_why = may_say_why and bool(getattr(model, "says_why", False))

    def predict_proba(self, corpus: Corpus) -> NDArray[np.float32]:
        """The model's."""
        return self.model.predict_proba(corpus)

    def decide(self, proba: NDArray[np.float32], at_least_one: bool = False) -> NDArray[np.bool_]:
        """What is ticked, by the same rules as the production recipe ticks."""
        return decided(proba, self.thresholds_, self.ancestors_, at_least_one)

    def evidence(
        self, corpus: Corpus, columns: Sequence[Sequence[int]]
    ) -> Iterator[list[list[str]]]:
        """For each text and each of its columns words that spoke for it, if it can say."""
        if self.says_why:
            yield from self.model.evidence(corpus, columns)  # type: ignore[attr-defined] # optional, asked for above
        else:
            for own in columns:
                yield [[] for _ in own]
