"""What a reader would notice about a grant's text at once: flags, and which texts are the same."""

import hashlib
import re
import unicodedata
from collections.abc import Collection

from django.db import models

from annotation.models.language import seems_not_english

SHORT = 5  # words; fewer say too little to learn from
WORD = re.compile(r"\w+")
# Bounded repetitions only: a text may be made to harm.
DIGITS = re.compile(r"\d[\d ().-]{4,18}\d")
UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")  # Thai, Japanese, Chinese
E_MAIL = re.compile(r"[\w.%+-]@[A-Za-z0-9-]{1,63}\.[A-Za-z]{2,24}")
NUMBER = re.compile(r"(?<![\w$£€.,/+-])\+?\(?\d[\d ().-]{6,18}\d(?![\w/-]|[.,]\d)")
NAMED_NUMBER = re.compile(
    r"\b(?:phone|ph|tel|telephone|mobile|mob|call)\b\.?:?\s{0,3}\+?\(?\d[\d ().-]{4,18}\d",
    re.IGNORECASE,
)
# Digits as Australia, New Zealand and the United Kingdom dial them; Australia's 1300 and 1800.
DIALLED = re.compile(r"0[2-478]\d{8}|0[12378]\d{9}|1[38]00\d{6}")
AMERICAN = re.compile(r"(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[.-]\d{4}")


class Flag(models.TextChoices):
    """Stored in ``Grant.quality_flags`` by these values, which never change."""

    EMPTY = "empty", "No text"
    SHORT = "short", "Under five words"
    CAPITALS = "capitals", "In capitals"
    DUPLICATE = "duplicate", "Same text twice"
    NOT_ENGLISH = "not_english", "Not English"
    CONTACT = "contact", "Contact details"


ORDER = tuple(Flag.values)
FLAGS = {
    Flag.EMPTY: "There is no text: only the facts above.",
    Flag.SHORT: "The text is very short: under five words.",
    Flag.CAPITALS: "The text is in capitals, as the applicant wrote it.",
    Flag.DUPLICATE: "Another grant has the same text.",
    Flag.NOT_ENGLISH: "The text seems to be in another language than English.",
    Flag.CONTACT: "The text holds an e-mail address or a telephone number.",
}


def quality_flags(title: str, description: str) -> list[str]:
    """The flags that the text itself gives, all but ``duplicate``; in the order of ``Flag``."""
    text = f"{title} {description}".strip()
    n_words = len(text.split(maxsplit=SHORT)) + len(UNSPACED.findall(text)) // 2
    return [
        flag.value
        for flag, is_so in (
            (Flag.EMPTY, not text),
            (Flag.SHORT, 0 < n_words < SHORT),
            (Flag.CAPITALS, len(text) > 20 and text.isupper()),
            (Flag.NOT_ENGLISH, seems_not_english(text)),
            (Flag.CONTACT, has_contact_details(text)),
        )
        if is_so
    ]


def in_order(flags: Collection[str]) -> list[str]:
    """As they are stored: in the order of ``Flag``, so that equal sets are equal rows."""
    return [value for value in ORDER if value in flags] if flags else []


def text_key(title: str, description: str) -> str:
    """32 hexadecimal digits that grants of the same words share; empty where there are none.

    Case, punctuation, spaces and ways to write one character make no difference.
    """
    words = WORD.findall(unicodedata.normalize("NFKC", f"{title} {description}").casefold())
    return hashlib.blake2b(" ".join(words).encode(), digest_size=16).hexdigest() if words else ""


def has_contact_details(text: str) -> bool:
    if "@" in text and E_MAIL.search(text):
        return True
    if not DIGITS.search(text):  # quick, and so for most texts
        return False
    return any(map(_is_telephone, NUMBER.findall(text))) or bool(NAMED_NUMBER.search(text))


def _is_telephone(written: str) -> bool:
    digits = re.sub(r"\D", "", written)
    if written.startswith("+"):
        return 8 <= len(digits) <= 15
    return bool(DIALLED.fullmatch(digits) or AMERICAN.fullmatch(written))
