"""The terms a model may know: none that occurs in one recipient's grants only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from classifier.ml.counting import count_matrix, inverse_frequency, tfidf
from classifier.ml.folds import plain


class Vocabulary:
    """Terms with their inverse document frequencies.

    Parameters
    ----------
    terms : sequence of str
        In the order of the columns.
    idf : ndarray of shape (n_terms,), float32, at least 1
    """

    def __init__(self, terms: Sequence[str], idf: NDArray[np.float32]) -> None:
        self.terms = list(terms)
        self.idf = np.asarray(idf, dtype=np.float32)
        self.columns = {term: column for column, term in enumerate(self.terms)}

    def transform(self, documents: Iterable[Iterable[str]]) -> sparse.csr_array:
        """Sublinear TF-IDF of texts given as terms, float32, shape (n_texts, n_terms)."""
        return tfidf(count_matrix(documents, self.columns), self.idf)

    def most_frequent(self, n_terms: int) -> Vocabulary:
        """The ``n_terms`` terms that occur in most texts; equally rare ones by the alphabet."""
        kept = np.sort(np.argsort(self.idf, kind="stable")[:n_terms])
        return Vocabulary([self.terms[column] for column in kept], self.idf[kept])


def learned_vocabulary(
    texts: Iterable[Iterable[str]],
    recipients: Sequence[str],
    public: Sequence[Iterable[str]] = (),
    min_texts: int = 1,
) -> Vocabulary:
    """The terms that occur in the grants of at least two different recipients.

    So the name of a person or a family whom one recipient's grants speak of stays out of the
    model. Grants without a recipient count as one recipient together, to be on the safe side.

    Parameters
    ----------
    texts : iterable of iterable of str
        The terms of each grant text.
    recipients : sequence of str
        Who got the grant, for each text.
    public : sequence of iterable of str
        Documents whose terms may all be known (words of the categories); they count as texts.
    min_texts : int
        In how many texts a term must occur besides.
    """
    found: Counter[str] = Counter()
    first: dict[str, str] = {}
    shared: set[str] = set()
    for text, recipient in zip(texts, map(plain, recipients), strict=True):
        terms = set(text)
        found.update(terms)
        shared.update(term for term in terms if first.setdefault(term, recipient) != recipient)
    allowed = {term for term in shared if found[term] >= min_texts}
    for document in public:
        terms = set(document)
        found.update(terms)
        allowed |= terms
    terms_ = sorted(allowed)
    counts = np.array([found[term] for term in terms_], dtype=np.float64)
    return Vocabulary(terms_, inverse_frequency(counts, len(recipients) + len(public)))
