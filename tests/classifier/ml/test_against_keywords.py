"""Where a model does worse than keywords, against every way of exchanging their answers."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest

from classifier.ml.against_keywords import against_keywords, chance_of_worse
from classifier.ml.baselines import Suggested
from classifier.ml.figures import bootstrap_weights
from tests.classifier.ml.examples import category

CATEGORIES = [category(code) for code in ("WORSE", "BETTER", "ALIKE", "FEW")]


def f1(right, ticked):
    claims = right.sum() + ticked.sum()
    return 2 * (right & ticked).sum() / claims if claims else 0.0


def as_suggested(decided):
    return Suggested(decided.astype(np.float32), decided)


@pytest.fixture
def sample():
    """The model misses most of the first category, which keywords find."""
    rng = np.random.default_rng(5)
    shape = (200, 4)
    y = (rng.random(shape) < (0.3, 0.3, 0.3, 0.02)).astype(np.int64)
    known = rng.random(shape) < 0.9
    chance_to_find = {"keywords": (0.9, 0.2, 0.6, 0.9), "model": (0.3, 0.9, 0.6, 0.1)}
    keywords, said = (
        ((y == 1) & (rng.random(shape) < finds)) | (rng.random(shape) < 0.05)
        for finds in chance_to_find.values()
    )
    return y, known, as_suggested(keywords), as_suggested(said)


@pytest.mark.parametrize("seed", range(6))
def test_the_chance_is_that_of_all_exchanges_one_by_one(seed):
    rng = np.random.default_rng(seed)
    right = rng.random(30) < 0.5
    old = rng.random(30) < 0.6
    new = np.where(rng.random(30) < 0.3, ~old, old)
    differs = np.flatnonzero(old != new)
    assert 0 < len(differs) < 15
    observed = f1(right, new) - f1(right, old)
    as_low = []
    for exchanged in product([False, True], repeat=len(differs)):
        one, other = old.copy(), new.copy()
        places = differs[np.array(exchanged)]
        one[places], other[places] = new[places], old[places]
        as_low.append(f1(right, other) - f1(right, one) <= observed + 1e-9)
    expected = np.mean(as_low) if observed < 0 else 1.0
    assert chance_of_worse(right, old, new) == pytest.approx(expected)


def test_where_only_finds_differ_it_is_the_sign_test():
    right = np.ones(20, dtype=bool)
    old, new = np.arange(20) < 15, np.arange(20) >= 12  # 12 found by the old alone, 5 by the new
    expected = binomtest(5, 17, alternative="less").pvalue
    assert chance_of_worse(right, old, new) == pytest.approx(expected)


def test_worse_ones_are_told_with_difference_interval_and_what_is_left_out(sample):
    y, known, keywords, said = sample
    found = against_keywords(y, known, keywords, said, CATEGORIES)
    few = int((y * known)[:, 3].sum())
    assert 0 < few < 10
    assert (found.n_compared, found.n_too_few) == (3, 1)
    first = found.worse[0]
    assert first.change.code == "WORSE" and first.is_beyond_chance
    assert "BETTER" not in {one.change.code for one in found.worse}
    right = (known & (y == 1))[:, 0]
    old, new = (known[:, 0] & one.decided[:, 0] for one in (keywords, said))
    assert first.change.f1.difference.value == pytest.approx(f1(right, new) - f1(right, old))
    draws = bootstrap_weights(len(y), 500, 0)[1:].astype(int)
    again = [
        f1(np.repeat(right, times), np.repeat(new, times))
        - f1(np.repeat(right, times), np.repeat(old, times))
        for times in draws
    ]
    low, high = np.percentile(again, [2.5, 97.5])
    assert (first.change.f1.difference.low, first.change.f1.difference.high) == pytest.approx(
        (low, high), abs=1e-6
    )


def test_of_many_comparisons_each_needs_more(sample):
    """The same category beside twenty others that are as good: its chance is twenty-one times."""
    y, known, keywords, said = sample
    alone = against_keywords(y[:, :1], known[:, :1], *(_columns(s, [0]) for s in (keywords, said)),
                             CATEGORIES[:1])  # fmt: skip
    columns = [0, *[1] * 20]
    among = against_keywords(
        y[:, columns], known[:, columns], *(_columns(s, columns) for s in (keywords, said)),
        [category(f"C{n}") for n in range(21)],
    )  # fmt: skip
    assert among.n_compared == 21
    assert among.worse[0].chance == pytest.approx(min(1.0, 21 * alone.worse[0].chance))


def _columns(said, columns):
    return Suggested(said.proba[:, columns], said.decided[:, columns])


def test_nothing_to_compare_is_no_fault():
    nothing = np.zeros((0, 1), dtype=bool)
    found = against_keywords(
        nothing.astype(np.int64), nothing, as_suggested(nothing), as_suggested(nothing),
        CATEGORIES[:1],
    )  # fmt: skip
    assert (found.n_compared, found.n_too_few, found.worse) == (0, 0, ())
