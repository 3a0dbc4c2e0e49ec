"""Words of a text and their stems; addresses, numbers and codes are left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

# Only from where a run of signs begins: from every sign of a long one it would take hours.
ADDRESS = re.compile(r"(?<!\S)\S*@\S*|\b(?:https?://|www\.)\S*", re.IGNORECASE)
# No digit or underscore may touch a word: "M33 4AB", "covid19" and "user_name" are codes.
WORD = re.compile(r"(?<!\w)[^\W\d_]{2,}(?!\w)")

# scikit-learn's list holds words that name categories, such as "fire" and "system".
NAMING = {"fire", "system", "systems", "mill", "mine", "bill", "interest", "amount", "detail"}
FILLERS = {"include", "includes", "including", "included", "tag", "category", "use", "used"}
FILLERS |= {"general", "other", "separate", "applicable", "consider", "etc", "eg", "ie"}
STOP_WORDS = (frozenset(ENGLISH_STOP_WORDS) - NAMING) | FILLERS

SUFFIXES = (
    *("ization", "isation", "ational", "ation", "ition", "ements", "ement", "ments", "ment"),
    *("ness", "ically", "ical", "ally", "ings", "ing", "ers", "edly", "ed", "er", "ors", "or"),
    *("ist", "ism", "ic", "al", "ity", "ly", "e", "y"),
)


def words(text: str) -> Iterator[str]:
    """The words of a text as they stand in it, in order."""
    return (match.group() for match in WORD.finditer(ADDRESS.sub(" ", text)))


def tokens(text: str) -> list[str]:
    """All words of a text in lower case, in order."""
    found: list[str] = WORD.findall(ADDRESS.sub(" ", text.lower()))
    return found


def stems(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order of the text."""
    return stems_of(tokens(text))


def stems_of(lower: Iterable[str]) -> list[str]:
    """Stems of those lower-case words that carry meaning, in order."""
    return [stem(word) for word in lower if word not in STOP_WORDS]


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """A lower-case English word without its ending: "charities" and "charity" meet.

    A suffix list in one pass, in the manner of Porter 1980 without the measure: names of
    categories need few and predictable mergers.
    """
    root = _without_suffix(_singular(word)) if len(word) > 3 else word
    doubled = len(root) > 4 and root[-1] == root[-2] and root[-1] not in "lsz"
    return root[:-1] if doubled else root


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("sses"):
        return word[:-2]
    plural = word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if plural else word


def _without_suffix(word: str) -> str:
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word[: -len(suffix)]
    return word
