"""Folds that keep what belongs together on one side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import GroupKFold

from classifier.ml.text import Corpus


def plain(text: str) -> str:
    """A text without regard to case and blanks, for telling whether two are the same."""
    return " ".join(text.casefold().split())


def groups_of(corpus: Corpus) -> NDArray[np.int64]:
    """A group number for each text, int64 of shape (n_texts,), 0 to n_groups - 1.

    Two texts are in one group when a chain of equal recipients or equal texts joins them. An
    empty recipient or text is nobody in particular and joins nothing.
    """
    n = len(corpus)
    links = _links("recipient", corpus.recipients) + _links("text", corpus.texts)
    nodes = {key: n + number for number, key in enumerate(dict(links))}
    ends = [nodes[key] for key, _ in links], [row for _, row in links]
    size = n + len(nodes)
    graph = sparse.csr_array((np.ones(len(links)), ends), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    return np.unique(component[:n], return_inverse=True)[1].astype(np.int64)


def _links(kind: str, values: Sequence[str]) -> list[tuple[tuple[str, str], int]]:
    """What each row is tied to; an empty value ties nothing."""
    return [((kind, plain(value)), row) for row, value in enumerate(values) if plain(value)]


def fold_numbers(groups: NDArray[np.int64], n_folds: int, seed: int) -> NDArray[np.int64]:
    """The fold in which each text is held out, int64 of shape (n_texts,).

    Parameters
    ----------
    groups : ndarray of shape (n_texts,), int
        Texts of one group fall into one fold.
    n_folds : int
        Fewer are made where there are fewer groups; all 0 where there is one group or none.
    seed : int
    """
    folds = np.zeros(len(groups), dtype=np.int64)
    n_folds = min(n_folds, len(np.unique(groups)))
    if n_folds < 2:
        return folds
    splitter = GroupKFold(n_folds, shuffle=True, random_state=seed)
    for number, (_, held_out) in enumerate(splitter.split(folds, groups=groups)):
        folds[held_out] = number
    return folds
