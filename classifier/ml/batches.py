"""Batches whose grants differ: what the first of two alike teaches, the second no longer does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.preprocessing import normalize

Rows = NDArray[np.int64]
Vectors = NDArray[np.float32]
NEAR_DUPLICATE = 0.95  # cosine from which two grants are never in one batch
SHORTLIST = 4  # a batch is chosen among so many times its size
LIKENESS = 0.5  # what full likeness costs, where the best place of the shortlist is worth 1
DIMENSIONS = 100


def text_vectors(terms: sparse.csr_array, seed: int, dimensions: int = DIMENSIONS) -> Vectors:
    """Few numbers a text whose products are cosines (Deerwester et al. 1990, truncated SVD).

    Parameters
    ----------
    terms : csr_array of shape (n_texts, n_terms)
        TF-IDF rows.
    seed : int
        Of the randomised decomposition.
    dimensions : int, default=100
        Fewer where there are fewer texts or terms.

    Returns
    -------
    float32 of shape (n_texts, at most ``dimensions``), rows of length 1, or 0 for an empty text
    """
    most = min(terms.shape) - 1
    if most < 1:
        return np.zeros((terms.shape[0], 1), dtype=np.float32)
    svd = TruncatedSVD(min(dimensions, most), random_state=seed)
    return np.asarray(normalize(svd.fit_transform(terms)), dtype=np.float32)


def next_batch(ranked: Rows, vectors: Vectors, n: int) -> Rows:
    """The next ``n`` of a ranked list, those passed over that are like others in the batch.

    Greedy (maximal marginal relevance, Carbonell and Goldstein 1998): each time the one whose
    place in the list, less its likeness to the nearest already in the batch, is best.

    Parameters
    ----------
    ranked : ndarray of int64
        Row numbers, best first.
    vectors : ndarray of shape (n_texts, n_dimensions)
        Rows of length 1.
    n : int

    Returns
    -------
    ndarray of int64, at most ``n`` row numbers in the order of choice
        Fewer where too few are left that are no near-duplicates of each other.
    """
    chosen: list[int] = []
    near = np.full(len(ranked), -1.0)  # likeness of each to the nearest that is chosen
    end = min(SHORTLIST * n, len(ranked))
    worth = 1 - np.arange(len(ranked)) / max(end, 1)
    while len(chosen) < n:
        score = worth[:end] - LIKENESS * np.maximum(near[:end], 0)
        score[near[:end] > NEAR_DUPLICATE] = -np.inf
        best = int(score.argmax()) if end else 0
        if not end or score[best] == -np.inf:
            if end == len(ranked):
                break
            end = min(end + SHORTLIST * n, len(ranked))
            continue
        chosen.append(best)
        near = np.maximum(near, vectors[ranked] @ vectors[ranked[best]])
        near[best] = np.inf
    return ranked[np.array(chosen, dtype=np.int64)]


def in_batches(ranked: Rows, vectors: Vectors, size: int, n_batches: int) -> Rows:
    """The same list with its beginning cut into diverse batches; the rest stays as it is.

    Parameters
    ----------
    ranked : ndarray of int64
    vectors : ndarray of shape (n_texts, n_dimensions)
    size : int
        Grants in a batch.
    n_batches : int
        How many batches are worth forming: before the last is reached, the list is made anew.
    """
    rest, batches = ranked, []
    for _ in range(n_batches):
        if not len(rest):
            break
        # Nobody reaches further than this before the list is made anew.
        batch = next_batch(rest[: SHORTLIST * size * 2], vectors, size)
        batches.append(batch)
        rest = rest[~np.isin(rest, batch)]
    return np.concatenate([*batches, rest]).astype(np.int64)
