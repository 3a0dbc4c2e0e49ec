"""Who differs from the others: the error by hand, and chance kept out of the whole table."""

import numpy as np
import pytest

from classifier.ml.others import Ratio, apart_from_others


def ratio(above, below):
    a, b = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    return Ratio(len(a), a.sum(), b.sum(), (a * a).sum(), (a * b).sum(), (b * b).sum())


def test_the_error_of_a_quotient_is_that_of_drawing_annotations_again():
    rng = np.random.default_rng(2)
    below = rng.integers(1, 6, size=300)
    above = rng.binomial(below, 0.3)
    draws = rng.integers(0, 300, size=(4_000, 300))
    again = above[draws].sum(axis=1) / below[draws].sum(axis=1)
    assert np.sqrt(ratio(above, below).variance) == pytest.approx(again.std(), rel=0.05)


def test_the_error_of_a_mean_is_the_usual_one():
    seconds = np.array([10.0, 20, 40, 80, 90, 100, 110, 120, 130, 700])
    found = ratio(seconds, np.ones(10))
    assert found.value == seconds.mean()
    assert found.variance == pytest.approx(seconds.var(ddof=1) / 10)


def test_others_are_all_but_the_person():
    one, other = ratio([3, 0], [4, 1]), ratio([1, 1, 1], [2, 2, 2])
    both = ratio([3, 0, 1, 1, 1], [4, 1, 2, 2, 2])
    assert one.and_(other) == both
    assert both.without(one) == other


def test_where_nobody_differs_one_table_of_twenty_says_so():
    """Ticks of one annotation go together, which must not be taken for evidence."""
    rng = np.random.default_rng(4)
    said = 0
    for _ in range(200):
        ratios = []
        for _ in range(8):
            below = rng.integers(1, 6, size=40)
            above = below * (rng.random(40) < 0.3)  # all of them or none
            ratios.append(ratio(above, below))
        found = apart_from_others({"overridden": ratios}, frozenset({"overridden"}))
        said += any(found)
    assert said <= 20  # of 200 at 5 %: 10 expected, over 20 has a chance of 1 in 700


@pytest.mark.parametrize("sizes", [[2_000, 12], [2_000, 30], [500] * 7 + [12], [500] * 7 + [30]])
def test_nor_does_it_where_some_have_done_much_less_than_others(sizes):
    """The error of a few annotations is itself in doubt, on whichever side they are."""
    rng, said = np.random.default_rng(6), 0
    for _ in range(200):
        ratios = []
        for n in sizes:
            below = rng.integers(1, 6, size=n)
            ratios.append(ratio(below * (rng.random(n) < 0.3), below))
        said += any(apart_from_others({"overridden": ratios}, frozenset({"overridden"})))
    assert said <= 20  # as above


def test_who_differs_much_is_found_with_the_difference():
    rng = np.random.default_rng(5)
    ratios = [ratio(rng.binomial(2, p, size=200), np.full(200, 2)) for p in (0.2, 0.2, 0.6, 0.2)]
    seconds = [ratio(rng.gamma(4, mean / 4, size=200), np.ones(200)) for mean in (60, 60, 60, 160)]
    found = apart_from_others({"overridden": ratios, "seconds": seconds}, frozenset({"overridden"}))
    # Nor are the others named for differing from somebody who is far off.
    assert [sorted(one) for one in found] == [[], [], ["overridden"], ["seconds"]]
    apart = found[2]["overridden"]
    assert 0 < apart.low < apart.value < apart.high
    assert apart.value == pytest.approx(0.4, abs=0.1)
    assert found[3]["seconds"].low < 100 < found[3]["seconds"].high


@pytest.mark.parametrize("n", [0, 1, 29])
def test_of_few_annotations_nothing_is_said(n):
    few, many = ratio([1] * n, [1] * n), ratio([0] * 50, [1] * 50)
    assert apart_from_others({"overridden": [few, many]}, frozenset({"overridden"})) == [{}, {}]


def test_a_share_without_spread_has_its_doubt_all_the_same():
    """All of 30 against none of 30 says something; one figure without any error says nothing."""
    all_of, none_of = ratio([1] * 30, [1] * 30), ratio([0] * 30, [1] * 30)
    found = apart_from_others({"overridden": [all_of, none_of]}, frozenset({"overridden"}))
    assert found[0]["overridden"].low < 1 < found[0]["overridden"].high
    same = ratio([30] * 32, [1] * 32), ratio([40] * 32, [1] * 32)
    assert apart_from_others({"seconds": same}) == [{}, {}]


def test_nobody_is_no_table():
    assert apart_from_others({"overridden": []}) == []
