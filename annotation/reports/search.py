"""Finding grants by words, the same on PostgreSQL (tsvector) and SQLite (FTS5).

What is typed is a list of terms that must all occur, in any order: a word, or a phrase between
quotation marks, whose words must follow one another. The last word also finds words that begin with
it, unless it is a single letter, and so does any word with a ``*`` behind it. A term with signs in
it, such as a reference (``GR-2024/17``), is a phrase of its parts. Nothing that is typed is an
operator.
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
    if found and is_bare and not _is_letter(found[-1]):
        found[-1] = replace(found[-1], is_prefix=True)
    return tuple(found)


def _is_letter(term: Term) -> bool:
    """Nearly every text has a word that begins with it, so it is a word by itself."""
    return len(term.words) == 1 and len(term.words[0]) == 1 and term.words[0].isascii()


def _words(text: str) -> tuple[str, ...]:
    """Runs of letters and digits, each with the marks that belong to its letters."""
    text = unicodedata.normalize("NFC", text[:LONGEST_TERM])
    kept = (c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in text)
    return tuple(w for w in "".join(kept).split() if any(c.isalnum() for c in w))


class HasWords(Func):
    """A condition on grants: all terms occur in them; ``in_places``: in their places.

    ``within`` and ``most`` say of the index what the rest of the query says of the grants, or it is
    read whole: keys from and to, and how many grants are enough.
    """

    output_field = BooleanField()

    def __init__(
        self,
        found: tuple[Term, ...],
        in_places: bool = False,
        within: tuple[int, int] | None = None,
        most: int | None = None,
    ) -> None:
        super().__init__(F("pk"))
        self.found, self.in_places, self.within, self.most = found, in_places, within, most

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Sql:
        column = "places : " if self.in_places else ""
        asked = " AND ".join(f"{column}{_fts5(term)}" for term in self.found)
        within = "SELECT rowid FROM annotation_grantwords WHERE annotation_grantwords MATCH %s"
        return self._is_within(compiler, within, "rowid", asked)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Sql:
        weight = "A" if self.in_places else ""
        asked = " & ".join(f"({_tsquery(term, weight)})" for term in self.found)
        within = "SELECT grant_id FROM annotation_grantwords WHERE words @@ "
        return self._is_within(compiler, f"{within}to_tsquery('simple', %s)", "grant_id", asked)

    def _is_within(self, compiler: Any, sql: str, column: str, asked: str) -> Sql:
        key, params = compiler.compile(self.source_expressions[0])
        bounds = [*(self.within or ()), *([] if self.most is None else [self.most])]
        sql += f" AND {column} BETWEEN %s AND %s" if self.within else ""
        sql += "" if self.most is None else " LIMIT %s"
        return f"{key} IN ({sql})", (*params, asked, *bounds)


def _fts5(term: Term) -> str:
    """Between quotation marks everything is words to FTS5, which takes the accents off itself."""
    return f'"{" ".join(term.words)}"{" *" if term.is_prefix else ""}'


def _tsquery(term: Term, weight: str) -> str:
    """Letters and digits only, so nothing in a word is an operator; without accents, as stored."""
    plain = [ACCENTS.sub("", unicodedata.normalize("NFD", word)) for word in term.words]
    marks = [weight] * (len(plain) - 1) + [("*" if term.is_prefix else "") + weight]
    return " <-> ".join(f"{w}:{m}" if m else w for w, m in zip(plain, marks, strict=True))
