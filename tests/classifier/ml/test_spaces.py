"""Texts as vectors, against scikit-learn's, and what may enter a vocabulary."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.ml.spaces import TextSpaces, piece_terms, word_terms
from classifier.ml.vocabulary import learned_vocabulary
from classifier.ml.words import stems_of, tokens
from tests.classifier.ml.demonstration import demonstration_categories, demonstration_grants


@pytest.fixture(scope="module")
def texts():
    _, _, background = demonstration_grants(demonstration_categories())
    return [tokens(text) for text in background.texts] * 2


def learned(texts, recipients=None, documents=(), max_terms=10**9):
    names = recipients or [str(number) for number in range(len(texts))]
    return TextSpaces.learned(texts, names, documents, max_terms)


def test_the_three_spaces_are_those_of_scikit_learn(texts):
    joined = [" ".join(text) for text in texts]
    options = {"sublinear_tf": True, "dtype": np.float32}
    plain = [
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, **options),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=3, **options),
        TfidfVectorizer(analyzer=lambda text: stems_of(text.split()), min_df=2, **options),
    ]
    expected = sparse.hstack([vectorizer.fit_transform(joined) for vectorizer in plain])
    spaces = learned(texts)
    terms = [term for vocabulary in spaces.vocabularies for term in vocabulary.terms]
    assert terms == [term for v in plain for term in v.get_feature_names_out()]
    difference = spaces.transform(texts).all - expected * 3**-0.5
    assert np.abs(difference.data).max(initial=0) < 1e-5


def test_pieces_and_pairs_of_words():
    pairs = ["old", "town", "hall", "old town", "town hall"]
    assert list(word_terms(["old", "town", "hall"])) == pairs
    assert list(piece_terms(["at"])) == [" at", "at ", " at "]


def test_a_term_of_one_recipient_only_is_in_no_space(texts):
    named = [["bequest", "kowalska"], ["kowalska", "family"]]
    recipients = [str(number) for number in range(len(texts))] + ["One", "ONE"]
    spaces = learned([*texts, *named], recipients)
    for vocabulary in spaces.vocabularies:
        assert not any("kowals" in term or "walsk" in term for term in vocabulary.columns)


def test_while_there_are_few_texts_the_categories_own_words_are_known():
    few = learned([["choir"], ["choir"]], documents=[["falconry"]])
    assert "falconry" in few.vocabularies[0].columns


def test_the_rarest_terms_go_where_there_are_too_many(texts):
    everything, half = learned(texts), learned(texts, max_terms=10_000)
    assert sum(len(vocabulary.terms) for vocabulary in half.vocabularies) <= 10_000
    for full, kept in zip(everything.vocabularies, half.vocabularies, strict=True):
        gone = set(full.terms) - set(kept.terms)
        rarest_kept = max(full.idf[full.columns[term]] for term in kept.terms)
        assert min(full.idf[full.columns[term]] for term in gone) >= rarest_kept


def test_a_term_must_be_in_enough_texts_unless_it_is_public():
    found = learned_vocabulary([["a", "b"], ["a", "b"], ["a"]], ["x", "y", "z"], [["c"]], 3)
    assert found.terms == ["a", "c"]
