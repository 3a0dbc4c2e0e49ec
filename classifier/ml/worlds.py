"""What a simulation plays on: labelled grants parted into a pool and a test, and read once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.ml.batches import text_vectors
from classifier.ml.folds import fold_numbers, groups_of
from classifier.ml.holdout import LabelledTexts
from classifier.ml.lexical import LexicalMatcher
from classifier.ml.simulation import World
from classifier.ml.text import CategoryText, Corpus

WORD = r"(?u)\w+"  # one letter is a word as well: a pool of very short texts has words then
PARTS = 4  # without a test of its own a run holds out one part in so many


def world_of(
    categories: Sequence[CategoryText],
    pool: LabelledTexts,
    test: LabelledTexts,
    amounts: NDArray[np.float64],
) -> World:
    """All that no label changes. ``amounts``: money of each grant of the pool, shape (n_pool,)."""
    matcher = LexicalMatcher(list(categories)).fit(pool.corpus)
    return World(
        categories=list(categories),
        pool=pool,
        test=test,
        words=matcher.predict_proba(pool.corpus),
        vectors=_vectors(pool.corpus),
        amounts=amounts,
    )


def held_out(corpus: Corpus, seed: int) -> NDArray[np.bool_]:
    """The part that the run of this seed measures on, bool of shape (n_texts,).

    Four runs in a row hold out each text once; a recipient's grants and equal texts stay together.
    """
    return np.asarray(fold_numbers(groups_of(corpus), PARTS, seed // PARTS) == seed % PARTS)


def _vectors(corpus: Corpus) -> NDArray[np.float32]:
    if not any(text.strip() for text in corpus.texts):
        return np.zeros((len(corpus), 1), dtype=np.float32)  # no words, so none are alike
    vectorizer = TfidfVectorizer(sublinear_tf=True, token_pattern=WORD)
    return text_vectors(vectorizer.fit_transform(corpus.texts), 0)
