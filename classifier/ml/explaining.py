"""Evidence for many texts at once: what a person reads beside each suggestion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.ml.contributions import contributions
from classifier.ml.evidence import read_words, shortened, telling_words
from classifier.ml.reading import Reader
from classifier.ml.scorer import Scorer
from classifier.ml.text import Corpus

# Texts, and letters of them (some 30,000 words): both bound the memory, which grows with the words,
# and more at once is hardly faster. A text that is longer alone is a part of its own.
AT_ONCE, LETTERS_AT_ONCE = 100, 200_000


def explained(
    scorer: Scorer, reader: Reader, corpus: Corpus, columns: Sequence[Sequence[int]]
) -> Iterator[list[list[str]]]:
    """For each text, and each of its columns, at most six words or passages, best first.

    What a keyword rule found stands first, then the words that add most to the log-odds.

    Parameters
    ----------
    scorer : Scorer
    reader : Reader
    corpus : Corpus
    columns : sequence of sequence of int, length n_texts
        The categories to explain, of each text.
    """
    for rows in _parts(corpus.texts):
        yield from _part(scorer, reader, corpus.part(rows), columns[rows])


def _parts(texts: Sequence[str]) -> Iterator[slice]:
    """Slices of so many texts and letters at most, of one text at least."""
    start = letters = 0
    for row, text in enumerate(texts):
        letters += len(text)
        if row > start and (row - start == AT_ONCE or letters > LETTERS_AT_ONCE):
            yield slice(start, row)
            start, letters = row, len(text)
    if len(texts):
        yield slice(start, len(texts))


def _part(
    scorer: Scorer, reader: Reader, part: Corpus, columns: Sequence[Sequence[int]]
) -> Iterator[list[list[str]]]:
    added = contributions(scorer, reader.read(part), columns)
    # One search for all rules says which of them have anything to show.
    holds = reader.rule_matches(part) if scorer.rule_precision is not None else None
    for row, (text, own) in enumerate(zip(part.texts, columns, strict=True)):
        stems, values = added.of(row)
        words, rows = _places(text, stems)
        of_words = values[rows] if len(rows) else values[:0]
        passages = [
            reader.rules.found(column, text) if holds is not None and holds[row, column] else []
            for column in own
        ]
        yield [
            shortened(found, telling_words(words, of_words[:, place]))
            for place, found in enumerate(passages)
        ]


def _places(text: str, stems: list[str]) -> tuple[list[str], NDArray[np.intp]]:
    """The words of a text that have a stem, each once as it stands there, and its stem's row."""
    row_of = {root: row for row, root in enumerate(stems)}
    found = {word: row_of[root] for word, root in read_words(text) if root in row_of}
    return list(found), np.fromiter(found.values(), dtype=np.intp, count=len(found))
