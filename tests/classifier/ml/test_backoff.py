"""A broader category stands in for narrower ones that are unsure."""

import numpy as np
import pytest

from classifier.ml.backoff import this_or_below, with_backing_off
from classifier.ml.hierarchy import ancestor_matrix
from tests.classifier.ml.examples import category

# A stands above B and C, B above D; E stands alone.
ANCESTORS = ancestor_matrix(
    [
        category("A"),
        category("B", ancestors=("A",)),
        category("C", ancestors=("A",)),
        category("D", ancestors=("A", "B")),
        category("E"),
    ]
)


def ticks(proba, ticked=()):
    decided = np.zeros((1, 5), dtype=bool)
    decided[0, list(ticked)] = True
    found = with_backing_off(decided, np.array([proba], dtype=np.float32), ANCESTORS)
    return np.flatnonzero(found[0]).tolist()


def test_this_or_below_is_one_less_what_speaks_against_all_of_them():
    proba = np.array([[0.1, 0.2, 0.3, 0.4, 0.5]], dtype=np.float32)
    expected = [1 - 0.9 * 0.8 * 0.7 * 0.6, 1 - 0.8 * 0.6, 0.3, 0.4, 0.5]
    assert this_or_below(proba, ANCESTORS)[0] == pytest.approx(expected)


def test_certainty_below_is_certainty_above():
    proba = np.array([[0, 0, 0, 1, 0]], dtype=np.float32)
    assert this_or_below(proba, ANCESTORS)[0] == pytest.approx([1, 1, 0, 1, 0])


def test_the_broader_category_is_ticked_where_the_narrower_ones_are_unsure():
    assert ticks([0.05, 0.26, 0.25, 0.1, 0]) == [0]


def test_the_narrowest_that_is_likely_is_taken():
    assert ticks([0.1, 0.3, 0.2, 0.4, 0]) == [1]


def test_what_has_a_ticked_one_below_it_is_left_alone():
    assert ticks([0.3, 0.3, 0.3, 0.6, 0], ticked=[3]) == [3]


def test_a_ticked_ancestor_gives_way():
    assert ticks([0.6, 0.3, 0.0, 0.4, 0], ticked=[0]) == [1]


def test_what_has_nothing_below_it_is_not_backed_off_to():
    assert ticks([0, 0, 0, 0, 0.9]) == []


def test_nothing_likely_ticks_nothing():
    assert ticks([0.1, 0.1, 0.1, 0.1, 0.1]) == []
