"""Sparse counts of words in texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from scipy import sparse


def count_matrix(
    documents: Iterable[Iterable[str]], columns: Mapping[str, int]
) -> sparse.csr_array:
    """Count the known words of each document, float32, shape (n_documents, n_words).

    Parameters
    ----------
    documents : iterable of list of str
        The words of each document.
    columns : mapping of str to int
        The column of each word, 0 to n_words - 1; other words are passed over.
    """
    found: list[int] = []
    ends = [0]
    for document in documents:
        found.extend(columns[word] for word in document if word in columns)
        ends.append(len(found))
    ones = np.ones(len(found), dtype=np.float32)
    shape = (len(ends) - 1, len(columns))
    indices, bounds = np.array(found, dtype=np.int32), np.array(ends, dtype=np.int32)
    counts = sparse.csr_array((ones, indices, bounds), shape=shape)
    counts.sum_duplicates()
    return counts


def presence(counts: sparse.csr_array) -> sparse.csr_array:
    """1 where a word occurs at all, float32, of the same shape; stored zeros are dropped."""
    present = counts.copy()
    present.eliminate_zeros()
    present.data[:] = 1
    return present


def tfidf(counts: sparse.csr_array, idf: np.ndarray) -> sparse.csr_array:
    """Sublinear TF-IDF rows of length 1: (1 + ln count) x idf (Manning et al. 2008, 6.4.1).

    Parameters
    ----------
    counts : sparse matrix of shape (n_documents, n_words)
        Without stored zeros.
    idf : ndarray of shape (n_words,)
    """
    data = (1 + np.log(counts.data)) * idf[counts.indices]
    parts = _of_unit_length(data, counts.indptr), counts.indices, counts.indptr
    return sparse.csr_array(parts, shape=counts.shape)


def inverse_frequency(document_counts: np.ndarray, n_documents: int) -> np.ndarray:
    """Smoothed inverse document frequency, float32, at least 1 (as in scikit-learn)."""
    return (np.log((n_documents + 1) / (document_counts + 1)) + 1).astype(np.float32)


def unit_rows(matrix: sparse.csr_array) -> sparse.csr_array:
    """The rows scaled to Euclidean length 1; an empty row stays empty."""
    parts = _of_unit_length(matrix.data, matrix.indptr), matrix.indices, matrix.indptr
    return sparse.csr_array(parts, shape=matrix.shape)


def _of_unit_length(data: np.ndarray, indptr: np.ndarray) -> np.ndarray:
    # By hand: for a single text scipy's own operations cost more than the rest of the scoring.
    rows = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    lengths = np.sqrt(np.bincount(rows, weights=data.astype(np.float64) ** 2))
    return np.asarray(data / lengths[rows], dtype=np.float32)
