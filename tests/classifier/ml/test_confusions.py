"""Near misses are counted as one would count them by hand."""

import numpy as np
import pytest

from classifier.ml.confusions import sibling_confusions
from classifier.ml.figures import wilson
from tests.classifier.ml.examples import category


def tree():
    """Two facets; under A stand A1 and A2, under B stands B1."""
    return [
        category("A"), category("B"), category("A1", ancestors=("A",)),
        category("A2", ancestors=("A",)), category("B1", ancestors=("B",)),
        category("P", facet="population"),
    ]  # fmt: skip


def brute(y, known, decided, categories):
    """Pair by pair, text by text."""
    pairs, texts = {}, 0
    for answers, asked, ticked in zip(y, known, decided, strict=True):
        hit = False
        for a, right in enumerate(categories):
            for b, other in enumerate(categories):
                meant = asked[a] and answers[a] and not ticked[a]
                taken = asked[b] and not answers[b] and ticked[b]
                parents = right.ancestors[-1:], other.ancestors[-1:]
                if meant and taken and parents[0] == parents[1] and right.facet == other.facet:
                    pairs[right.code, other.code] = pairs.get((right.code, other.code), 0) + 1
                    hit = True
        texts += hit
    return pairs, texts


def test_they_are_those_one_counts_by_hand():
    rng = np.random.default_rng(1)
    y = (rng.random((200, 6)) < 0.4).astype(np.int64)
    known, decided = rng.random((200, 6)) < 0.9, rng.random((200, 6)) < 0.4
    found = sibling_confusions(y, known, decided, tree())
    pairs, texts = brute(y, known, decided, tree())
    assert {(pair.right, pair.ticked): pair.n_texts for pair in found.pairs} == pairs
    assert {("A1", "A2"), ("A2", "A1"), ("A", "B"), ("B", "A")} == set(pairs)
    assert found.n_confused == texts
    assert found.share == wilson(texts, 200)
    counts = [pair.n_texts for pair in found.pairs]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize(
    ("right", "ticked", "n"),
    [("A1", "A2", 1), ("A1", "B1", 0), ("A1", "A", 0), ("A", "P", 0), ("A1", "A1", 0)],
)
def test_only_siblings_are_taken_for_one_another(right, ticked, n):
    codes = [one.code for one in tree()]
    y, decided = np.zeros((1, 6), dtype=np.int64), np.zeros((1, 6), dtype=bool)
    y[0, codes.index(right)], decided[0, codes.index(ticked)] = 1, True
    found = sibling_confusions(y, np.ones((1, 6), dtype=bool), decided, tree())
    assert (found.n_confused, len(found.pairs)) == (n, n)


def test_what_nobody_answered_is_no_confusion():
    y, decided = np.array([[0, 0, 1, 0, 0, 0]]), np.array([[0, 0, 0, 1, 0, 0]], dtype=bool)
    known = np.ones((1, 6), dtype=bool)
    known[0, 3] = False
    assert sibling_confusions(y, known, decided, tree()).pairs == ()
    none = sibling_confusions(y[:0], known[:0], decided[:0], tree())
    assert (none.n_texts, none.share.value) == (0, 0.0)
