"""Choosing what a sprint asks about."""

import numpy as np
import pytest

from classifier.ml.sprint import choose


def asked(proba, lexical, n, seed=0, **options):
    rows = np.asarray(proba, dtype=np.float32), np.asarray(lexical, dtype=np.float32)
    return choose(*rows, n, np.random.default_rng(seed), **options)


def test_model_and_words_take_turns():
    assert asked([0.9, 0.8, 0, 0], [0, 0, 0.7, 0.6], 4, random_share=0) == [
        (0, "model"),
        (2, "words"),
        (1, "model"),
        (3, "words"),
    ]


def test_what_both_like_is_asked_once():
    rows = [row for row, _ in asked([0.9, 0.8, 0.1], [0.9, 0.8, 0.1], 3, random_share=0)]
    assert rows == [0, 1, 2]


def test_one_in_five_is_drawn_at_random():
    sources = [source for _, source in asked(np.linspace(1, 0.1, 100), np.zeros(100), 40)]
    assert sources.count("random") == 8
    assert {i % 5 for i, source in enumerate(sources) if source == "random"} == {4}


def test_where_nothing_speaks_for_any_all_are_drawn():
    assert {source for _, source in asked([0, 0, 0], [0, 0, 0], 3)} == {"random"}


@pytest.mark.parametrize("n", [0, 1, 7, 50])
def test_each_row_once_and_no_more_than_there_are(n):
    rng = np.random.default_rng(1)
    rows = [row for row, _ in asked(rng.random(20), rng.random(20), n)]
    assert len(rows) == len(set(rows)) == min(n, 20)


def test_a_seed_says_it_all():
    rng = np.random.default_rng(2)
    proba, lexical = rng.random(50), rng.random(50)
    assert asked(proba, lexical, 30, seed=5) == asked(proba, lexical, 30, seed=5)
    assert asked(proba, lexical, 30, seed=5) != asked(proba, lexical, 30, seed=6)


def test_ten_examples_of_a_rare_category_cost_a_fraction_of_what_chance_takes():
    # 0.5 % of 20,000 grants fit; the scores tell them apart as a middling model does.
    rng = np.random.default_rng(3)
    fits = rng.random(20_000) < 0.005
    proba = np.clip(rng.beta(2, 30, 20_000) + fits * rng.beta(2, 6, 20_000), 0, 1)
    decisions, found = 0, 0
    for row, _ in asked(proba, np.zeros(20_000), 2_000):
        decisions += 1
        found += fits[row]
        if found == 10:
            break
    assert decisions <= 0.25 * 2_000
