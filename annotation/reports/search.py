"""Finding grants by words, the same on PostgreSQL (tsvector) and SQLite (FTS5).

What is typed is a list of terms that must all occur, in any order: a word, or a phrase between
quotation marks, whose words must follow one another. The last word also finds words that begin with
it, and so does any word with a ``*`` behind it. A term with signs in it, such as a reference
(``GR-2024/17``), is a phrase of its parts. Nothing that is typed is an operator.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import BooleanField, F, Func

# More would only cost time: nobody remembers so much of a text.
MOST_TERMS, LONGEST_TERM = 20, 200
QUOTES = str.maketrans("“”„«»＂", '""""""')
TERM = re.compile(r'"([^"]*)"?|([^\s"]+)')
Sql = tuple[str, tuple[Any, ...]]
ACCENTS = re.compile("[\u0300-\u036f]+")


@dataclass(frozen=True)
class Term:
    """Words that follow one another; ``is_prefix``: the last one may go on."""

    words: tuple[str, ...]
    is_prefix: bool = False


def terms(typed: str) -> tuple[Term, ...]:
    """What is searched for, at most 20 terms of 200 characters; none for signs alone."""
    found = []
    is_bare = False
    for match in TERM.finditer(typed.translate(QUOTES)):
        phrase, word = match[1], match[2]
        is_bare = word is not None
        if words := _words(word if is_bare else phrase):
            found.append(Term(words, is_prefix=is_bare and word.endswith("*")))
        if len(found) == MOST_TERMS:
            break
    if found and is_bare:
        found[-1] = replace(found[-1], is_prefix=True)
    return tuple(found)


def _words(text: str) -> tuple[str, ...]:
    """Runs of letters and digits, each with the marks that belong to its letters."""
    text = unicodedata.normalize("NFC", text[:LONGEST_TERM])
    kept = (c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in text)
    return tuple(w for w in "".join(kept).split() if any(c.isalnum() for c in w))


class HasWords(Func):
    """A condition on grants: all terms occur in them; ``in_places``: in their places."""

    output_field = BooleanField()

    def __init__(self, found: tuple[Term, ...], in_places: bool = False) -> None:
        super().__init__(F("pk"))
        self.found, self.in_places = found, in_places

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Sql:
        column = "places : " if self.in_places else ""
        asked = " AND ".join(f"{column}{_fts5(term)}" for term in self.found)
        within = "SELECT rowid FROM annotation_grantwords WHERE annotation_grantwords MATCH %s"
        return self._is_within(compiler, within, asked)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Sql:
        weight = "A" if self.in_places else ""
        asked = " & ".join(f"({_tsquery(term, weight)})" for term in self.found)
        within = "SELECT grant_id FROM annotation_grantwords WHERE words @@ "
        return self._is_within(compiler, f"{within}to_tsquery('simple', %s)", asked)

    def _is_within(self, compiler: Any, within: str, asked: str) -> Sql:
        key, params = compiler.compile(self.source_expressions[0])
        return f"{key} IN ({within})", (*params, asked)


def _fts5(term: Term) -> str:
    """Between quotation marks everything is words to FTS5, which takes the accents off itself."""
    return f'"{" ".join(term.words)}"{" *" if term.is_prefix else ""}'


def _tsquery(term: Term, weight: str) -> str:
    """Letters and digits only, so nothing in a word is an operator; without accents, as stored."""
    plain = [ACCENTS.sub("", unicodedata.normalize("NFD", word)) for word in term.words]
    marks = [weight] * (len(plain) - 1) + [("*" if term.is_prefix else "") + weight]
    return " <-> ".join(f"{w}:{m}" if m else w for w, m in zip(plain, marks, strict=True))
