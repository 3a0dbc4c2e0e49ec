"""Several streams in one order."""

import numpy as np
import pytest

from classifier.ml.mixing import mix, most_uncertain_between, priorities


def shuffled(rows, seed=0):
    return np.random.default_rng(seed).permutation(rows)


@pytest.mark.parametrize("n_random", [0, 1, 7, 20, 40])
def test_a_mix_holds_every_grant_once_in_its_stream(n_random):
    drawn, rest = shuffled(40)[:n_random], shuffled(40)[n_random:]
    order, streams = mix({"doubt": rest, "random": drawn}, {"doubt": 0.5, "random": 0.5})
    assert sorted(order) == list(range(40))
    assert order[np.array(streams) == "random"].tolist() == drawn.tolist()
    assert order[np.array(streams) == "doubt"].tolist() == rest.tolist()


def test_every_beginning_of_the_order_keeps_the_shares():
    shares = {"random": 0.5, "doubt": 0.3, "coverage": 0.15, "value": 0.05}
    ranked = {name: shuffled(10_000)[at::4] for at, name in enumerate(shares)}
    _, streams = mix(ranked, shares)
    for n in (10, 40, 100, 1_000, 5_000):
        for name, share in shares.items():
            assert abs(streams[:n].count(name) - share * n) <= 1


def test_a_stream_that_has_run_out_leaves_its_places_to_the_others():
    ranked = {"random": np.arange(3), "doubt": np.arange(3, 23), "coverage": np.arange(23, 33)}
    _, streams = mix(ranked, {"random": 0.6, "doubt": 0.2, "coverage": 0.2})
    assert streams[:5].count("random") == 3
    assert abs(streams[5:20].count("doubt") - streams[5:20].count("coverage")) <= 1
    assert len(streams) == 33


def test_a_grant_of_two_streams_comes_once_from_the_one_that_takes_it_first():
    order, streams = mix({"doubt": np.array([5, 1, 2]), "value": np.array([2, 5])},
                         {"doubt": 0.5, "value": 0.5})  # fmt: skip
    assert order.tolist() == [5, 2, 1]
    assert streams == ["doubt", "value", "doubt"]


def test_a_stream_without_a_share_comes_last():
    order, _ = mix({"doubt": np.array([0, 1]), "value": np.array([2])}, {"doubt": 1, "value": 0})
    assert order.tolist() == [0, 1, 2]


def test_a_stream_without_a_share_comes_last_where_others_run_out_or_are_empty():
    ranked = {
        "random": np.arange(50),
        "doubt": np.arange(50, 55),
        "audit": np.arange(55, 65),
        "value": np.arange(0),
    }
    shares = {"random": 0.4, "doubt": 0.4, "audit": 0.0, "value": 0.2}
    _, streams = mix(ranked, shares)
    assert streams[-10:] == ["audit"] * 10


def test_those_that_are_left_keep_their_shares_of_what_is_left():
    ranked = {
        "random": np.arange(300),
        "doubt": np.arange(300, 500),
        "coverage": np.arange(500, 530),
        "value": np.arange(0),
    }
    shares = {"random": 0.3, "doubt": 0.2, "coverage": 0.3, "value": 0.2}
    _, streams = mix(ranked, shares)
    assert "coverage" not in streams[100:]
    for n in (100, 200, 350):
        part = streams[100 : 100 + n]
        assert abs(part.count("random") - 0.6 * n) <= 1
    for n in (10, 30, 60):
        assert abs(streams[:n].count("random") - n * 0.3 / 0.8) <= 1


def test_an_empty_pool_has_an_empty_order():
    order, streams = mix({"random": np.arange(0)}, {"random": 0.5})
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
