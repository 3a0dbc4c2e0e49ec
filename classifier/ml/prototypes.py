"""Prototypes of categories: the mean of their examples, drawn to their own words (Rocchio 1971)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

# A category's document weighs as much as two examples.
DOCUMENT_WEIGHT = 2.0


def prototypes(
    texts: sparse.csr_array, y: NDArray[np.float32], documents: sparse.csr_array
) -> sparse.csr_array:
    """Unit vectors of the categories, float32 of shape (n_stems, n_categories).

    Parameters
    ----------
    texts : sparse matrix of shape (n_texts, n_stems)
    y : ndarray of shape (n_texts, n_categories)
        How far a text is an example of a category, 0 to 1.
    documents : sparse matrix of shape (n_categories, n_stems)
    """
    examples = sparse.csr_array(y.T).dot(texts)
    total = sparse.csr_array(examples + np.float32(DOCUMENT_WEIGHT) * documents)
    lengths = np.sqrt(np.asarray(total.multiply(total).sum(axis=1)))
    total.data /= np.repeat(np.maximum(lengths, 1e-6), np.diff(total.indptr)).astype(np.float32)
    return sparse.csr_array(total.T)
