"""What a model card says of the categories, against plain loops."""

import numpy as np
import pytest

from classifier.ml.baselines import Suggested
from classifier.ml.cards import by_level, confusions, label_counts
from classifier.ml.evaluation import evaluate
from classifier.ml.figures import wilson
from tests.classifier.ml.examples import category

CATEGORIES = [
    category("A", "Sport"),
    category("A1", "Community sport", ancestors=("A",)),
    category("A2", "Professional sport", ancestors=("A",)),
    category("A3", "Swimming", ancestors=("A",)),
    category("B", "Arts"),
]


@pytest.fixture
def sample():
    rng = np.random.default_rng(3)
    shape = (300, len(CATEGORIES))
    y = (rng.random(shape) < (0.3, 0.3, 0.2, 0.02, 0.3)).astype(np.int64)
    known = rng.random(shape) < 0.9
    proba = np.clip(0.2 * y + rng.random(shape) * 0.6, 0, 1).astype(np.float32)
    return y, known, Suggested(proba, proba > 0.45)


def test_a_sibling_for_a_sibling_is_counted_grant_by_grant(sample):
    y, known, said = sample
    found = {(row["code"], row["instead_code"]): row for row in confusions(
        y, known, said.decided, CATEGORIES)}  # fmt: skip
    pairs = [("A1", "A2"), ("A1", "A3"), ("A2", "A1"), ("A2", "A3"), ("A", "B"), ("B", "A")]
    assert set(found) == set(pairs)  # of A3 there are too few grants; A1 is no sibling of B
    codes = [c.code for c in CATEGORIES]
    for mine, other in pairs:
        i, j = codes.index(mine), codes.index(other)
        rows = range(len(y))
        right = [r for r in rows if known[r, i] and y[r, i]]
        taken = [
            r for r in right
            if not said.decided[r, i] and known[r, j] and not y[r, j] and said.decided[r, j]
        ]  # fmt: skip
        row = found[mine, other]
        assert (row["n"], row["support"]) == (len(taken), len(right))
        assert row["share"] == wilson(len(taken), len(right)).as_json()
    counts = [row["n"] for row in confusions(y, known, said.decided, CATEGORIES)]
    assert counts == sorted(counts, reverse=True)


def test_a_level_is_measured_as_its_categories_alone_are(sample):
    y, known, said = sample
    found = by_level(y, known, said, CATEGORIES)
    assert list(found) == ["1", "2"]
    columns = [0, 4]
    alone = evaluate(
        y[:, columns], known[:, columns], said.proba[:, columns], said.decided[:, columns],
        [CATEGORIES[c] for c in columns],
    )  # fmt: skip
    assert found["1"]["n_labels"] == (y * known)[:, columns].sum()
    assert found["1"]["micro_f1"]["value"] == pytest.approx(alone.micro_f1.value)
    few = y * (np.arange(len(y)) < 8)[:, None]
    assert "2" not in by_level(few * [[1, 0, 0, 0, 1]], known, said, CATEGORIES)


def test_labels_are_counted_by_how_many_examples_a_category_has():
    y = np.zeros((60, 4), dtype=np.int64)
    y[:4, 1] = y[:9, 2] = y[:50, 3] = 1
    assert label_counts(y) == {
        "n_labels": 63,
        "n_categories": 4,
        "by_examples": {"0": 1, "1-4": 1, "5-9": 1, "10-19": 0, "20-49": 0, "50+": 1},
    }
