"""Slices: figures counted a second way, chances that hold, and comparisons that are all counted."""

from itertools import combinations

import numpy as np
import pytest

from annotation.views import slices as page
from classifier.ml import slicing
from classifier.ml.slicing import chance_of_worse, holm, sliced


def world(n=300, seed=0, n_categories=12, hit=0.7):
    """Answers, probabilities and ticks; a right category is found with the chance ``hit``."""
    rng = np.random.default_rng(seed)
    y = (rng.random((n, n_categories)) < 0.15).astype(np.int64)
    known = rng.random(y.shape) < 0.9
    chance = np.broadcast_to(np.asarray(hit).reshape(-1, 1), (n, 1))
    found = (y == 1) & (rng.random(y.shape) < chance)
    decided = found | (rng.random(y.shape) < 0.03)
    proba = np.clip(0.6 * decided + 0.4 * rng.random(y.shape), 0, 1).astype(np.float32)
    return y, known, proba, decided


def f1_of(y, known, decided, rows):
    """Pair by pair."""
    hits = wrong = missed = 0
    for i in rows:
        for j in range(y.shape[1]):
            if known[i, j]:
                hits += bool(y[i, j]) and decided[i, j]
                wrong += decided[i, j] and not y[i, j]
                missed += bool(y[i, j]) and not decided[i, j]
    return 2 * hits / (2 * hits + wrong + missed)


def first_ten_of(y, known, proba, rows):
    shares = []
    for i in rows:
        right = {j for j in range(y.shape[1]) if known[i, j] and y[i, j]}
        listed = sorted((j for j in range(y.shape[1]) if known[i, j]), key=lambda j: -proba[i, j])
        if right:
            shares.append(len(right & set(listed[:10])) / len(right))
    return sum(shares) / len(shares)


def sides(right, ticked):
    """Of micro-F1, of each text."""
    both = right.sum(axis=1) + ticked.sum(axis=1)
    return 2.0 * (right & ticked).sum(axis=1), both.astype(float)


def test_the_figures_of_each_slice_are_those_of_its_grants_alone():
    y, known, proba, decided = world()
    names = ["a", "b", "c", "few"]
    own = ["few" if n < 6 else "abc"[n % 3] for n in range(len(y))]
    found = sliced(y, known, proba, decided, [(names, own)])
    for part in (*found.cuts[0][:3], found.whole):
        rows = [n for n, name in enumerate(own) if part.name in ("", name)]
        assert part.support == len(rows)
        assert part.micro_f1.value == pytest.approx(f1_of(y, known, decided, rows), abs=1e-6)
        ten = first_ten_of(y, known, proba, rows)
        assert part.recall_at_10.value == pytest.approx(ten, abs=1e-6)
        assert part.micro_f1.low < part.micro_f1.value < part.micro_f1.high
    few = found.cuts[0][3]
    assert (few.support, few.micro_f1, few.recall_at_10, few.chances) == (6, None, None, {})
    assert found.n_comparisons == 6


def test_a_slice_in_which_all_is_right_still_has_an_interval():
    y = np.ones((20, 1), dtype=np.int64)
    yes = y.astype(bool)
    whole = sliced(y, yes, y.astype(np.float32), yes, []).whole
    # Wilson for 20 of 20: 1 / (1 + 1.96^2 / 20).
    for found in (whole.micro_f1, whole.recall_at_10):
        assert (found.value, found.high) == (1.0, 1.0)
        assert found.low == pytest.approx(1 / (1 + 1.959964**2 / 20), abs=1e-6)


def test_a_slice_without_anything_to_find_has_no_figure_and_is_not_called_worse():
    y, known, proba, decided = world(300)
    own = ["empty" if n < 60 else "few" if n < 120 else "rest" for n in range(300)]
    y[:60], decided[:60] = 0, False
    y[69:120] = 0  # nine at most have a right category
    decided[69] = True
    empty, few, rest = sliced(y, known, proba, decided, [(["empty", "few", "rest"], own)]).cuts[0]
    assert (empty.support, empty.micro_f1, empty.recall_at_10, empty.chances) == (
        60, None, None, {},
    )  # fmt: skip
    assert few.micro_f1 is not None and few.recall_at_10 is None
    assert few.chances.keys() == {"micro_f1"}
    assert rest.chances.keys() == {"micro_f1", "recall_at_10"}


def test_grants_without_a_known_answer_count_for_nothing():
    y, known, proba, decided = world(60)
    known[:30] = False
    found = sliced(y, known, proba, decided, [(["a", "b"], ["a"] * 30 + ["b"] * 30)])
    assert [part.support for part in found.cuts[0]] == [0, 30]
    assert found.n_comparisons == 0  # the one slice that is left is the whole


def test_the_chance_is_the_share_of_all_parts_of_its_size_that_do_as_badly():
    """Against every part of 4 among 9 texts: all 126 of them."""
    y, known, _, decided = world(9, seed=3)
    right, ticked = known & (y == 1), known & decided
    mask = np.arange(9) < 4

    def f1(rows):
        return f1_of(y, known, decided, rows)

    own = f1(range(4))
    exact = np.mean([f1(rows) <= own + 1e-12 for rows in combinations(range(9), 4)])
    above, below = sides(right, ticked)
    (found,) = chance_of_worse(above, below, [mask], seed=0)
    # 4,999 draws of a share: five standard errors, and the part itself as one draw more.
    assert found == pytest.approx(exact, abs=5 * np.sqrt(0.25 / 4_999) + 1 / 5_000)


def test_a_slice_that_is_worse_is_named_and_its_neighbours_are_not():
    own = ["ABCDE"[n % 5] for n in range(500)]
    hit = [0.35 if name == "C" else 0.8 for name in own]
    found = sliced(*world(500, hit=hit), [(list("ABCDE"), own)])
    assert [part.name for part in found.cuts[0] if "micro_f1" in part.worse] == ["C"]


def test_a_slice_whose_lists_fail_is_named_for_that():
    """Its right categories stand last, and what is ticked is as right as elsewhere."""
    y, known, proba, decided = world(500, n_categories=30)
    own = ["ABCDE"[n % 5] for n in range(500)]
    failing = np.array([name == "D" for name in own])[:, None] & (y == 1)
    found = sliced(y, known, np.where(failing, 0.01, proba), decided, [(list("ABCDE"), own)])
    assert [(part.name, part.worse) for part in found.cuts[0] if part.worse] == [
        ("D", ["recall_at_10"])
    ]


def test_where_nothing_is_worse_few_reports_name_a_slice():
    """Holm keeps it to one in twenty; 40 worlds of 10 slices name one in 8 at the very most.

    More than 8 of 40 at a true 5 % has the chance 1 in 10,000.
    """
    own = [str(n % 10) for n in range(200)]
    names = [str(n) for n in range(10)]
    named = 0
    for seed in range(40):
        y, known, _, decided = world(200, seed=seed)
        masks = [np.array([name == one for one in own]) for name in names]
        above, below = sides(known & (y == 1), known & decided)
        chances = chance_of_worse(above, below, masks, seed, n_shuffles=499)
        named += min(holm(chances)) < 0.05
    assert named <= 8


def test_holm_as_worked_by_hand():
    # 4 x .01, 3 x .02 = .06, then 2 x .03 = .06, and .04 may not be under the one before it.
    assert holm([0.02, 0.01, 0.04, 0.03]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_page_says_what_is_computed():
    assert (page.SHUFFLES, page.LEVEL) == (slicing.N_SHUFFLES, slicing.LEVEL)
