"""The first labels change what is known of their own categories, and little else at once."""

from itertools import pairwise

import numpy as np
import pytest

from classifier.ml.calibration import IDENTITY, UNTAUGHT, start_at
from classifier.ml.estimators import CategoryClassifier
from classifier.ml.metrics import shown
from tests.classifier.ml.demonstration import demonstration_categories, demonstration_grants
from tests.classifier.ml.examples import everything

SIZES = (0, 1, 5, 20)


@pytest.fixture(scope="module")
def steps():
    """What other grants are shown with ever more labels: probabilities, shown pairs, answers."""
    categories = demonstration_categories()
    labelled, y, texts = demonstration_grants(categories)
    order = np.random.default_rng(0).permutation(len(labelled))
    others = labelled.take(order[max(SIZES) :])
    model = CategoryClassifier(categories)
    background = model.learn_background(texts)
    found = []
    for n in SIZES:
        rows = np.sort(order[:n])
        model.fit(labelled.take(rows), y[rows], *everything(y[rows]), background)
        proba = model.predict_proba(others)
        facets = [category.facet for category in categories]
        seen = shown(model.decide(proba), proba, np.ones(proba.shape, dtype=bool), facets)
        found.append((proba, seen, y[rows]))
    return found


def test_probabilities_of_untouched_categories_move_by_small_steps(steps):
    """Where the map of before is dropped at the first label they move by .11, then by .16."""
    for (before, seen, _), (after, _, y) in pairwise(steps):
        untouched = seen & (y.sum(axis=0) == 0)
        moved = np.abs(after - before)[untouched].mean()
        assert 0 < moved < 0.08


def test_no_example_starts_from_the_one_map_and_many_from_the_other():
    assert start_at(0, UNTAUGHT) == UNTAUGHT
    slope, offset = start_at(10, UNTAUGHT).weights
    assert (slope, offset) == pytest.approx((0.875, -1.35))
    assert start_at(100_000, UNTAUGHT).weights == pytest.approx(IDENTITY.weights, abs=1e-3)
