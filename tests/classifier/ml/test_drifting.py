"""Drift: divergences worked by hand, limits that chance keeps, and charts as in the textbooks."""

import math

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import binom

from classifier.ml.drifting import (
    FALSE_ALARMS,
    chance_of_a_look,
    divergence,
    p_chart,
    shift,
    unseen_share,
    usual_limit,
)


def test_divergence_as_worked_by_hand():
    assert divergence(np.array([3.0, 0]), np.array([0, 9.0])) == pytest.approx(1.0)
    assert divergence(np.array([2.0, 4]), np.array([1.0, 2])) == pytest.approx(0.0, abs=1e-12)
    # (1/2, 1/2) against (1, 0): the middle is (3/4, 1/4).
    one = 0.5 * math.log2(0.5 / 0.75) + 0.5 * math.log2(0.5 / 0.25)
    other = math.log2(1 / 0.75)
    found = divergence(np.array([1.0, 1]), np.array([5.0, 0]))
    assert found == pytest.approx((one + other) / 2)
    assert divergence(np.zeros(2), np.zeros(2)) == 0.0


def texts(n, mix, rng, n_words=40):
    return rng.multinomial(n_words, mix, size=n)


MIX = np.array([0.4, 0.3, 0.2, 0.1, 0.0])
OTHER = np.array([0.1, 0.2, 0.3, 0.2, 0.2])


def test_new_texts_of_another_mix_lie_beyond_what_chance_gives():
    rng = np.random.default_rng(0)
    counts = sparse.csr_array(np.vstack([texts(100, MIX, rng), texts(60, OTHER, rng)]))
    found = shift(counts, np.arange(160) >= 100)
    assert found.divergence > 3 * found.limit
    sums = counts.toarray()
    truth = float(divergence(sums[100:].sum(axis=0), sums[:100].sum(axis=0)))
    assert found.divergence == pytest.approx(truth)


@pytest.mark.parametrize("chance", [0.05, 0.01])
def test_new_texts_of_the_same_mix_do_as_seldom_as_is_said(chance):
    """500 draws of no drift. The bounds leave out one run in a thousand at either end."""
    beyond = 0
    for seed in range(500):
        rng = np.random.default_rng(seed)
        counts = sparse.csr_array(texts(80, MIX, rng, n_words=3))
        found = shift(counts, np.arange(80) >= 50, seed, chance=chance)
        beyond += found.divergence > found.limit
    low, high = binom.ppf([0.001, 0.999], 500, chance)
    assert low <= beyond <= high


def alarms_in_a_month(rng, mix):
    """Whether a month of 60 texts lies beyond what chance gives: on two nights, or when whole."""
    counts = sparse.csr_array(np.vstack([texts(100, MIX, rng, 1), texts(60, mix, rng, 1)]))
    for n_come in (20, 40, 60):
        part, is_new = counts[: 100 + n_come], np.arange(100 + n_come) >= 100
        chance = chance_of_a_look(1, goes_on=n_come < 60)
        found = shift(part, is_new, n_come, chance=chance)
        if found.divergence > found.limit:
            return True
    return False


def test_months_without_drift_alarm_no_oftener_than_is_said_and_drift_is_found():
    rng = np.random.default_rng(7)
    alarms = sum(alarms_in_a_month(rng, MIX) for _ in range(500))
    assert alarms <= binom.ppf(0.999, 500, FALSE_ALARMS)
    assert sum(alarms_in_a_month(rng, OTHER) for _ in range(20)) == 20


def test_what_chance_may_do_is_shared_by_all_looks():
    measures, nights = 3, 31
    whole = chance_of_a_look(measures, goes_on=False)
    one_night = chance_of_a_look(measures, goes_on=True)
    assert measures * (whole + nights * one_night) == pytest.approx(FALSE_ALARMS)


def test_many_terms_are_taken_part_by_part(monkeypatch):
    counts = sparse.csr_array(texts(90, MIX, np.random.default_rng(2)))
    at_once = shift(counts, np.arange(90) >= 60)
    monkeypatch.setattr("classifier.ml.drifting.CELLS", 3 * len(MIX))
    assert shift(counts, np.arange(90) >= 60) == at_once


def test_texts_that_are_all_alike_lie_at_their_limit():
    found = shift(sparse.csr_array(np.ones((40, 2))), np.arange(40) >= 30)
    assert (found.divergence, found.limit) == (0.0, 0.0)


def test_the_limit_allows_for_few_texts():
    rng = np.random.default_rng(1)
    counts = sparse.csr_array(texts(300, MIX, rng))
    few, many = (shift(counts, np.arange(300) < n).limit for n in (10, 150))
    assert few > 2 * many


def test_the_unseen_share_is_counted_word_by_word():
    counts = sparse.csr_array(np.array([[2, 0, 1], [1, 0, 0], [1, 3, 0], [0, 1, 2]]))
    found = unseen_share(counts, np.array([False, False, True, True]))
    assert found.value == pytest.approx(4 / 7)
    assert found.low <= found.value <= found.high
    assert unseen_share(sparse.csr_array((4, 3)), np.array([False, True, True, True])) is None


def test_what_is_usual_is_the_mean_and_the_mean_change():
    # Mean .12, changes .02, .04, .02 and 0: mean .02.
    assert usual_limit([0.10, 0.12, 0.16, 0.14, 0.14]) == pytest.approx(0.132 + 2.66 * 0.02)
    assert usual_limit([0.1] * 4) is None


def test_a_p_chart_has_limits_by_the_size_of_each_sample():
    chart = p_chart([100, 100, 400, 0], [10, 30, 200, 0], n_before=2)
    assert chart.centre == pytest.approx(0.2)
    assert chart.high[0] == pytest.approx(0.2 + 3 * math.sqrt(0.16 / 100))
    assert chart.low[2] == pytest.approx(0.2 - 3 * math.sqrt(0.16 / 400))
    assert (chart.low[3], chart.high[3]) == (0.0, 1.0)
    assert p_chart([0, 0], [0, 0], 1).centre == 0.0
