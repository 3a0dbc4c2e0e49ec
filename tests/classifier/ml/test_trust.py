"""Where a model can be trusted: each figure of the sheet against plain loops."""

import json
from itertools import product

import numpy as np
import pytest

from classifier.ml import metrics
from classifier.ml.baselines import Suggested
from classifier.ml.growth import draws_of, growth, halves
from classifier.ml.near_misses import near_misses
from classifier.ml.reliability import reliability
from classifier.ml.trust import trust
from tests.classifier.ml.examples import category

CATEGORIES = [
    category("S", "Sport"),
    category("S1", "Community sport", ancestors=("S",)),
    category("S2", "Professional sport", ancestors=("S",)),
    category("S11", "Swimming", ancestors=("S", "S1")),
    category("M", "Music"),
    category("M1", "Choirs", ancestors=("M",)),
    category("OLD", "Older people", facet="population"),
    category("KIDS", "Children", facet="population"),
]
CODES = [one.code for one in CATEGORIES]
LINES = [{*one.ancestors, one.code} for one in CATEGORIES]


@pytest.fixture
def sample():
    """100 texts, some answers unknown, one text without any: y, known, what is said."""
    rng = np.random.default_rng(11)
    shape = (100, len(CATEGORIES))
    y = (rng.random(shape) < 0.3).astype(np.int64)
    known = rng.random(shape) < 0.85
    known[7] = False
    proba = np.clip(0.45 * y + 0.6 * rng.random(shape), 0, 1).astype(np.float32)
    return y, known, Suggested(proba, proba > 0.5)


def branch(at):
    one = CATEGORIES[at]
    if one.facet == "population":  # it has no levels
        return one.facet
    return (*one.ancestors, one.code)[0]


def test_near_misses_are_those_of_a_plain_loop(sample):
    y, known, said = sample
    right, ticked = known & (y == 1), known & said.decided
    found = near_misses(right, ticked, CATEGORIES)
    expected = {}
    for a, b in product(range(len(CODES)), repeat=2):
        rows = [
            row
            for row in range(len(y))
            if right[row, a] and not ticked[row, a] and ticked[row, b] and not right[row, b]
        ]
        if branch(a) == branch(b) and rows:
            expected[CODES[a], CODES[b]] = rows, len(LINES[a] ^ LINES[b]) * len(rows)
    assert {(m.right, m.ticked): (list(m.rows), m.cost) for m in found} == expected
    assert [m.cost for m in found] == sorted((m.cost for m in found), reverse=True)
    for miss in found:
        assert miss.n_right == right[:, CODES.index(miss.right)].sum()
        assert miss.share.value == pytest.approx(len(miss.rows) / miss.n_right)
        assert miss.share.low < miss.share.value < miss.share.high


def test_a_parent_for_its_child_costs_less_than_a_sibling_for_a_sibling():
    nothing = np.zeros((3, len(CODES)), dtype=bool)
    right, ticked = nothing.copy(), nothing.copy()
    for row, (a, b) in enumerate([("S1", "S2"), ("S11", "S1"), ("S1", "S11")]):
        right[row, CODES.index(a)] = ticked[row, CODES.index(b)] = True
    found = {(m.right, m.ticked): (m.kind, m.cost) for m in near_misses(right, ticked, CATEGORIES)}
    assert found == {
        ("S1", "S2"): ("sibling", 2),
        ("S11", "S1"): ("broader", 1),
        ("S1", "S11"): ("narrower", 1),
    }


def test_what_is_mistaken_for_another_branch_is_no_near_miss():
    right, ticked = np.zeros((2, 2, len(CODES)), dtype=bool)
    right[0, CODES.index("S1")] = ticked[0, CODES.index("M1")] = True
    right[1, CODES.index("OLD")] = ticked[1, CODES.index("KIDS")] = True
    [only] = near_misses(right, ticked, CATEGORIES)
    assert (only.right, only.ticked, only.kind) == ("OLD", "KIDS", "sibling")


def test_bins_hold_the_pairs_of_their_probabilities_and_add_up_to_the_calibration_error(sample):
    y, known, said = sample
    right = known & (y == 1)
    found = reliability(right, known, said.proba)
    for bin_ in found:
        own = [
            (float(said.proba[i, j]), bool(right[i, j]))
            for i, j in zip(*np.nonzero(known), strict=True)
            if said.proba[i, j] >= 0.01
            and min(int(said.proba[i, j] * 15), 14) == round(bin_.low * 15)
        ]
        assert bin_.n == len(own)
        assert bin_.mean == pytest.approx(np.mean([p for p, _ in own]), rel=1e-5)
        assert bin_.right.value == pytest.approx(np.mean([came for _, came in own]))
    total = sum(bin_.n for bin_ in found)
    off = sum(bin_.n * abs(bin_.mean - bin_.right.value) for bin_ in found) / total
    once = np.ones((1, len(y)), dtype=np.float32)
    assert off == pytest.approx(metrics.ece(once, right, known, said.proba)[0], rel=1e-5)


