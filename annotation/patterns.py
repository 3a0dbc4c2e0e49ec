"""Keyword rules as RE2 reads them: what is refused and where, and what a rule finds in a text.

RE2 matches in linear time. It is the only thing that ever reads a pattern of a person, and the
options are those with which the classifier reads the rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import re2

from annotation.pattern_faults import explained

LONGEST = 5_000  # characters
# Steps of RE2's program; long rules with a hundred words have some 500. One that has many more
# repeats a wide choice, and costs seconds a text where others cost microseconds.
LARGEST = 5_000
PROBE = "The quick brown fox, 12."


class BadPattern(ValueError):
    """A pattern cannot be used; the message says why and where."""


def options() -> Any:
    """No regard to case, quiet, and groups only group: nobody asks what they hold."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = True
    return options


def compiled(pattern: str) -> Any:
    """A pattern ready to search with.

    Raises:
        BadPattern: RE2 refuses it.
    """
    try:
        return re2.compile(pattern, options())
    except re2.error as error:
        raise BadPattern(explained(pattern, _reason(error), _refusal)) from error
    except UnicodeEncodeError as error:
        raise BadPattern(f"Character {error.start + 1} is broken. Type it again.") from error


def check(pattern: str) -> None:
    """Ask more of a new pattern than that it can be read.

    Raises:
        BadPattern: it is too long or too large, RE2 refuses it, or it finds empty passages.
    """
    if len(pattern) > LONGEST:
        raise BadPattern(
            f"It has {len(pattern):,} characters, {len(pattern) - LONGEST:,} more than a pattern "
            "may have. Leave out words that others include."
        )
    found = compiled(pattern)
    if found.programsize > LARGEST:
        raise BadPattern(
            f"It unfolds into {found.programsize:,} steps; at most {LARGEST:,} can be searched for "
            "in time. Repeat less: in {0,100} every repetition counts as a copy."
        )
    if any(match.start() == match.end() for match in islice(found.finditer(PROBE), 100)):
        raise BadPattern(
            "It is content with nothing at all, so it would hit every grant. Take a * or ? away, "
            "or an alternative that is empty, as in (a|)."
        )


def _refusal(pattern: str) -> str:
    """RE2's reason for refusing a pattern; empty when it takes it."""
    try:
        re2.compile(pattern, options())
    except re2.error as error:
        return _reason(error)
    return ""


def _reason(error: Exception) -> str:
    reason = error.args[0]
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


@dataclass(frozen=True)
class Passage:
    """A piece of a text, and whether a rule found it."""

    text: str
    is_found: bool


class Rule:
    """An include and an exclude pattern, either may be empty: that is no rule, or no exclusion.

    Raises:
        BadPattern: as ``compiled``.
    """

    def __init__(self, include: str, exclude: str) -> None:
        self.include = compiled(include) if include.strip() else None
        self.exclude = compiled(exclude) if exclude.strip() else None

    def hits(self, text: str) -> bool:
        text = _searchable(text)
        if self.include is None or not self.include.search(text):
            return False
        return self.exclude is None or not self.exclude.search(text)

    def passages(self, text: str, around: int, most: int) -> list[Passage]:
        """What the rule finds, with ``around`` characters before and after, as one text.

        Args:
            most: finds shown; a text may hold thousands.
        """
        text = _searchable(text)
        spans = list(islice(self._spans(text), most))
        if not spans:
            return [Passage(_shortened(text, 0, 2 * around), False)]
        pieces, at = [], _word_start(text, spans[0][0] - around)
        if at:
            pieces.append(Passage("… ", False))
        for start, end in spans:
            if start - at > 2 * around:
                pieces.append(Passage(text[at : at + around] + " … ", False))
                at = _word_start(text, start - around)
            pieces += [Passage(text[at:start], False), Passage(text[start:end], True)]
            at = end
        pieces.append(Passage(_shortened(text, at, around), False))
        return [piece for piece in pieces if piece.text]

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        if self.include is not None:
            for match in self.include.finditer(text):
                if match.end() > match.start():
                    yield match.start(), match.end()


def _word_start(text: str, position: int) -> int:
    """The next beginning of a word, if one is near; nobody reads half of one."""
    if position <= 0:
        return 0
    blank = text.find(" ", position - 1, position + 20)
    return blank + 1 if blank >= 0 else position


def _shortened(text: str, start: int, length: int) -> str:
    end = start + length
    return text[start:end] + (" …" if len(text) > end else "")


def _searchable(text: str) -> str:
    # RE2 reads UTF-8, which has no place for half a surrogate pair.
    return text.encode("utf-8", "replace").decode()
