"""Where the words that speak for a suggestion stand in the text."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST = 100_000


@dataclass(frozen=True)
class Segment:
    """A piece of text and the numbers of the suggestions it speaks for."""

    text: str
    speaks_for: tuple[int, ...] = ()


def segments(text: str, evidence: Sequence[Iterable[str]]) -> list[Segment]:
    """Cut a text so that each piece speaks for the same suggestions throughout.

    Args:
        text: read to its first 100,000 characters; the rest comes as one piece.
        evidence: words or phrases, one collection for each suggestion.
    """
    begins, ends = defaultdict(list), defaultdict(list)
    for number, words in enumerate(evidence):
        if pattern := _pattern(words):
            for match in pattern.finditer(text, 0, LONGEST):
                begins[match.start()].append(number)
                ends[match.end()].append(number)
    pieces, open_now, last = [], Counter[int](), 0
    for cut in sorted({*begins, *ends, len(text)}):
        if cut > last:
            speaking = tuple(sorted(number for number, n in open_now.items() if n))
            pieces.append(Segment(text[last:cut], speaking))
        open_now.update(begins[cut])
        open_now.subtract(ends[cut])
        last = cut
    return pieces


def paragraphs(text: str, evidence: Sequence[Iterable[str]]) -> list[list[Segment]]:
    """The text's paragraphs, each cut into segments."""
    return [segments(line, evidence) for line in text.splitlines() if line.strip()]


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """Whole words without regard to case; white space in a phrase may be any."""
    escaped = [r"\s+".join(map(re.escape, word.split())) for word in words]
    longest_first = sorted(filter(None, escaped), key=len, reverse=True)
    if not longest_first:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)", re.IGNORECASE)
