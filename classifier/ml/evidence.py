"""The words of a text that speak for a category, as they stand in the text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.ml.words import STOP_WORDS, stem, words

MAX_WORDS = 6
# A word that tells less than this share of the best one is noise to the reader.
MIN_SHARE = 0.2
# A keyword rule may span a sentence ("friends of .* school"); nobody reads that as a word.
MAX_LENGTH = 60

ReadText = Sequence[tuple[str, str]]


def read_words(text: str) -> ReadText:
    """The words of a text that carry meaning, each as it stands there and as a stem."""
    kept = (word for word in words(text) if word.lower() not in STOP_WORDS)
    return [(word, stem(word.lower())) for word in kept]


def surface_forms(
    read: ReadText, telling: Mapping[str, float], passages: Iterable[str] = ()
) -> list[str]:
    """At most six words of the text, the most telling first, each once whatever its case.

    Parameters
    ----------
    read : sequence of (str, str)
        From :func:`read_words`.
    telling : mapping of str to float
        How telling each stem is; stems that are not in it tell nothing.
    passages : iterable of str
        Passages of the text that stand before all words (what a keyword rule found).
    """
    weights = {word: telling[root] for word, root in read if telling.get(root, 0.0) > 0}
    values = np.fromiter(weights.values(), dtype=np.float64, count=len(weights))
    return shortened(passages, telling_words(list(weights), values))


def telling_words(words: Sequence[str], telling: NDArray[np.floating]) -> list[str]:
    """Those that tell enough, the most telling first; ``telling``: of shape (n_words,)."""
    floor = MIN_SHARE * telling.max(initial=0)
    enough = np.flatnonzero((telling > 0) & (telling >= floor))
    return [words[place] for place in enough[np.argsort(-telling[enough], kind="stable")]]


def shortened(passages: Iterable[str], ranked: Iterable[str]) -> list[str]:
    """Passages that are not too long, then words, six at most, each once whatever its case."""
    short = [passage for passage in passages if 0 < len(passage) <= MAX_LENGTH]
    return _distinct([*short, *ranked])[:MAX_WORDS]


def _distinct(found: list[str]) -> list[str]:
    kept: dict[str, str] = {}
    for passage in found:
        kept.setdefault(passage.lower(), passage)
    return list(kept.values())
