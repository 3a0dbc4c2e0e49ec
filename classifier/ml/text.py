"""What the learning reads: the words of the categories, and the texts of the grants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import re2
from numpy.typing import NDArray


@dataclass(frozen=True)
class CategoryText:
    """The words of one category; ``ancestors`` holds codes, the top one first."""

    code: str
    facet: str
    label: str
    alt_labels: tuple[str, ...]
    definition: str
    scope_note: str
    ancestors: tuple[str, ...]
    include_pattern: str
    exclude_pattern: str


@dataclass(frozen=True)
class Corpus:
    """Grant texts with what keeps them apart: sequences of one length.

    Parameters
    ----------
    texts : sequence of str
        The fields that are read, such as title and description, one a line.
    recipients : sequence of str
        Who got the grant; an empty one is nobody we know.
    batches : sequence of str
        Programme, else funder, else import: where a word or pattern may be too common to count.
    vectors : ndarray of shape (n_texts, 384), float32, or None
        What the sentence encoder makes of each text (:mod:`classifier.ml.sentences`), where it
        was asked.
    """

    texts: Sequence[str]
    recipients: Sequence[str]
    batches: Sequence[str]
    vectors: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        """Refuse sequences of different lengths."""
        lengths = len(self.texts), len(self.recipients), len(self.batches)
        if len(set(lengths)) > 1:
            raise ValueError(
                f"{lengths[0]} texts, {lengths[1]} recipients and {lengths[2]} batches do not "
                "belong together. Give one recipient and one batch for each text."
            )
        if self.vectors is not None and len(self.vectors) != len(self.texts):
            raise ValueError(
                f"{len(self.vectors)} vectors do not belong to {len(self.texts)} texts. Give one "
                "for each text, or none at all."
            )

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self.texts)

    def take(self, indices: Sequence[int] | Any) -> Corpus:
        """The texts at these positions, in this order (``indices``: ints, shape (n,))."""
        picked = [int(index) for index in indices]
        return Corpus(
            [self.texts[i] for i in picked],
            [self.recipients[i] for i in picked],
            [self.batches[i] for i in picked],
            None if self.vectors is None else self.vectors[picked],
        )

    def part(self, rows: slice) -> Corpus:
        """The texts of a slice."""
        vectors = None if self.vectors is None else self.vectors[rows]
        return Corpus(self.texts[rows], self.recipients[rows], self.batches[rows], vectors)

    def with_vectors(self, vectors: NDArray[np.float32]) -> Corpus:
        """The same texts with their sentence vectors, shape (n_texts, 384)."""
        return replace(self, vectors=vectors)


class BadPattern(ValueError):
    """RE2 refuses a pattern; the message says why."""


def pattern_options() -> Any:
    """RE2 options of every keyword rule: no regard to case, quiet, groups only group.

    They are those with which staff try their rules: what is refused there is refused here.
    """
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = True
    return options


def set_options() -> Any:
    """The same, with room for the rules of a whole taxonomy in one automaton."""
    options = pattern_options()
    options.max_mem = 1 << 28
    return options


def compiled_pattern(pattern: str) -> Any:
    """Compile a keyword rule for searching without regard to case, in linear time (RE2).

    Raises
    ------
    BadPattern
        If RE2 refuses the pattern.
    """
    try:
        return re2.compile(pattern, pattern_options())
    except (re2.error, UnicodeEncodeError) as error:
        raise BadPattern(f"The pattern {pattern!r} cannot be used: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    reason = error.args[0] if isinstance(error, re2.error) else "it holds a broken character"
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
