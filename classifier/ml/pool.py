"""What is known of the grants that wait, as the query strategies read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Matrix: TypeAlias = "NDArray[np.float32] | sparse.csr_array"
CHUNK = 10_000  # rows of a part at most
CELLS = 500_000  # and numbers: what fits the processor's own memory is read four times as fast


@dataclass(frozen=True)
class Pool:
    """Grants to choose from, a row each.

    Only ``proba`` must be there; a strategy says what else it needs. Matrices may be sparse, as
    suggestions are stored (what is not stored is 0), or memory maps.

    Attributes
    ----------
    proba : ndarray or csr_array of shape (n_grants, n_categories), 0 to 1
    lots : ndarray of shape (n_grants,), 0 to 1
        Drawn once for each grant, before any model saw it.
    thresholds : ndarray of shape (n_categories,), 0 to 1
        From which probability a category is ticked.
    examples : ndarray of shape (n_categories,), counts
        Labelled grants of each category.
    words : ndarray or csr_array of shape (n_grants, n_categories), 0 to 1
        How far the text speaks the words of the category.
    members : tuple of ndarray or csr_array of shape (n_grants, n_categories), 0 to 1
        What each member of a committee says.
    reach : ndarray or csr_array of shape (n_grants, n_categories), 0 and up
        Length of the pair's row in the shared regression (standardised inputs).
    amounts : ndarray of shape (n_grants,), 0 and up
        Money.
    """

    proba: Matrix
    lots: NDArray[np.float64] | None = None
    thresholds: NDArray[np.float64] | None = None
    examples: NDArray[np.float64] | None = None
    words: Matrix | None = None
    members: tuple[Matrix, ...] | None = None
    reach: Matrix | None = None
    amounts: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        """How many grants there are."""
        return int(self.proba.shape[0])

    def has(self, name: str) -> bool:
        """Whether the field of this name is filled."""
        return getattr(self, name) is not None

    def given(self, name: str) -> NDArray[np.float64]:
        """A field that a strategy needs, of a pool that is dense (see :meth:`take`)."""
        return np.asarray(getattr(self, name), dtype=np.float64)

    def take(self, rows: slice | NDArray[np.integer]) -> Pool:
        """Some of the grants, everything dense: a few thousand at a time."""
        cut = {field.name: getattr(self, field.name) for field in fields(self)}
        for name in ("proba", "words", "reach"):
            cut[name] = _dense(cut[name], rows)
        for name in ("lots", "amounts"):
            cut[name] = None if cut[name] is None else cut[name][rows]
        if self.members is not None:
            cut["members"] = tuple(_dense(member, rows) for member in self.members)
        return Pool(**cut)

    def parts(self, size: int | None = None) -> Iterator[tuple[slice, Pool]]:
        """All grants in order, ``size`` at a time; without it as many as are read fastest."""
        if size is None:
            size = max(1, min(CHUNK, CELLS // max(self.proba.shape[1], 1)))
        for start in range(0, len(self), size):
            rows = slice(start, start + size)
            yield rows, self.take(rows)


def _dense(matrix: Matrix | None, rows: slice | NDArray[np.integer]) -> NDArray[np.float32] | None:
    if matrix is None:
        return None
    if isinstance(matrix, np.ndarray):
        return np.asarray(matrix[rows])
    return np.asarray(matrix[rows].toarray())
