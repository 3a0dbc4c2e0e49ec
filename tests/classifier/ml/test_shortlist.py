"""What stands in for narrower categories is told, however improbable it is by itself."""

import numpy as np
import pytest

from classifier.ml.shortlist import shortlist

PROBA = np.array([0.01, *[0.06] * 12, 0.3, 0.001], dtype=np.float32)
ALL = np.arange(15)
HALF = np.full(15, 0.5)


def ticked(*columns):
    return np.isin(ALL, columns)


def test_the_likeliest_come_first_and_the_improbable_not_at_all():
    assert shortlist(ALL, PROBA, ticked(), HALF, 20, 0.02) == [13, *range(1, 13)]
    assert shortlist(ALL, PROBA, ticked(), HALF, 3, 0.02) == [13, 1, 2]


def test_a_broader_category_that_stands_in_for_its_narrower_ones_is_kept():
    assert shortlist(ALL, PROBA, ticked(0), HALF, 4, 0.02) == [13, 1, 2, 0]


def test_only_the_given_columns_are_told():
    assert shortlist(np.array([14, 3]), PROBA, ticked(13, 14), HALF, 5, 0.02) == [3, 14]


@pytest.mark.parametrize("n", [0, 1])
def test_no_more_are_told_than_asked_for(n):
    assert len(shortlist(ALL, PROBA, ticked(0, 5, 13), HALF, n, 0.02)) == n


def test_what_is_ticked_by_itself_keeps_to_the_least_probability():
    low = np.full(15, 0.0005)
    assert shortlist(np.array([13, 14]), PROBA, ticked(13, 14), low, 5, 0.02) == [13]
