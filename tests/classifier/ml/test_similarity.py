"""Nearly the same texts: what an exact comparison finds, in a time that grows with the texts."""

import time

import numpy as np
import pytest

from classifier.ml.similarity import REACH, WordSets

WORDS = [f"w{n}" for n in range(400)]


def found(texts, is_new=None, **options):
    sets = WordSets()
    sets.add(texts)
    marks = np.ones(len(texts), dtype=bool) if is_new is None else np.array(is_new, dtype=bool)
    return {
        tuple(pair): score
        for pairs, scores in sets.similar(marks, **options)
        for pair, score in zip(pairs.tolist(), scores.tolist(), strict=True)
    }


def cosine(one, other):
    a, b = set(one.split()), set(other.split())
    return len(a & b) / np.sqrt(len(a) * len(b))


def families(n, seed=0):
    """Texts of 30 words, and after each one a copy with up to nine words changed."""
    random = np.random.default_rng(seed)
    texts = []
    for _ in range(n):
        words = random.choice(WORDS, 30, replace=False)
        texts.append(" ".join(words))
        words[: random.integers(0, 10)] = "other"
        texts.append(" ".join(words))
    return texts


def test_it_finds_what_comparing_each_with_each_finds():
    texts = families(300)
    exact = {
        (i, j): cosine(texts[i], texts[j])
        for i in range(len(texts))
        for j in range(i + 1, len(texts))
        if cosine(texts[i], texts[j]) >= 0.8
    }
    near = found(texts)
    assert near.keys() <= exact.keys()
    assert len(exact) > 200
    assert len(near) >= 0.97 * len(exact)
    assert all(near[pair] == pytest.approx(exact[pair]) for pair in near)


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("Bus hire for juniors", "BUS HIRE, juniors!", 1.0),
        ("Holiday games for Ararat youth", "Holiday games for Horsham youth", 0.75),
        ("red green blue white black", "red green blue white grey", 0.8),
        ("To be or not", "to be or not", 1.0),
        ("太极班", "太极班", 1.0),
        ("", "", 1.0),
        ("paint", "football", None),
    ],
)
def test_two_texts_are_compared_by_their_sets_of_words(one, other, score):
    scores = list(found([one, other], at_least=0.7).values())
    assert scores == ([] if score is None else [pytest.approx(score)])


def test_only_pairs_with_a_new_text_come():
    texts = ["one two three", "one two three!", "one two three?"]
    assert found(texts, [False, False, False]) == {}
    assert found(texts, [False, False, True]).keys() == {(0, 2), (1, 2)}
    assert found(texts, [True, False, False]).keys() == {(0, 1), (0, 2)}


def test_parts_and_one_piece_give_the_same():
    texts = families(40)
    in_parts = WordSets()
    for start in range(0, len(texts), 7):
        in_parts.add(texts[start : start + 7])
    in_parts.add([])
    marks = np.ones(len(texts), dtype=bool)
    pairs = np.concatenate([pairs for pairs, _ in in_parts.similar(marks)])
    assert {tuple(pair) for pair in pairs.tolist()} == found(texts).keys()


def test_thousands_of_one_kind_take_linear_room():
    same = "books pens paper chairs desks lamps"
    texts = [f"grant for school number n{n} {same}" for n in range(4_000)]
    began = time.process_time()
    near = found(texts)
    assert time.process_time() - began < 20
    assert len(near) <= len(texts) * REACH * 20
    assert {text for pair in near for text in pair} == set(range(len(texts)))


def test_no_text_and_one_text_have_no_look_alike():
    assert found([]) == found(["alone"]) == {}


def test_marks_of_another_number_are_refused():
    sets = WordSets()
    sets.add(["a", "b"])
    with pytest.raises(ValueError, match="3 marks do not belong to 2 texts"):
        list(sets.similar(np.ones(3, dtype=bool)))
