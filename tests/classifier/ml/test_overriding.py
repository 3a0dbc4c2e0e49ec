"""Ticks taken away in parts of the grants: the share, its interval, and chance ruled out."""

from collections import Counter

import numpy as np
import pytest

from classifier.ml.overriding import chances_of_more, overridden
from classifier.ml.slicing import chance_of_worse, holm


def kinds(grants):
    return Counter(grants)


def test_the_share_is_of_ticks_and_its_interval_of_grants():
    """Ten grants of ten ticks that go together say less than a hundred grants of one tick."""
    together = overridden(kinds([(10, 10)] * 5 + [(10, 0)] * 5))
    apart = overridden(kinds([(1, 1)] * 50 + [(1, 0)] * 50))
    assert together and apart
    assert together.value == apart.value == 0.5
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_the_interval_is_that_of_grants_drawn_one_by_one():
    rng = np.random.default_rng(3)
    grants = [(int(t), int(rng.integers(0, t + 1))) for t in rng.integers(1, 5, size=80)]
    ticks, away = np.array(grants).T
    draws = rng.integers(0, 80, size=(4_000, 80))
    shares = away[draws].sum(axis=1) / ticks[draws].sum(axis=1)
    found = overridden(kinds(grants))
    assert found is not None
    assert found.value == pytest.approx(away.sum() / ticks.sum())
    assert [found.low, found.high] == pytest.approx(np.percentile(shares, [2.5, 97.5]), abs=0.02)


@pytest.mark.parametrize(
    ("grants", "is_told"),
    [([], False), ([(9, 3)], False), ([(1, 1)] * 9, False), ([(10, 3)], True)],
)
def test_under_ten_ticks_nothing_is_told(grants, is_told):
    found = overridden(kinds(grants))
    assert (found is not None) == is_told
    assert found is None or found.low < found.value < found.high


def test_chances_are_those_of_shuffling_the_grants_themselves():
    rng = np.random.default_rng(5)
    ticks = rng.integers(1, 5, size=120)
    away = rng.binomial(ticks, 0.3)
    away[:20] = rng.binomial(ticks[:20], 0.5)
    masks = [np.arange(120) < 20, (np.arange(120) >= 20) & (np.arange(120) < 70)]
    grants = list(zip(ticks.tolist(), away.tolist(), strict=True))
    parts = [kinds(g for g, is_in in zip(grants, mask, strict=True) if is_in) for mask in masks]
    found = chances_of_more(parts, kinds(grants))
    kept = (ticks - away).astype(float)
    shuffled = chance_of_worse(kept, ticks.astype(float), masks, seed=1)
    assert found == pytest.approx(shuffled, abs=0.03)


def test_a_part_of_few_grants_and_the_whole_itself_are_not_compared():
    whole = kinds([(1, 1)] * 10 + [(2, 0)] * 20)
    assert chances_of_more([kinds([(1, 1)] * 9), whole, Counter()], whole) == [None] * 3
    assert chances_of_more([Counter()], Counter()) == [None]


def test_one_report_of_twenty_names_a_part_where_none_differs():
    rng = np.random.default_rng(11)
    named = 0
    for seed in range(120):
        grants = [(2, int(n)) for n in rng.binomial(2, 0.3, size=200)]
        parts = [kinds(grants[start : start + 20]) for start in range(0, 200, 20)]
        adjusted = holm([c for c in chances_of_more(parts, kinds(grants), seed) if c is not None])
        named += min(adjusted) < 0.05
    assert named <= 14  # of 120 at 5 %: 6 expected, 14 has a chance of 1 in 600


def test_a_part_where_much_more_is_taken_away_is_named():
    whole = [(2, 0)] * 150 + [(2, 2)] * 50
    parts = [[(2, 2)] * 20 + [(2, 0)] * 5, [(2, 0)] * 145 + [(2, 2)] * 30]
    found = chances_of_more([kinds(part) for part in parts], kinds(whole))
    assert found[0] == pytest.approx(1 / 5_000)
    assert found[1] is not None and found[1] > 0.9
