"""Holding new texts against all others, away from the web."""

import logging
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import TypeVar

import numpy as np

from annotation.models import Grant
from annotation.services import leases
from annotation.services.duplicates import flag_duplicates_of_new_grants
from annotation.services.look_alikes import (
    MOST,
    forget_texts_that_are_gone,
    keep_look_alikes,
)
from classifier.ml.similarity import TEXTS_AT_ONCE, WordSets

logger = logging.getLogger(__name__)
T = TypeVar("T")
LEASE = "look-alikes"
WRITTEN_AT_ONCE = 200


def find_look_alikes() -> int:
    """Compare the texts that are new with all others; returns how many they were.

    Resumable: grants are marked with their rows. One worker at a time; another one that comes
    finds the lease taken and returns 0. Memory: about 0.5 kB for each text of 100 words.
    """
    if not Grant.objects.not_compared().exists():
        return 0
    holder = leases.take(LEASE)
    if holder is None:
        return 0
    try:
        flag_duplicates_of_new_grants()  # of an import that was stopped, too
        pool = _Pool()
        for _ in pool.read():
            if not leases.keep(LEASE, holder):
                return 0
        for found, compared in pool.neighbours():
            if not leases.keep(LEASE, holder):
                return 0  # somebody else goes on
            keep_look_alikes(found, compared)
        forget_texts_that_are_gone()
    finally:
        leases.give_back(LEASE, holder)
    logger.info("%d new texts were held against %d", pool.n_new, len(pool.keys))
    return pool.n_new


class _Pool:
    """Every distinct text by its key, and which of them are new."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self._is_new: list[bool] = []
        self._waiting: set[str] = set()
        self._sets = WordSets()

    @property
    def n_new(self) -> int:
        return sum(self._is_new)

    def read(self) -> Iterator[None]:
        """Read all texts in parts, with a pause after each."""
        last, places = 0, dict[str, int]()
        columns = ("pk", "text_key", "is_compared", "title", "description")
        grants = Grant.objects.exclude(text_key="").order_by("pk").values_list(*columns)
        while rows := list(grants.filter(pk__gt=last)[:TEXTS_AT_ONCE]):
            last = rows[-1][0]
            fresh = []
            for _, key, is_compared, *text in rows:
                if not is_compared:
                    self._waiting.add(key)
                if key not in places:
                    places[key] = len(self.keys)
                    self.keys.append(key)
                    self._is_new.append(not is_compared)
                    fresh.append("\n".join(text))
                elif is_compared:  # the same words in a grant of before
                    self._is_new[places[key]] = False
            self._sets.add(fresh)
            yield

    def neighbours(self) -> Iterator[tuple[dict[str, list[tuple[str, float]]], list[str]]]:
        """Parts of what is to be kept: the nearest of some texts, and texts that are done.

        Rows of texts that were here before come first: a text is done when both ways are kept.
        """
        is_new = np.array(self._is_new, dtype=bool)
        nearest = self._nearest(is_new)
        known = [text for text in nearest if not is_new[text]]
        for part in _parts(known):
            yield {self.keys[text]: nearest[text] for text in part}, []
        for part in _parts(np.flatnonzero(is_new).tolist()):
            keys = [self.keys[text] for text in part]
            self._waiting.difference_update(keys)
            yield {self.keys[text]: nearest[text] for text in part if text in nearest}, keys
        for keys in _parts(sorted(self._waiting)):  # doubles of texts that were compared before
            yield {}, keys

    def _nearest(self, is_new: np.ndarray) -> dict[int, list[tuple[str, float]]]:
        best = np.empty((0, 2), dtype=np.int64)
        scores = np.empty(0)
        for pairs, similarity in self._sets.similar(is_new):
            best = np.concatenate([best, pairs, pairs[:, ::-1]])
            scores = np.concatenate([scores, similarity, similarity])
            order = np.lexsort((best[:, 1], -scores, best[:, 0]))
            best, scores = best[order], scores[order]
            place = np.arange(len(best)) - np.searchsorted(best[:, 0], best[:, 0])
            best, scores = best[place < MOST], scores[place < MOST]
        found: dict[int, list[tuple[str, float]]] = defaultdict(list)
        for (text, other), score in zip(best.tolist(), scores.tolist(), strict=True):
            found[text].append((self.keys[other], score))
        return dict(found)


def _parts(items: list[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while part := list(islice(rest, WRITTEN_AT_ONCE)):
        yield part
