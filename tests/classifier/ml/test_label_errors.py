"""Confident learning: the doubts of a plain loop, and injected flips that are found."""

import math

import numpy as np
import pytest

from classifier.ml.estimators import CategoryClassifier
from classifier.ml.label_errors import SHRINK, confidence, doubts
from tests.classifier.ml.examples import everything, topic_categories, topic_grants


@pytest.fixture
def sample():
    rng = np.random.default_rng(4)
    shape = (80, 6)
    y = (rng.random(shape) < 0.3).astype(np.int64)
    known = rng.random(shape) < 0.9
    proba = np.clip(0.5 * y + 0.5 * rng.random(shape) ** 2, 0.001, 0.999)
    swapped = rng.random(shape) < 0.1
    proba[swapped] = 1 - proba[swapped]
    return y, known, proba.astype(np.float32)


def log_odds(p):
    return math.log(p / (1 - p))


def test_the_doubts_are_those_of_a_plain_loop(sample):
    y, known, proba = sample
    answers = [(i, j) for i in range(80) for j in range(6) if known[i, j]]
    p = {pair: float(proba[pair]) for pair in answers}

    def usual(column, said, sure):
        """Mean confidence where it was said, ten of all added."""
        own = [sure(p[i, j]) for i, j in answers if j == column and y[i, j] == said]
        of_all = np.mean([sure(p[i, j]) for i, j in answers if y[i, j] == said])
        return (sum(own) + SHRINK * of_all) / (len(own) + SHRINK)

    yes = [usual(j, 1, lambda q: q) for j in range(6)]
    no = [usual(j, 0, lambda q: 1 - q) for j in range(6)]
    expected = {}
    for i, j in answers:
        is_yes, is_no = p[i, j] >= yes[j], 1 - p[i, j] >= no[j]
        if y[i, j] and is_no and not is_yes:
            expected[i, j] = log_odds(yes[j]) - log_odds(p[i, j])
        if not y[i, j] and is_yes and not is_no:
            expected[i, j] = log_odds(no[j]) - log_odds(1 - p[i, j])
    found = doubts(y, known, proba)
    pairs = list(zip(found.rows.tolist(), found.columns.tolist(), strict=True))
    assert set(pairs) == set(expected) and len(pairs) == len(expected) > 10
    assert found.margin == pytest.approx([expected[pair] for pair in pairs])
    assert sorted(found.margin.tolist(), reverse=True) == found.margin.tolist()
    assert found.is_given.tolist() == [bool(y[pair]) for pair in pairs]
    assert set(found.is_given.tolist()) == {True, False}  # both sides are among them


def test_an_answer_that_nobody_gave_is_never_in_doubt(sample):
    y, known, proba = sample
    found = doubts(y, known, proba)
    assert known[found.rows, found.columns].all()
    assert len(doubts(y, np.zeros(y.shape, dtype=bool), proba)) == 0
    assert len(doubts(y[:0], known[:0], proba[:0])) == 0


def test_a_rare_category_is_judged_by_what_is_usual_for_all():
    p = np.array([[0.9, 0.1], [0.7, 0.5], [0.8, 0.5]])
    said = np.array([[True, True], [True, False], [True, False]])
    of_all = (0.9 + 0.7 + 0.8 + 0.1) / 4
    assert confidence(p, said) == pytest.approx(
        [(2.4 + 10 * of_all) / 13, (0.1 + 10 * of_all) / 11]
    )


def test_injected_flips_are_found_five_times_as_often_as_by_lot():
    """5 % of the labels of small invented grants are moved to another topic."""
    corpus, truth = topic_grants(400)
    rng = np.random.default_rng(1)
    y = truth.copy()
    for row in rng.choice(400, 20, replace=False):
        y[row] = np.roll(y[row], rng.integers(1, 3))
    known, tune = everything(y)
    model = CategoryClassifier(topic_categories()).fit(corpus, y, known, tune, corpus)
    found = doubts(y, known, model.proba_oof_)
    first = found.rows[:20], found.columns[:20]
    precision = (y != truth)[first].mean()
    by_lot = 20 / 400
    assert precision >= 5 * by_lot
