"""The figures of a model version, against the same by plain loops; and the gate."""

import json

import numpy as np
import pytest

from classifier.ml.baselines import Suggested
from classifier.ml.evaluation import compare, evaluate
from classifier.ml.figures import wilson
from classifier.ml.pairing import pair
from tests.classifier.ml.examples import category

CATEGORIES = [
    category("A", "Arts"),
    category("A1", "Music", ancestors=("A",)),
    category("A11", "Choirs", ancestors=("A", "A1")),
    category("B", "Dogs"),
    *(category(f"C{number}") for number in range(12)),
]


@pytest.fixture
def sample():
    rng = np.random.default_rng(5)
    shape = (60, len(CATEGORIES))
    y = (rng.random(shape) < 0.15).astype(np.int64)
    known = rng.random(shape) < 0.8
    known[3] = False
    proba = np.clip(0.4 * y + rng.random(shape) * 0.5, 0, 1).astype(np.float32)
    proba[rng.random(shape) < 0.2] = 0
    return y, known, proba, proba > 0.45


def f1(tp, fp, fn):
    return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 0.0


def counted(pairs):
    pairs = list(pairs)
    tp = sum(right and ticked for right, ticked in pairs)
    return f1(tp, sum(t and not r for r, t in pairs), sum(r and not t for r, t in pairs))


def known_pairs(y, known, decided, column=None):
    for row in range(len(y)):
        for c in range(y.shape[1]) if column is None else [column]:
            if known[row, c]:
                yield bool(y[row, c]), bool(decided[row, c])


def test_micro_and_macro_f1_are_those_of_a_plain_loop(sample):
    y, known, proba, decided = sample
    found = evaluate(y, known, proba, decided, CATEGORIES, n_boot=20)
    assert found.micro_f1.value == pytest.approx(counted(known_pairs(y, known, decided)))
    occurring = np.flatnonzero((y * known).any(axis=0))
    each = [counted(known_pairs(y, known, decided, c)) for c in occurring]
    assert found.macro_f1.value == pytest.approx(np.mean(each))
    assert [row.f1.value for row in found.categories if row.support] == pytest.approx(each)
    assert (found.n_grants, found.n_pairs) == (59, known.sum())


def test_macro_f1_leaves_out_categories_that_no_answer_holds():
    y = np.array([[1, 0], [1, 0]])
    decided = np.array([[1, 1], [1, 0]], dtype=bool)
    found = evaluate(y, np.ones_like(decided), decided.astype(float), decided, CATEGORIES[:2])
    assert found.macro_f1.value == 1


def test_ranked_figures_are_those_of_a_plain_loop(sample):
    y, known, proba, decided = sample
    first, recalls = [], []
    for row in np.flatnonzero((y * known).any(axis=1)):
        right = set(np.flatnonzero(y[row] * known[row]))
        listed = [c for c in np.argsort(-proba[row]) if known[row, c] and proba[row, c] > 0]
        first.append(bool(listed) and listed[0] in right)
        recalls.append(len(right & set(listed[:10])) / len(right))
    found = evaluate(y, known, proba, decided, CATEGORIES, n_boot=20)
    assert found.precision_at_1.value == pytest.approx(np.mean(first))
    assert found.recall_at_10.value == pytest.approx(np.mean(recalls))


def test_calibration_error_and_clicks_are_those_of_a_plain_loop(sample):
    y, known, proba, decided = sample
    bins = {}
    for row, c in zip(*np.nonzero(known & (proba >= 0.01)), strict=True):
        at = min(int(float(proba[row, c]) * 15), 14)
        bins.setdefault(at, []).append(float(proba[row, c]) - y[row, c])
    pairs = sum(map(len, bins.values()))
    found = evaluate(y, known, proba, decided, CATEGORIES, n_boot=20)
    expected = sum(abs(sum(surplus)) for surplus in bins.values()) / pairs
    assert found.ece.value == pytest.approx(expected, abs=1e-6)
    wrong = sum(right != ticked for right, ticked in known_pairs(y, known, decided))
    assert found.clicks.value == pytest.approx(wrong / 59)


def test_hierarchical_f1_adds_ancestors_on_both_sides():
    y, decided = np.zeros((1, 16), dtype=np.int64), np.zeros((1, 16), dtype=bool)
    y[0, 2] = decided[0, 1] = True  # choirs is right, music was said: both hold arts and music
    found = evaluate(y, np.ones_like(decided), decided.astype(float), decided, CATEGORIES)
    assert found.micro_f1.value == 0
    assert found.hierarchical_f1.value == pytest.approx(2 * 2 / (2 + 3))


def test_intervals_hold_the_value_and_narrow_with_more_texts(sample):
    y, known, proba, decided = sample
    few = evaluate(y, known, proba, decided, CATEGORIES)
    many = evaluate(*(np.tile(part, (9, 1)) for part in sample), CATEGORIES)
    for name in ("micro_f1", "macro_f1", "recall_at_10", "clicks"):
        small, large = getattr(few, name), getattr(many, name)
        assert small.low <= small.value <= small.high
        assert large.high - large.low < small.high - small.low


