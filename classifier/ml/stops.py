"""The stop rule: what nearly every text of a batch says tells nothing about any of them.

"Grant" in a file of grants, or the funder's own name, must not suggest a category. A word or
rule that hits over half of at least 50 texts of a batch counts for nothing in that batch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

MIN_TEXTS = 50
MAX_SHARE = 0.5


class BatchStops:
    """Which columns (words, or rules) count for nothing in which batch.

    Parameters
    ----------
    n_columns : int
        Columns of the matrices that are learned from and masked.
    columns : dict of str to list of int
        The stopped columns of each batch that has any, by :func:`key_of` its name: they are saved
        with the model, and a programme may be named after a person.
    """

    def __init__(self, n_columns: int, columns: dict[str, list[int]] | None = None) -> None:
        self.n_columns = n_columns
        self.columns = columns or {}

    @classmethod
    def learned(
        cls, hits: NDArray[np.float64], sizes: Sequence[int], batches: Sequence[str]
    ) -> BatchStops:
        """Stop what is too common.

        Parameters
        ----------
        hits : ndarray of shape (n_batches, n_columns)
            How many texts of the batch the column hits.
        sizes : sequence of int
            Texts in each batch.
        batches : sequence of str
            Names of the batches.
        """
        many = np.asarray(sizes)[:, None]
        stopped = (many >= MIN_TEXTS) & (hits > MAX_SHARE * many)
        rows = np.flatnonzero(stopped.any(axis=1)).tolist()
        columns = {key_of(batches[row]): np.flatnonzero(stopped[row]).tolist() for row in rows}
        return cls(hits.shape[1], columns)

    def of(self, batch: str) -> list[int]:
        """The stopped columns of a batch."""
        # Most models stop nothing; a hash for each text would then be for nothing, too.
        return self.columns.get(key_of(batch), []) if self.columns else []

    def mask(self, batches: Sequence[str]) -> NDArray[np.bool_]:
        """True where a column counts for nothing, shape (n_texts, n_columns)."""
        stopped = np.zeros((len(batches), self.n_columns), dtype=bool)
        for row, batch in enumerate(batches):
            stopped[row, self.of(batch)] = True
        return stopped


def key_of(batch: str) -> str:
    """What stands for the name of a batch in a saved model: half of its SHA-256 as text."""
    return hashlib.sha256(batch.encode("utf-8", "replace")).hexdigest()[:32]


def membership(rows: Sequence[int], n_batches: int) -> sparse.csr_array:
    """1 where a text (column) belongs to a batch (row)."""
    ones = np.ones(len(rows), dtype=np.float32)
    return sparse.csr_array((ones, (rows, range(len(rows)))), shape=(n_batches, len(rows)))
