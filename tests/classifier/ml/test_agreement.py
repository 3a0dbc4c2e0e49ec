"""Krippendorff's alpha: his own examples, sets worked by hand, random coders, and pair by pair."""

import numpy as np
import pytest
from scipy import sparse

from bench.history import by_hand
from classifier.ml.agreement import (
    Answers,
    category_disagreement,
    masi,
    set_disagreement,
    summed,
)
from classifier.ml.figures import bootstrap_weights

# Krippendorff's examples with nominal data, "." where an observer is silent: of "Computing
# Krippendorff's Alpha-Reliability" (2011), part C, and the one worked through in encyclopedias.
EXAMPLES = [
    (("123321412...", "1233224125.3", ".3332342251.", "12332441251."), 113 / 152),
    ((".....34121133.3", "1.213343.......", "..21344.21133.4"), 56 / 81),
]


def answers_of(units, names="abcdefghij"):
    """``units``: for each grant the sets of those who answered."""
    rows = [(grant, chosen) for grant, unit in enumerate(units) for chosen in unit]
    sets = np.array([[name in chosen for name in names] for _, chosen in rows], dtype=bool)
    return Answers(sparse.csr_array(sets), np.array([grant for grant, _ in rows]))


def alpha_of(units, names="abcdefghij", n_boot=0):
    weights = bootstrap_weights(len(units), n_boot, seed=1)
    return set_disagreement(answers_of(units, names), weights).alpha()


def by_unit(observers):
    return [[{v} for v in values if v != "."] for values in zip(*observers, strict=True)]


def random_units(rng, n, coders=(2, 3), names="abcdef", p=0.3):
    return [
        [
            frozenset(name for name in names if rng.random() < p)
            for _ in range(rng.integers(coders[0], coders[1] + 1))
        ]
        for _ in range(n)
    ]


@pytest.mark.parametrize(("one", "other", "distance"), [
    ("ab", "ab", 0), ("", "", 0), ("ab", "cd", 1), ("", "a", 1),
    ("a", "ab", 1 - 1 / 2 * 2 / 3), ("ab", "abc", 1 - 2 / 3 * 2 / 3),
    ("ab", "bc", 1 - 1 / 3 * 1 / 3), ("abc", "bcd", 1 - 1 / 2 * 1 / 3),
])  # fmt: skip
def test_masi_as_worked_by_hand(one, other, distance):
    a, b = set(one), set(other)
    sizes = (np.array([float(len(s))]) for s in (a & b, a, b))
    assert masi(*sizes)[0] == pytest.approx(distance)
    assert float(by_hand.masi(frozenset(a), frozenset(b))) == pytest.approx(distance)


@pytest.mark.parametrize(("observers", "alpha"), EXAMPLES)
def test_the_published_examples_with_silent_observers(observers, alpha):
    units = by_unit(observers)
    assert alpha_of(units, "12345").value == pytest.approx(alpha)
    # Whoever stands alone in a unit changes nothing, not even by the values there are.
    assert alpha_of([*units, [{"4"}]], "12345").value == pytest.approx(alpha)


def test_sets_and_near_misses_as_worked_by_hand():
    """Two grants: {a} against {a, b} (distance 2/3), and {c} twice.

    Observed 2 x 2/3 / 4 values = 1/3. Expected over the 12 ordered pairs of a, ab, c, c: a-ab 2/3,
    a-c, ab-c twice each 1, c-c 0: 2 x (2/3 + 4) / 12 = 7/9. Alpha 1 - (1/3) / (7/9) = 4/7.
    """
    assert alpha_of([[{"a"}, {"a", "b"}], [{"c"}, {"c"}]]).value == pytest.approx(4 / 7)


def test_it_is_the_same_pair_by_pair():
    rng = np.random.default_rng(5)
    for _ in range(10):
        units = random_units(rng, 30, coders=(1, 4))
        slow = by_hand.alpha(units)
        assert alpha_of(units).value == pytest.approx(slow)
        weights = bootstrap_weights(len(units), 0, seed=1)
        found, n_said = category_disagreement(answers_of(units), weights)
        for i, name in enumerate("abcdef"):
            said = [[name in chosen for chosen in unit] for unit in units]
            assert found.alphas()[0, i] == pytest.approx(by_hand.alpha(said, by_hand.nominal))
            assert n_said[i] == sum(any(unit) for unit in said if len(unit) > 1)
        assert np.isnan(found.alphas()[0, 9])  # nobody named it, so nothing can be said


def test_the_replicates_are_those_of_grants_drawn_again():
    rng = np.random.default_rng(6)
    units = random_units(rng, 25)
    weights = bootstrap_weights(len(units), 8, seed=2)
    found = set_disagreement(answers_of(units), weights).alphas()
    of_categories = category_disagreement(answers_of(units), weights)[0].alphas()
    for i, times in enumerate(weights.astype(int)):
        drawn = [unit for unit, n in zip(units, times, strict=True) for _ in range(n)]
        assert found[i] == pytest.approx(by_hand.alpha(drawn))
        said = [["a" in chosen for chosen in unit] for unit in drawn]
        assert of_categories[i, 0] == pytest.approx(by_hand.alpha(said, by_hand.nominal))


def test_random_coders_agree_as_by_chance_and_the_interval_says_so():
    units = random_units(np.random.default_rng(7), 4_000, coders=(2, 2))
    alpha = alpha_of(units, n_boot=100)
    assert abs(alpha.value) < 0.02
    assert alpha.low < 0 < alpha.high


def test_perfect_agreement_is_one_and_one_value_alone_says_nothing():
    assert alpha_of([[{"a"}, {"a"}], [{"b"}, {"b"}]], n_boot=20).value == 1
    assert alpha_of([[{"a"}, {"a"}], [{"a"}, {"a"}]], n_boot=20) is None
    assert alpha_of([[{"a"}], [{"b"}]], n_boot=20) is None


def test_several_facets_are_held_each_against_its_own_chance():
    rng = np.random.default_rng(8)
    facets = [random_units(rng, 40), random_units(rng, 40, p=0.6)]
    weights = bootstrap_weights(40, 0, seed=1)
    parts = [set_disagreement(answers_of(units), weights) for units in facets]
    both = summed(parts, 1)
    observed, expected = (
        sum(getattr(p, name)[0] for p in parts) for name in ("observed", "expected")
    )
    assert both.alpha().value == pytest.approx(1 - observed / expected)
    assert both.n == sum(part.n for part in parts)