def test_the_same_seed_gives_the_same_intervals(sample):
    assert evaluate(*sample, CATEGORIES) == evaluate(*sample, CATEGORIES)


@pytest.mark.parametrize("n", [0, 2])
def test_without_a_known_pair_all_figures_are_0_and_nothing_breaks(n):
    empty = np.zeros((n, 16))
    found = evaluate(empty, empty > 0, empty, empty > 0, CATEGORIES, n_boot=5)
    assert (found.n_grants, found.n_pairs, found.micro_f1.value) == (0, 0, 0)


def test_figures_can_be_stored_as_json(sample):
    stored = json.loads(json.dumps(evaluate(*sample, CATEGORIES, n_boot=5).as_json()))
    assert set(stored["micro_f1"]) == {"value", "low", "high"}
    assert stored["categories"][0]["code"] == "A"


def test_wilson_intervals_are_those_of_the_textbook():
    # Newcombe 1998, table I: 81 of 263.
    found = wilson(81, 263)
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0, 1)
    assert (wilson(5, 5).high, wilson(0, 5).low) == (1, 0)


def answers(n=200):
    y = (np.random.default_rng(0).random((n, 16)) < 0.2).astype(np.int64)
    return y, np.ones(y.shape, dtype=bool)


def with_errors(y, share, columns=slice(None)):
    flip = np.random.default_rng(1).random(y.shape) < share
    decided = y == 1
    decided[:, columns] ^= flip[:, columns]
    return decided


def test_a_better_candidate_is_promoted_with_a_plain_reason():
    y, known = answers(1204)
    gate = compare(y, known, with_errors(y, 0.02), with_errors(y, 0.05), CATEGORIES)
    assert gate.promote
    assert gate.reason.startswith(f"F1 {gate.candidate:.2f}, +0.0")
    assert gate.reason.endswith("on 1,204 audit grants against the active version.")


def test_a_candidate_worse_by_more_than_the_margin_is_refused():
    y, known = answers()
    gate = compare(y, known, with_errors(y, 0.1), with_errors(y, 0.02), CATEGORIES)
    assert not gate.promote
    assert "\N{MINUS SIGN}0." in gate.reason
    assert "it may be worse by at most 0.010." in gate.reason


def test_a_candidate_as_good_as_the_active_version_is_promoted():
    y, known = answers()
    same = with_errors(y, 0.05)
    gate = compare(y, known, same, same, CATEGORIES, watched=["B"])
    assert gate.promote
    # The same on every grant here, and perhaps not on others: as beside it, figure by figure.
    assert gate.difference == pair_of(y, known, same, same).measures["micro_f1"].difference
    assert gate.difference.low == -gate.difference.high < 0 == gate.difference.value


@pytest.mark.parametrize("share", [0.02, 0.1])
def test_the_gate_and_the_table_beside_it_tell_one_interval_of_one_difference(share):
    y, known = answers()
    ticked = with_errors(y, 0.05), with_errors(y, share)
    gate = compare(y, known, ticked[1], ticked[0], CATEGORIES)
    assert gate.difference == pair_of(y, known, *ticked).measures["micro_f1"].difference


def pair_of(y, known, before, after):
    """What a page shows below what the gate asked."""
    both = (Suggested(ticked.astype(np.float32), ticked) for ticked in (before, after))
    return pair(y, known, *both, CATEGORIES)


def test_a_watched_category_that_falls_stops_the_candidate():
    y, known = answers()
    candidate, incumbent = with_errors(y, 0.4, 3), with_errors(y, 0.2, slice(4, None))
    free = compare(y, known, candidate, incumbent, CATEGORIES)
    watched = compare(y, known, candidate, incumbent, CATEGORIES, watched=["B"])
    assert free.promote
    assert not watched.promote
    assert "; Dogs changes by \N{MINUS SIGN}" in watched.reason
    assert [change.code for change in watched.watched] == ["B"]


def test_both_versions_are_measured_on_the_same_draws():
    y, known = answers()
    incumbent = with_errors(y, 0.2)
    candidate = incumbent.copy()
    candidate[0] = y[0] == 1
    gate = compare(y, known, candidate, incumbent, CATEGORIES)
    assert gate.difference.low >= 0
    assert gate.difference.high - gate.difference.low < 0.02


def test_unknown_pairs_count_for_neither():
    y, known = answers()
    known[:, 3] = False
    candidate, incumbent = y == 1, y == 1
    candidate[:, 3] = ~candidate[:, 3]
    assert compare(y, known, candidate, incumbent, CATEGORIES).difference.value == 0


def test_without_grants_nothing_is_promoted():
    empty = np.zeros((0, 16), dtype=bool)
    gate = compare(empty, empty, empty, empty, CATEGORIES, watched=["B"])
    assert not gate.promote
    assert "without grants to compare on nothing is promoted." in gate.reason


def test_the_sentence_can_name_other_grants_and_another_version():
    y, known = answers(1)
    decided = y == 1
    options = {"kind": "annotated", "against": "the word matcher"}
    gate = compare(y, known, decided, decided, CATEGORIES, **options)
    assert gate.reason.endswith("on 1 annotated grant against the word matcher.")
