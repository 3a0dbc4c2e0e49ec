"""How well people agree on sets of categories: Krippendorff's alpha with the MASI distance.

Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): alpha is 1 less the observed
disagreement over the one that chance would give, over all units (here grants) that two or more
people answered; who did not answer is left out of that unit. Passonneau, "Measuring Agreement on
Set-valued Items (MASI)" (LREC 2006), is the distance of two sets; handed sets of categories with
all above them, near misses count for less than far ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.figures import Figure, figure

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
BLOCK = 512  # distinct sets whose distances to all others are held at once


@dataclass(frozen=True)
class Disagreement:
    """Sums that an alpha is made of; several facets' may be added up.

    ``observed`` and ``expected`` have the shape (1 + n_boot,), or (1 + n_boot, n_categories): the
    sample first, then its bootstrap replicates; both are in values, 0 to the number of values.
    ``n`` is the number of units with two values or more.
    """

    observed: Floats
    expected: Floats
    n: int

    def __add__(self, other: Disagreement) -> Disagreement:
        observed, expected = self.observed + other.observed, self.expected + other.expected
        return Disagreement(observed, expected, self.n + other.n)

    def alphas(self) -> Floats:
        """1 is perfect, 0 as by chance, below it worse; NaN where nothing varies."""
        safe = np.where(self.expected > 0, self.expected, 1.0)
        return np.where(self.expected > 0, 1 - self.observed / safe, np.nan)

    def alpha(self) -> Figure | None:
        """With its interval; None where all values are the same, so that nothing can be said."""
        return interval(self.alphas())


def interval(replicates: Floats) -> Figure | None:
    """The first with the middle 95 % of the others, those that are NaN left out; None for a NaN."""
    if np.isnan(replicates[0]):
        return None
    return figure(replicates[~np.isnan(replicates)])


@dataclass(frozen=True)
class Answers:
    """What people said of grants: one row for each answer.

    ``sets``: bool (n_answers, n_categories), the categories with all above them; an empty row says
    that none fits. ``grants``: (n_answers,), the column of the grant in bootstrap weights.
    """

    sets: sparse.csr_array
    grants: Ints

    def __len__(self) -> int:
        return len(self.grants)

    def of(self, rows: NDArray[np.bool_]) -> Answers:
        return Answers(self.sets[np.flatnonzero(rows)], self.grants[rows])

    def pairable(self) -> Answers:
        """Those of grants that two or more answered."""
        counts = np.bincount(self.grants, minlength=1)
        return self.of(counts[self.grants] > 1)


def masi(shared: Floats, size: Floats, other: Floats) -> Floats:
    """MASI distances, 0 to 1, from the sizes of intersections and of both sets.

    1 - Jaccard x monotonicity, which is 1 for equal sets, 2/3 where one holds the other, 1/3 where
    they cross, 0 where they share nothing. Two empty sets are equal.
    """
    union = size + other - shared
    jaccard = np.divide(shared, union, out=np.ones_like(union), where=union > 0)
    in_one, in_other = shared == size, shared == other
    monotonicity = np.where(in_one & in_other, 1.0, np.where(in_one | in_other, 2 / 3, 1 / 3))
    return 1 - jaccard * monotonicity


def set_disagreement(answers: Answers, weights: NDArray[np.floating]) -> Disagreement:
    """Of whole sets, by MASI.

    Args:
        weights: (1 + n_boot, n_grants), how often each grant is drawn, see ``bootstrap_weights``.
    """
    answers, weights = _narrowed(answers.pairable(), weights)
    sizes = np.bincount(answers.grants, minlength=weights.shape[1])
    per_grant = np.zeros(weights.shape[1])
    order = np.argsort(answers.grants, kind="stable")
    for m in np.unique(sizes[sizes > 1]):
        rows = order[sizes[answers.grants[order]] == m].reshape(-1, m)
        per_grant[answers.grants[rows[:, 0]]] = _disagreement_within(answers.sets, rows)
    n_values = _product(weights, sizes)
    expected = _expected(answers, weights)
    expected = np.divide(expected, n_values - 1, out=np.zeros_like(expected), where=n_values > 1)
    return Disagreement(_product(weights, per_grant), expected, int((sizes > 1).sum()))


def category_disagreement(
    answers: Answers, weights: NDArray[np.floating]
) -> tuple[Disagreement, Ints]:
    """Of each category, whether it is in or not (nominal); and in how many grants somebody said so.

    Args:
        weights: as for ``set_disagreement``.

    Returns sums of the shape (1 + n_boot, n_categories), and counts of the shape (n_categories,).
    """
    answers, weights = _narrowed(answers.pairable(), weights)
    n_grants = weights.shape[1]
    sizes = np.bincount(answers.grants, minlength=n_grants)
    of_grant = _indicator(answers.grants, n_grants)
    yes = (of_grant @ answers.sets.astype(np.float64)).tocoo()
    m = sizes[yes.row]
    apart = sparse.csr_array((2 * yes.data * (m - yes.data) / (m - 1), yes.coords), shape=yes.shape)
    n_yes = _product(weights, yes.tocsr())
    n_values = _product(weights, sizes)[:, None]
    expected = 2 * n_yes * (n_values - n_yes) / np.maximum(n_values - 1, 1)
    n_said = np.bincount(yes.col, minlength=yes.shape[1])
    return Disagreement(_product(weights, apart), expected, int((sizes > 1).sum())), n_said


def summed(parts: Iterable[Disagreement], n_replicates: int) -> Disagreement:
    """All of them together, each against its own chance: an alpha over several facets."""
    total = Disagreement(np.zeros(n_replicates), np.zeros(n_replicates), 0)
    for part in parts:
        total = total + part
    return total


def _narrowed(
    answers: Answers, weights: NDArray[np.floating]
) -> tuple[Answers, NDArray[np.floating]]:
    """The same without the grants that nobody answered: of two people there are few left."""
    columns, grants = np.unique(answers.grants, return_inverse=True)
    return Answers(answers.sets, grants.astype(np.int64)), weights[:, columns]


def _disagreement_within(sets: sparse.csr_array, rows: Ints) -> Floats:
    """Mean distance of a value to the others of its grant, summed over them; rows (n_grants, m)."""
    m = rows.shape[1]
    sizes = np.asarray(sets.sum(axis=1), dtype=np.float64)
    total = np.zeros(len(rows))
    for i in range(m):
        for j in range(i):
            a, b = rows[:, i], rows[:, j]
            shared = np.asarray(sets[a].multiply(sets[b]).sum(axis=1), dtype=np.float64)
            total += 2 * masi(shared, sizes[a], sizes[b])
    return total / (m - 1)


def _expected(answers: Answers, weights: NDArray[np.floating]) -> Floats:
    """Sum of distances over all pairs of values, whoever gave them to whichever grant."""
    distinct, kind = _distinct(answers.sets)
    given = sparse.csr_array(
        (np.ones(len(kind)), (answers.grants, kind)), shape=(weights.shape[1], distinct.shape[0])
    )
    counts = _product(weights, given)
    numbers = distinct.astype(np.float64)
    sizes = np.asarray(numbers.sum(axis=1), dtype=np.float64)
    total = np.zeros(len(weights))
    for start in range(0, len(sizes), BLOCK):
        block = slice(start, start + BLOCK)
        shared = (numbers[block] @ numbers.T).toarray()
        distances = masi(shared, sizes[block, None], sizes[None, :])
        total += ((counts[:, block] @ distances) * counts).sum(axis=1)
    return total


def _distinct(sets: sparse.csr_array) -> tuple[sparse.csr_array, Ints]:
    """The different sets, and which of them each row is."""
    sets = sets.sorted_indices()
    ends = sets.indptr
    known: dict[bytes, int] = {}
    kind = np.array(
        [
            known.setdefault(sets.indices[ends[i] : ends[i + 1]].tobytes(), len(known))
            for i in range(sets.shape[0])
        ],
        dtype=np.int64,
    )
    _, first = np.unique(kind, return_index=True)
    return sets[first], kind


def _indicator(grants: Ints, n_grants: int) -> sparse.csr_array:
    columns = np.arange(len(grants))
    return sparse.csr_array(
        (np.ones(len(grants)), (grants, columns)), shape=(n_grants, len(grants))
    )


def _product(weights: NDArray[np.floating], of: Ints | Floats | sparse.csr_array) -> Floats:
    """Float64: sums of thousands of squares lose digits in less."""
    return np.asarray(weights.astype(np.float64, copy=False) @ of, dtype=np.float64)
