"""Near-duplicates in one order of several streams."""

from collections import Counter

import numpy as np
import pytest

from classifier.ml.apart import WINDOW, keep_apart, vectors_of
from classifier.ml.batches import NEAR_DUPLICATE


def world(n, n_alike, seed=0):
    """``n`` rows at random, the first ``n_alike`` of them the same, in two streams."""
    dice = np.random.default_rng(seed)
    vectors = dice.normal(size=(n, 20)).astype(np.float32)
    vectors[:n_alike] = vectors[0]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    order = dice.permutation(n)
    streams = [("chosen", "drawn")[int(flag)] for flag in dice.integers(0, 2, n)]
    return order, streams, vectors


@pytest.mark.parametrize("seed", range(5))
def test_every_stream_keeps_its_grants_and_its_places(seed):
    order, streams, vectors = world(80, 12, seed)
    found = keep_apart(order, streams, vectors)
    for stream in ("chosen", "drawn"):
        places = [i for i, name in enumerate(streams) if name == stream]
        assert Counter(found[places].tolist()) == Counter(order[places].tolist())


@pytest.mark.parametrize("seed", range(5))
def test_likes_stand_so_many_places_apart_while_others_are_left(seed):
    order, streams, vectors = world(200, 12, seed)
    assert min(np.diff(np.flatnonzero(order < 12))) < WINDOW
    found = keep_apart(order, streams, vectors)
    assert min(np.diff(np.flatnonzero(found[:120] < 12))) > WINDOW


def test_of_what_was_drawn_by_lot_neighbours_alone_are_parted():
    order, _, vectors = world(300, 120)
    found = keep_apart(order, ["drawn"] * 300, vectors, {"drawn"})
    likes = np.flatnonzero(found < 120)
    assert min(np.diff(likes[likes < 150])) == 2
    # The beginning holds as many of them as the whole, within what a lot would bring.
    assert (likes < 100).sum() == pytest.approx(40, abs=10)


def test_what_was_drawn_by_lot_stands_where_it_stands_whatever_the_others_hold():
    order, streams, vectors = world(120, 30)
    is_drawn = np.array([name == "drawn" for name in streams])
    first = keep_apart(order, streams, vectors, {"drawn"})
    chosen = order[~is_drawn]
    order[~is_drawn] = chosen[::-1]
    second = keep_apart(order, streams, vectors, {"drawn"})
    assert (first[is_drawn] == second[is_drawn]).all()
    for found in (first, second):
        assert min(np.diff(np.flatnonzero(found[:80] < 30))) > 1


def test_what_differs_stays_where_it_is():
    order, streams, vectors = world(80, 1)
    assert (keep_apart(order, streams, vectors) == order).all()


def test_where_nothing_else_is_left_likes_follow_each_other():
    order, streams, vectors = world(10, 10)
    assert (keep_apart(order, streams, vectors) == order).all()
    assert len(keep_apart(order[:0], [], vectors)) == 0


def test_vectors_tell_near_duplicates_from_other_texts():
    camp = "A summer camp for young carers in the hills, with swimming and songs"
    texts = [camp, camp + "!", "New boots for the football club", "Paint for the old hall"]
    near = vectors_of(texts) @ vectors_of(texts).T
    assert near[0, 1] > NEAR_DUPLICATE
    assert near[0, 2:].max() < 0.5
    assert (vectors_of(texts) == vectors_of(texts)).all()


@pytest.mark.parametrize("texts", [[], [""], ["", "?"], ["camp"], ["camp"] * 3, ["a b", "ä"]])
def test_texts_without_words_or_all_the_same_have_vectors_too(texts):
    vectors = vectors_of(texts)
    assert vectors.shape[0] == len(texts)
    assert np.isfinite(vectors).all()
