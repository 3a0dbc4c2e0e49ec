"""Keeping near-duplicates from following each other in one mixed order."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.ml.batches import NEAR_DUPLICATE, Vectors, text_vectors

Rows = NDArray[np.int64]
# A person has four grants at once, and of several people each gets every so-and-so-manieth.
WINDOW = 8


def keep_apart(
    order: Rows, streams: Sequence[str], vectors: Vectors, drawn: Collection[str] = ()
) -> Rows:
    """The same grants at the same streams' places, near-duplicates eight places apart.

    A grant that is too like one of the last places changes with the next one of its own stream
    that is not; so every stream keeps its places and, but for these few, its order. Where a
    stream has nothing else left, likes may follow each other.

    Parameters
    ----------
    order : ndarray of int64
        Row numbers of ``vectors``, the first to be annotated first.
    streams : sequence of str
        Of each place.
    vectors : ndarray of shape (n_texts, n_dimensions)
        Rows of length 1, or 0 for an empty text, which is like nothing.
    drawn : collection of str
        Streams that were drawn by lot. Of those only direct neighbours are parted, whatever the
        other streams hold: if many texts are alike, their beginning is to hold as many of them as
        the whole.

    Returns
    -------
    ndarray of int64, a permutation of ``order``
    """
    found = np.array(order, dtype=np.int64)
    names = np.array(streams, dtype=object)
    is_drawn = np.isin(names, list(drawn))
    # First what was drawn, as if nothing else were there: no strategy may move it.
    places = np.flatnonzero(is_drawn)
    found[places] = _parted(found[places], names[places], vectors)
    for place in np.flatnonzero(~is_drawn).tolist():
        near = [*range(max(0, place - WINDOW), place)]
        near += [place + 1] if place + 1 < len(found) and is_drawn[place + 1] else []
        _exchange(found, names, vectors, place, near)
    return found


def _parted(order: Rows, names: NDArray[np.object_], vectors: Vectors) -> Rows:
    """No two neighbours alike, as far as can be."""
    found = order.copy()
    for place in range(1, len(found)):
        _exchange(found, names, vectors, place, [place - 1])
    return found


def _exchange(
    found: Rows, names: NDArray[np.object_], vectors: Vectors, place: int, near: list[int]
) -> None:
    """Put another grant of its stream there, if it is too like one of those near."""
    others = vectors[found[near]]
    if not near or (others @ vectors[found[place]]).max() <= NEAR_DUPLICATE:
        return
    later = place + 1 + np.flatnonzero(names[place + 1 :] == names[place])
    differs = (vectors[found[later]] @ others.T <= NEAR_DUPLICATE).all(axis=1)
    if differs.any():
        other = later[int(differs.argmax())]
        found[[place, other]] = found[[other, place]]


def vectors_of(texts: Sequence[str], seed: int = 0) -> Vectors:
    """Vectors of texts whose products tell how alike they are, of these texts' own words.

    Parameters
    ----------
    texts : sequence of str
        Some thousand at most: all are held at once.
    seed : int, default=0

    Returns
    -------
    float32 of shape (n_texts, at most 100), rows of length 1, or 0 where there is no word
    """
    vectorizer = TfidfVectorizer(sublinear_tf=True)
    if not any(map(vectorizer.build_analyzer(), texts)):
        return np.zeros((len(texts), 1), dtype=np.float32)
    # Texts that are all the same have no variance to explain; what would explain it is not used.
    with np.errstate(invalid="ignore"):
        return text_vectors(vectorizer.fit_transform(texts), seed)
