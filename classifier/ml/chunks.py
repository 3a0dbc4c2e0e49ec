"""A corpus in parts, so that memory depends on the part and not on the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from classifier.ml.text import Corpus

CHUNK = 2_000


def chunks(corpus: Corpus) -> Iterator[Corpus]:
    """Parts of at most 2,000 texts, in order."""
    for start in range(0, len(corpus), CHUNK):
        yield corpus.part(slice(start, start + CHUNK))


def in_chunks(
    score: Callable[[Corpus], NDArray[np.float32]], corpus: Corpus, n_columns: int
) -> NDArray[np.float32]:
    """What ``score`` gives for each part, stacked: float32 of shape (n_texts, n_columns)."""
    scores = np.empty((len(corpus), n_columns), dtype=np.float32)
    for number, part in enumerate(chunks(corpus)):
        start = number * CHUNK
        scores[start : start + len(part)] = score(part)
    return scores
