"""A batch holds grants that differ."""

import numpy as np
import pytest
from scipy import sparse

from classifier.ml.batches import NEAR_DUPLICATE, in_batches, next_batch, text_vectors


@pytest.fixture
def vectors():
    """200 texts about twenty matters, ten texts a matter, some of them nearly the same."""
    rng = np.random.default_rng(4)
    matters = np.repeat(rng.normal(size=(20, 30)), 10, axis=0)
    found = matters + rng.normal(scale=0.3, size=matters.shape)
    found[1::10] = found[::10] + rng.normal(scale=0.01, size=(20, 30))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def likeness(vectors, rows):
    cosine = vectors[rows] @ vectors[rows].T
    return cosine[np.triu_indices(len(rows), 1)]


def test_no_two_near_duplicates_stand_in_one_batch(vectors):
    ranked = np.arange(200)
    assert likeness(vectors, ranked[:25]).max() > NEAR_DUPLICATE
    batch = next_batch(ranked, vectors, 25)
    assert len(batch) == 25
    assert likeness(vectors, batch).max() <= NEAR_DUPLICATE


def test_a_batch_covers_more_matters_than_the_best_of_the_list(vectors):
    batch = next_batch(np.arange(200), vectors, 10)
    assert len(set(batch // 10)) > len(set(np.arange(10) // 10))
    assert batch[0] == 0  # the best comes first all the same


def test_of_texts_that_are_all_the_same_one_is_taken():
    same = np.tile(np.float32([1, 0]), (12, 1))
    assert next_batch(np.arange(12), same, 5).tolist() == [0]


def test_beyond_the_shortlist_is_looked_where_the_shortlist_is_all_alike():
    vectors = np.eye(30, dtype=np.float32)
    vectors[:20] = vectors[0]
    assert next_batch(np.arange(30), vectors, 4).tolist() == [0, 20, 21, 22]


def test_a_list_in_batches_holds_every_grant_once_and_each_batch_differs(vectors):
    ranked = np.random.default_rng(1).permutation(200)
    found = in_batches(ranked, vectors, 20, 3)
    assert sorted(found) == list(range(200))
    for start in (0, 20, 40):
        assert likeness(vectors, found[start : start + 20]).max() <= NEAR_DUPLICATE
    left = [row for row in ranked if row not in set(found[:60].tolist())]
    assert found[60:].tolist() == left


@pytest.mark.parametrize("n", [0, 1])
def test_a_list_of_none_or_one_stays_as_it_is(n):
    ranked = np.arange(n)
    assert in_batches(ranked, np.ones((1, 1), np.float32), 5, 2).tolist() == ranked.tolist()


def test_vectors_have_length_one_and_the_seed_decides():
    terms = sparse.random_array((40, 60), density=0.2, rng=3, format="csr")
    first = text_vectors(terms, seed=0, dimensions=10)
    assert (first == text_vectors(terms, seed=0, dimensions=10)).all()
    assert first.shape == (40, 10) and first.dtype == np.float32
    assert np.linalg.norm(first, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("shape", [(0, 5), (1, 5), (5, 1)])
def test_too_few_texts_or_terms_for_a_decomposition_have_no_likeness(shape):
    assert text_vectors(sparse.csr_array(shape), seed=0).shape == (shape[0], 1)
