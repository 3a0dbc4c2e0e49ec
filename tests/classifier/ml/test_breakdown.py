"""Figures of parts of the taxonomy, and what a model must beat."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from classifier.ml.baselines import at_least_one, by_frequency, by_rules, has_rules
from classifier.ml.breakdown import bands_of, facets_of, levels_of, parts
from tests.classifier.ml.examples import category, corpus

CATEGORIES = [
    category("A", "Arts", include_pattern=r"\barts?\b", exclude_pattern="martial"),
    category("A1", "Music", ancestors=("A",), include_pattern="music"),
    category("A11", "Choirs", ancestors=("A", "A1")),
    category("OLD", "Older people", facet="population"),
]


def test_levels_and_facets_are_those_of_the_taxonomy():
    levels = {level: columns.tolist() for level, columns in levels_of(CATEGORIES).items()}
    assert levels == {
        "1": [True, False, False, True],
        "2": [False, True, False, False],
        "3": [False, False, True, False],
    }
    facets = {facet: columns.tolist() for facet, columns in facets_of(CATEGORIES).items()}
    assert facets == {
        "subject": [True, True, True, False],
        "population": [False, False, False, True],
    }


def test_every_category_is_in_one_band_of_support():
    support = np.array([0, 1, 4, 5, 9, 10, 19, 20, 49, 50, 5000])
    bands = bands_of(support)
    assert np.sum(list(bands.values()), axis=0).tolist() == [1] * len(support)
    assert bands["1-4"].tolist()[:4] == [False, True, True, False]
    assert bands["50+"].tolist()[-3:] == [False, True, True]


def test_figures_of_a_part_are_those_of_its_columns_alone():
    rng = np.random.default_rng(2)
    y = (rng.random((50, 4)) < 0.3).astype(np.int64)
    proba = rng.random((50, 4)).astype(np.float32)
    decided, known = proba > 0.6, np.ones((50, 4), dtype=bool)
    found = parts(y, known, proba, decided, facets_of(CATEGORIES), n_boot=10)
    expected = f1_score(y[:, :3], decided[:, :3], average="micro")
    assert found["subject"].micro_f1.value == pytest.approx(expected)
    assert found["subject"].n_labels == y[:, :3].sum()
    assert found["population"].in_first_ten.value == 1  # there are only four in a list
    none = {"nothing": np.zeros(4, dtype=bool)}
    assert parts(y, known, proba, decided, none) == {}


def test_rules_tick_what_they_match_and_nothing_else():
    said = by_rules(CATEGORIES, corpus("Music and art", "Martial arts", "Bowls"))
    assert said.decided.tolist() == [
        [True, True, False, False],
        [False] * 4,
        [False] * 4,
    ]
    assert (said.proba == said.decided).all()
    assert has_rules(CATEGORIES)
    assert not has_rules(CATEGORIES[2:])


def test_frequency_says_the_same_to_everybody():
    y = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0]])
    known = np.ones(y.shape, dtype=bool)
    known[3] = False
    said = by_frequency(y, known, 2)
    assert said.proba.tolist() == pytest.approx(np.tile([2 / 3, 2 / 3, 0, 0], (2, 1)))
    assert said.decided.tolist() == [[True, True, False, False]] * 2


def test_frequency_of_no_label_at_all_says_nothing():
    nothing = np.zeros((0, 4), dtype=np.int64)
    said = by_frequency(nothing, nothing == 1, 3)
    assert not said.proba.any()
    assert not said.decided.any()


def test_only_a_text_without_a_tick_gets_its_likeliest_category():
    proba = np.array([[0.2, 0.4], [0.3, 0.6], [0.0, 0.0]])
    ticked = np.array([[False, False], [True, False], [False, False]])
    assert at_least_one(ticked, proba).tolist() == [[False, True], [True, False], [False, False]]
    assert not ticked[0].any()
    assert at_least_one(np.zeros((0, 2), dtype=bool), np.zeros((0, 2))).shape == (0, 2)
