"""Query strategies: probabilities in, an order of grants out."""

import numpy as np
import pytest

from classifier.ml import sampling
from classifier.ml.sampling import (
    STRATEGIES,
    choose,
    least_confident,
    mix,
    most_uncertain_between,
    priorities,
    random_utility,
)


@pytest.fixture
def proba():
    return np.random.default_rng(1).uniform(0.05, 0.6, size=(40, 4)).astype(np.float32)


every_strategy = pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)


@every_strategy
def test_a_strategy_gives_each_grant_one_utility_between_0_and_1(strategy, proba):
    utility = strategy(proba)
    assert utility.shape == (40,)
    assert ((utility >= 0) & (utility <= 1 + 1e-9)).all()


@every_strategy
def test_a_strategy_gives_the_same_twice_and_leaves_the_probabilities_alone(strategy, proba):
    before = proba.copy()
    assert (strategy(proba) == strategy(proba)).all()
    assert (proba == before).all()


@every_strategy
def test_a_sure_grant_scores_lowest(strategy, proba):
    sure = np.vstack([proba, [1, 0, 0, 0]])
    assert strategy(sure).argmin() == 40


@every_strategy
def test_the_order_of_grants_and_categories_does_not_matter(strategy, proba):
    rows = np.random.default_rng(2).permutation(40)
    assert strategy(proba[rows]) == pytest.approx(strategy(proba)[rows])
    assert strategy(proba[:, ::-1]) == pytest.approx(strategy(proba))


@every_strategy
def test_choosing_through_modal_takes_the_highest_utilities_best_first(strategy, proba):
    rng = np.random.default_rng(0)
    expected = np.argsort(-strategy(proba), kind="stable")
    for n in (1, 2, 40):  # two rows: modAL takes a bare pair for rows and metrics
        assert choose(proba, n, strategy, rng).tolist() == expected[:n].tolist()


def test_a_strategy_runs_once_for_each_part_of_the_pool(monkeypatch, proba):
    monkeypatch.setattr(sampling, "CHUNK", 15)
    seen = []

    def counted(part):
        seen.append(len(part))
        return least_confident(part)

    chosen = choose(proba, 40, counted, np.random.default_rng(0))
    assert seen == [15, 15, 10]
    assert chosen.tolist() == np.argsort(-least_confident(proba), kind="stable").tolist()


def test_ties_fall_at_random_and_the_seed_decides():
    same = np.full((50, 2), 0.5)
    first, again, other = (
        choose(same, 50, least_confident, np.random.default_rng(seed)).tolist()
        for seed in (0, 0, 1)
    )
    assert first == again != other
    assert first != sorted(first)


@pytest.mark.parametrize("n", [0, 41])
def test_asking_for_more_than_the_pool_or_for_nothing_is_refused(n, proba):
    with pytest.raises(ValueError, match=f"Asked for {n} grants of a pool of 40"):
        choose(proba, n, least_confident, np.random.default_rng(0))


def test_random_utilities_do_not_know_the_grants():
    assert (
        random_utility(5, np.random.default_rng(3)) == random_utility(5, np.random.default_rng(3))
    ).all()


@pytest.mark.parametrize("n_random", [0, 1, 7, 20, 40])
def test_a_mix_holds_every_grant_once_in_its_stream(proba, n_random):
    drawn = np.random.default_rng(1).permutation(40)[:n_random]
    order, streams = mix(proba, drawn, np.random.default_rng(0))
    assert sorted(order) == list(range(40))
    assert order[np.array(streams) == "random"].tolist() == drawn.tolist()
    assert streams.count("least_confident") == 40 - n_random


def test_a_mix_takes_turns_and_its_other_half_is_least_confident_first(proba):
    order, streams = mix(proba, np.arange(20), np.random.default_rng(0))
    assert streams[:4] == ["least_confident", "random", "least_confident", "random"]
    chosen = order[np.array(streams) == "least_confident"]
    assert (np.diff(least_confident(proba)[chosen]) <= 0).all()


def test_an_empty_pool_has_an_empty_order():
    order, streams = mix(np.zeros((0, 3)), np.arange(0), np.random.default_rng(0))
    assert (len(order), streams, len(priorities(order))) == (0, [], 0)


def test_a_higher_priority_is_sooner():
    assert priorities(np.array([2, 0, 3, 1])).tolist() == [0.75, 0.25, 1.0, 0.5]


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ([0.9, 0.52, 0.47, 0.0], [1, 2]),
        ([0.99, 0.52, 0.01, 0.0], [1]),
        ([0.9, 0.0, 0.0, 0.0], [0]),
        ([0.0, 0.0, 0.0, 0.0], []),
    ],
)
def test_the_reason_names_the_categories_nearest_to_their_threshold(row, columns):
    assert most_uncertain_between(np.array(row)) == columns


def test_nearness_is_measured_from_each_categorys_own_threshold():
    row, thresholds = np.array([0.5, 0.2]), np.array([0.05, 0.21])
    assert most_uncertain_between(row, thresholds) == [1]
