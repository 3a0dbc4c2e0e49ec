"""Versions that tick the same agree; a category that nobody ticks says nothing."""

import numpy as np
import pytest

from classifier.ml.stability import is_stable, stability


def ticks(rng, share):
    return rng.random((500, 3)) < share


def test_the_same_ticks_agree_wholly_and_other_ones_as_chance_has_it():
    rng = np.random.default_rng(0)
    one, other = ticks(rng, 0.3), ticks(rng, 0.3)
    assert stability(one, one).overall == 1
    assert (stability(one, one).by_category == 1).all()
    assert stability(one, other).overall == pytest.approx(0, abs=0.08)
    assert stability(one, ~one).overall < 0


def test_kappa_is_cohens():
    # 20 both yes, 15 both no, 5 and 10 of two minds: Cohen's kappa of this table is 0.4.
    before = np.array([True] * 25 + [False] * 25)[:, None]
    after = np.array([True] * 20 + [False] * 5 + [True] * 10 + [False] * 15)[:, None]
    found = stability(before, after)
    assert found.overall == pytest.approx(0.4)
    assert found.by_category.tolist() == [pytest.approx(0.4)]


def test_one_category_may_move_while_another_rests_and_a_third_says_nothing():
    before = np.zeros((10, 3), dtype=bool)
    before[:5, :2] = True
    after = before.copy()
    after[:, 1] = ~after[:, 1]
    rests, moves, silent = stability(before, after).by_category
    assert rests == 1 and moves == -1 and np.isnan(silent)


def test_no_tick_at_all_is_the_same_as_no_tick_at_all():
    nothing = np.zeros((4, 2), dtype=bool)
    assert stability(nothing, nothing).overall == 1


@pytest.mark.parametrize(
    ("kappas", "found"),
    [([], None), ([1, 1], None), ([0.2, 0.99, 0.99, 1], True), ([1, 1, 1, 0.9], False)],
)
def test_three_agreements_in_a_row_make_it_stable(kappas, found):
    assert is_stable(kappas) is found


def test_other_grants_are_refused():
    with pytest.raises(ValueError, match=r"\(4, 2\) and \(3, 2\).*one fixed set"):
        stability(np.zeros((4, 2), dtype=bool), np.zeros((3, 2), dtype=bool))
    with pytest.raises(ValueError, match="no grant"):
        stability(np.zeros((0, 2), dtype=bool), np.zeros((0, 2), dtype=bool))
