"""Which category stands above which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.text import CategoryText


def ancestor_matrix(categories: Sequence[CategoryText]) -> sparse.csr_array:
    """Float32 matrix of shape (n_categories, n_categories): 1 where the column is above the row.

    Ancestors that are not among the categories (retired ones, for example) are passed over.
    """
    column = {category.code: position for position, category in enumerate(categories)}
    pairs = [
        (row, column[code])
        for row, category in enumerate(categories)
        for code in category.ancestors
        if code in column
    ]
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    ones = np.ones(len(pairs), dtype=np.float32)
    return sparse.csr_array((ones, (rows, columns)), shape=(len(categories), len(categories)))


def ancestors_of(chosen: NDArray[np.bool_], ancestors: sparse.csr_array) -> NDArray[np.bool_]:
    """All categories above the chosen ones; both of shape (n_texts, n_categories)."""
    above = ancestors.T.dot(chosen.T.astype(np.float32)).T
    return np.asarray(above > 0)
