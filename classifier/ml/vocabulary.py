"""The words a model may know: none that occurs in one recipient's grants only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.counting import count_matrix, inverse_frequency, tfidf
from classifier.ml.folds import plain
from classifier.ml.text import Corpus
from classifier.ml.words import stems

MIN_RECIPIENTS = 2


class Vocabulary:
    """Stems with their inverse document frequencies.

    Parameters
    ----------
    terms : sequence of str
        The stems, in the order of the columns.
    idf : ndarray of shape (n_terms,), float32, at least 1
    """

    def __init__(self, terms: Sequence[str], idf: NDArray[np.float32]) -> None:
        self.terms = list(terms)
        self.idf = np.asarray(idf, dtype=np.float32)
        self.columns = {term: column for column, term in enumerate(self.terms)}

    def transform(self, documents: Iterable[list[str]]) -> sparse.csr_array:
        """Sublinear TF-IDF of the stems of texts, float32, shape (n_texts, n_terms)."""
        return tfidf(count_matrix(documents, self.columns), self.idf)


def learned_vocabulary(corpus: Corpus) -> Vocabulary:
    """The stems that occur in the grants of at least two different recipients.

    So the name of a person or a family whom one recipient's grants speak of stays out of the
    model. Grants without a recipient count as one recipient together, to be on the safe side.
    """
    recipients: dict[str, set[int]] = {}
    counts: dict[str, int] = {}
    numbers = _recipient_numbers(corpus)
    for row, text in enumerate(corpus.texts):
        for term in set(stems(text)):
            counts[term] = counts.get(term, 0) + 1
            _note(recipients.setdefault(term, set()), numbers[row])
    terms = sorted(term for term, known in recipients.items() if len(known) >= MIN_RECIPIENTS)
    found = np.array([counts[term] for term in terms], dtype=np.float64)
    return Vocabulary(terms, inverse_frequency(found, len(corpus)))


def _recipient_numbers(corpus: Corpus) -> list[int]:
    known: dict[str, int] = {}
    return [known.setdefault(plain(name), len(known)) for name in corpus.recipients]


def _note(known: set[int], recipient: int) -> None:
    # Two are enough to know; more would only cost memory.
    if len(known) < MIN_RECIPIENTS:
        known.add(recipient)
