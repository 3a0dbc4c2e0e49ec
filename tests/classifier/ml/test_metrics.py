"""The metrics held against scikit-learn and against sets, and what must not move them."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from classifier.ml import metrics
from classifier.ml.evaluation import evaluate
from classifier.ml.figures import bootstrap_weights
from tests.classifier.ml.examples import category

N_CATEGORIES = 200  # more than an int8 can number
FACETS = ["subject"] * 120 + ["population"] * 80
CATEGORIES = [
    category(f"C{n}", facet=FACETS[n], ancestors=(f"C{n - 1}",) if n % 3 == 1 else ())
    for n in range(N_CATEGORIES)
]


@pytest.fixture
def sample():
    rng = np.random.default_rng(11)
    shape = (80, N_CATEGORIES)
    y = (rng.random(shape) < 0.03).astype(np.int64)
    proba = np.clip(0.3 * y + rng.random(shape) ** 3, 0, 1).astype(np.float32)
    y[7] = 0
    proba[7] = 0.0  # nothing right, nothing ticked
    return y, np.ones(shape, dtype=bool), proba, proba > 0.6


def test_f1_of_all_kinds_is_scikit_learn_s(sample):
    y, known, proba, decided = sample
    found = evaluate(y, known, proba, decided, CATEGORIES, n_boot=5)
    occurring = y.any(axis=0)
    assert found.micro_f1.value == pytest.approx(f1_score(y, decided, average="micro"))
    assert found.macro_f1.value == pytest.approx(
        f1_score(y[:, occurring], decided[:, occurring], average="macro", zero_division=0)
    )
    assert found.sample_f1.value == pytest.approx(
        f1_score(y, decided, average="samples", zero_division=1)
    )


def test_precision_and_recall_are_scikit_learn_s(sample):
    y, _, _, decided = sample
    weights = bootstrap_weights(len(y), 0, 0)
    assert metrics.precision(weights, y == 1, decided) == pytest.approx(
        precision_score(y, decided, average="micro")
    )
    assert metrics.recall(weights, y == 1, decided) == pytest.approx(
        recall_score(y, decided, average="micro")
    )


def test_hierarchical_f1_is_that_of_sets_with_their_ancestors(sample):
    y, known, proba, decided = sample

    def closed(row):
        columns = set(np.flatnonzero(row).tolist())
        return columns | {n - 1 for n in columns if n % 3 == 1}

    right, ticked = [closed(row) for row in y], [closed(row) for row in decided]
    hits = sum(len(a & b) for a, b in zip(right, ticked, strict=True))
    expected = 2 * hits / (sum(map(len, right)) + sum(map(len, ticked)))
    found = evaluate(y, known, proba, decided, CATEGORIES, n_boot=5)
    assert found.hierarchical_f1.value == pytest.approx(expected)


def test_what_is_shown_is_what_is_ticked_and_the_next_five_of_each_facet(sample):
    y, known, proba, decided = sample
    known = known & (np.arange(N_CATEGORIES) != 5)
    ticked = decided & known
    expected = ticked.copy()
    for row in range(len(y)):
        for facet in set(FACETS):
            rest = [
                (-proba[row, c], c)
                for c in range(N_CATEGORIES)
                if FACETS[c] == facet and known[row, c] and not ticked[row, c] and proba[row, c] > 0
            ]
            expected[row, [c for _, c in sorted(rest)[:5]]] = True
    assert (metrics.shown(ticked, proba, known, FACETS) == expected).all()
    assert not expected[7].any()


def test_the_calibration_of_what_is_shown_looks_at_nothing_else(sample):
    y, known, proba, decided = sample
    seen = metrics.shown(decided, proba, known, FACETS)
    bins = {}
    for row, c in zip(*np.nonzero(seen & (proba >= 0.01)), strict=True):
        at = min(int(float(proba[row, c]) * 15), 14)
        bins.setdefault(at, []).append(float(proba[row, c]) - y[row, c])
    expected = sum(abs(sum(gaps)) for gaps in bins.values()) / sum(map(len, bins.values()))
    found = evaluate(y, known, proba, decided, CATEGORIES, n_boot=5)
    assert found.ece_shown.value == pytest.approx(expected, abs=1e-6)
    assert found.ece_shown.value != pytest.approx(found.ece.value, abs=1e-3)


def test_indicators_of_8_bits_give_the_same_figures(sample):
    y, known, proba, decided = sample
    narrow = evaluate(y.astype(np.int8), known, proba, decided, CATEGORIES, n_boot=20)
    assert narrow == evaluate(y, known, proba, decided, CATEGORIES, n_boot=20)


def test_the_order_of_the_columns_moves_no_figure(sample):
    y, known, proba, decided = sample
    order = np.random.default_rng(3).permutation(N_CATEGORIES)
    moved = [part[:, order] for part in (y, known, proba, decided)]
    first = evaluate(y, known, proba, decided, CATEGORIES, n_boot=5)
    second = evaluate(*moved, [CATEGORIES[c] for c in order], n_boot=5)
    for name in ("micro_f1", "macro_f1", "hierarchical_f1", "precision_at_1", "recall_at_10"):
        assert getattr(first, name).value == pytest.approx(getattr(second, name).value)


def test_ties_fall_at_random_and_not_to_the_first_column():
    n = 4_000
    y = np.zeros((n, 20), dtype=np.int64)
    y[:, 0] = 1
    known, even = np.ones(y.shape, dtype=bool), np.full(y.shape, 0.5, dtype=np.float32)
    found = evaluate(y, known, even, even > 1, CATEGORIES[:20], n_boot=2)
    assert found.precision_at_1.value == pytest.approx(1 / 20, abs=0.015)
    assert found.recall_at_10.value == pytest.approx(1 / 2, abs=0.04)


def test_the_same_seed_breaks_ties_alike(sample):
    _, known, proba, _ = sample
    coarse = np.round(proba, 1)
    places = [metrics.ranks_of(coarse, known, np.random.default_rng(seed)) for seed in (4, 4, 5)]
    assert (places[0] == places[1]).all()
    assert (places[0] != places[2]).any()


def test_how_many_texts_are_ordered_at_a_time_changes_nothing(sample, monkeypatch):
    _, known, proba, _ = sample
    coarse = np.round(proba, 1)
    whole = metrics.ranks_of(coarse, known, np.random.default_rng(4))
    monkeypatch.setattr(metrics, "AT_ONCE", 7)
    assert (metrics.ranks_of(coarse, known, np.random.default_rng(4)) == whole).all()
    first = metrics.among_first(coarse, known, np.random.default_rng(4))
    assert (first == (whole < metrics.FIRST)).all()
