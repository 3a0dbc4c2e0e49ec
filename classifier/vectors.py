"""Sentence vectors of grants: kept from before, or read now by the encoder, in a worker."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from annotation.models import SentenceVector
from annotation.services.sentence_vectors import keep_sentence_vectors
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.sentences import NAME, SIZE, SentenceEncoder, encoder
from classifier.ml.text import Corpus
from classifier.ticking import Model

logger = logging.getLogger(__name__)
# Kept as half precision, low byte first: a thousandth of a cosine is lost, and half the room.
KEPT = np.dtype("<f2")
ASKED_AT_ONCE = 500
READ_AT_ONCE = 50  # texts between two writes: what a killed worker loses


@lru_cache(maxsize=1)
def the_encoder() -> SentenceEncoder:
    """The encoder, mapped into memory once a process.

    Raises:
        NoEncoder: the extra is not installed.
    """
    return encoder()


def are_wanted() -> bool:
    """Whether this site reads sentence vectors: ``SENTENCE_VECTORS=1``."""
    return bool(settings.CLASSIE_SENTENCE_VECTORS)


def reads_meaning(model: Model) -> bool:
    """Whether sentence vectors are to be had for this model.

    One that has learned from them answers from words alone where this is False.
    """
    return isinstance(model, CategoryClassifier) and model.reads_meaning and are_wanted()


def with_vectors(grant_ids: Sequence[int], corpus: Corpus) -> Corpus:
    """The corpus with the sentence vectors of its texts; those that are not kept are read.

    Some 20 ms a text, so never in a request. A text has the same vector whether it was kept or is
    read now.

    Args:
        grant_ids: whose text each one is.
        corpus: texts of these grants.

    Raises:
        NoEncoder: a text must be read, and the extra is not installed.
    """
    pairs = zip(grant_ids, corpus.texts, strict=True)
    wanted = [_Wanted(pk, text, _sha256(text)) for pk, text in pairs]
    vectors = np.zeros((len(wanted), SIZE), dtype=np.float32)
    missing = []
    for rows in _parts(range(len(wanted)), ASKED_AT_ONCE):
        kept = _kept([wanted[row] for row in rows])
        for row in rows:
            if wanted[row].grant_id in kept:
                vectors[row] = kept[wanted[row].grant_id]
            else:
                missing.append(row)
    for rows in _parts(missing, READ_AT_ONCE):
        vectors[list(rows)] = _read([wanted[row] for row in rows])
    if missing:
        logger.info("Sentence vectors of %d grants read, %d kept", len(missing), len(wanted))
    return corpus.with_vectors(vectors)


@dataclass(frozen=True)
class _Wanted:
    grant_id: int
    text: str
    sha256: str


def _kept(wanted: Sequence[_Wanted]) -> dict[int, NDArray[np.float32]]:
    """The vectors that are kept of just these texts, by grant."""
    sha256_of = {one.grant_id: one.sha256 for one in wanted}
    rows = SentenceVector.objects.filter(grant__in=sha256_of, encoder=NAME)
    return {
        pk: np.frombuffer(bytes(numbers), dtype=KEPT).astype(np.float32)
        for pk, sha256, numbers in rows.values_list("pk", "text_sha256", "numbers")
        if sha256 == sha256_of[pk]
    }


def _read(wanted: Sequence[_Wanted]) -> NDArray[np.float32]:
    numbers = the_encoder().encode([one.text for one in wanted]).astype(KEPT)
    keep_sentence_vectors(
        [
            SentenceVector(
                grant_id=one.grant_id,
                encoder=NAME,
                text_sha256=one.sha256,
                numbers=row.tobytes(),
            )
            for one, row in zip(wanted, numbers, strict=True)
        ]
    )
    return np.asarray(numbers.astype(np.float32))


def _parts(rows: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