def test_the_sheet_has_each_category_and_part_with_its_own_counts(sample):
    y, known, said = sample
    rules = Suggested(said.proba, said.proba > 0.8)
    examples = np.array([0, 3, 7, 12, 30, 60, 5, 100])
    sheet = trust(y, known, said, rules, examples, CATEGORIES)
    assert sheet["n_grants"] == 99
    for column, row in enumerate(sheet["categories"]):
        right = {i for i in range(100) if known[i, column] and y[i, column]}
        ticked = {i for i in range(100) if known[i, column] and said.decided[i, column]}
        strict = {i for i in range(100) if known[i, column] and rules.decided[i, column]}
        assert (row["code"], row["n_examples"]) == (CODES[column], examples[column])
        assert (row["n_right"], row["n_ticked"]) == (len(right), len(ticked))
        hits = len(right & ticked)
        assert row["precision"][0] == pytest.approx(hits / len(ticked), abs=1e-5)
        assert row["recall"][0] == pytest.approx(hits / len(right), abs=1e-5)
        assert row["f1"][0] == pytest.approx(2 * hits / (len(right) + len(ticked)), abs=1e-5)
        of_rules = 2 * len(right & strict) / (len(right) + len(strict))
        assert row["rules"][0] == pytest.approx(of_rules, abs=1e-5)
    bands = {row["name"]: row["n_categories"] for row in sheet["parts"]["support"]}
    assert bands == {"0": 1, "1-4": 1, "5-9": 2, "10-19": 1, "20-49": 1, "50+": 2}
    for name, own in (("subject", range(6)), ("population", (6, 7))):
        [row] = [row for row in sheet["parts"]["facet"] if row["name"] == name]
        pairs = [(i, j) for i in range(100) for j in own if known[i, j]]
        right = {(i, j) for i, j in pairs if y[i, j]}
        ticked = {(i, j) for i, j in pairs if said.decided[i, j]}
        assert (row["n_right"], row["n_ticked"]) == (len(right), len(ticked))
        assert row["precision"][0] == pytest.approx(len(right & ticked) / len(ticked), abs=1e-5)
        both = len(right) + len(ticked)
        assert row["micro_f1"][0] == pytest.approx(2 * len(right & ticked) / both, abs=1e-5)
    json.dumps(sheet)


def test_under_ten_answers_there_is_a_count_and_no_figure(sample):
    y, known, said = sample
    few = known.copy()
    few[:, 0] = False
    few[:9, 0], y[:9, 0] = True, 1
    few[7, 0] = True
    row = trust(y, few, said, None, np.zeros(8, dtype=np.int64), CATEGORIES)["categories"][0]
    assert row["n_right"] == 9 and row["recall"] is row["f1"] is row["rules"] is None


def test_without_a_label_the_sheet_is_empty_and_does_not_fail():
    none = np.zeros((0, len(CODES)), dtype=np.int64)
    said = Suggested(none.astype(np.float32), none == 1)
    sheet = trust(none, none == 1, said, None, np.zeros(8, dtype=np.int64), CATEGORIES)
    assert sheet["n_grants"] == 0 and sheet["near_misses"] == sheet["reliability"] == []
    assert {tuple(found.values()) for found in sheet["whole"].values()} == {(None, None)}


def test_a_point_of_the_growth_is_the_mean_of_its_draws():
    rng = np.random.default_rng(3)
    y = (rng.random((200, 4)) < 0.4).astype(np.int64)
    known = np.ones(y.shape, dtype=bool)
    asked, shares = [], []

    def answers(rows):
        """Right in the texts that were learned from and silent in all others."""
        asked.append(rows.tolist())
        decided = np.zeros(y.shape, dtype=bool)
        decided[rows] = y[rows] == 1
        return Suggested(decided.astype(np.float32), decided)

    points = growth(np.arange(200), answers, y, known, shares.append)
    assert [point["n_labels"] for point in points] == halves(200) == [25, 50, 100]
    assert [point["n_draws"] for point in points] == [draws_of(n) for n in halves(200)]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] < 1
    for point in points:
        lots = [rows for rows in asked if len(rows) == point["n_labels"]]
        assert len({tuple(rows) for rows in lots}) == 3  # each draw is another one
        hits = [2 * y[rows].sum() / (y.sum() + y[rows].sum()) for rows in lots]
        assert point["micro_f1"][0] == pytest.approx(np.mean(hits), rel=1e-5)
        assert point["micro_f1"][1] < point["micro_f1"][0] < point["micro_f1"][2]


def test_few_labels_have_no_growth():
    assert halves(49) == halves(0) == []
    assert halves(4096) == [64, 128, 256, 512, 1024, 2048]
