"""Two versions on the same grants, against the same by plain loops over draws."""

import numpy as np
import pytest

from classifier.ml.baselines import Suggested
from classifier.ml.evaluation import evaluate
from classifier.ml.figures import bootstrap_weights, difference_of_two, wilson
from classifier.ml.pairing import pair
from tests.classifier.ml.examples import category

CATEGORIES = [
    category("A", "Arts"),
    category("A1", "Music", ancestors=("A",)),
    category("B", "Dogs"),
    category("C", "Cats"),
    category("D", "Nobody's"),
]
N_BOOT = 60


@pytest.fixture
def sample():
    rng = np.random.default_rng(8)
    shape = (80, len(CATEGORIES))
    y = (rng.random(shape) < (0.4, 0.3, 0.2, 0.06, 0)).astype(np.int64)
    known = rng.random(shape) < 0.9
    known[:2] = False

    def said(weight):
        proba = np.clip(weight * y + rng.random(shape) * 0.5, 0, 1).astype(np.float32)
        return Suggested(proba, proba > 0.45)

    return y, known, said(0.2), said(0.5)


def f1(y, ticked, rows):
    """Of the drawn rows, by counting."""
    hits = sum(int(y[r] and ticked[r]) for r in rows)
    claims, rights = sum(int(ticked[r]) for r in rows), sum(int(y[r]) for r in rows)
    return 2 * hits / (claims + rights) if claims + rights else 0.0


def draws(n):
    """The rows of every draw, each as often as it is drawn; the first is the sample itself."""
    for weights in bootstrap_weights(n, N_BOOT, seed=0):
        yield [row for row, times in enumerate(weights) for _ in range(int(times))]


def test_before_and_after_are_what_each_reaches_by_itself(sample):
    y, known, before, after = sample
    found = pair(y, known, before, after, CATEGORIES, N_BOOT)
    for said, end in ((before, "before"), (after, "after")):
        alone = evaluate(y, known, said.proba, said.decided, CATEGORIES, N_BOOT)
        assert found.n_grants == alone.n_grants == 78 and found.n_pairs == alone.n_pairs
        for name, change in found.measures.items():
            assert getattr(change, end) == getattr(alone, name), name


def test_a_difference_is_taken_draw_by_draw(sample):
    y, known, before, after = sample
    found = pair(y, known, before, after, CATEGORIES, N_BOOT)
    flat = [(y * known)[2:].ravel(), *((s.decided & known)[2:].ravel() for s in (before, after))]
    k = len(CATEGORIES)
    differences = []
    for rows in draws(78):
        cells = [row * k + column for row in rows for column in range(k)]
        differences.append(f1(flat[0], flat[2], cells) - f1(flat[0], flat[1], cells))
    low, high = np.percentile(differences[1:], [2.5, 97.5])
    change = found.measures["micro_f1"].difference
    assert (change.value, change.low, change.high) == pytest.approx((differences[0], low, high))
    assert change.low > 0  # half the noise: it is better, and the interval says so


def test_a_category_is_told_with_what_it_rests_on_and_hidden_under_ten(sample):
    y, known, before, after = sample
    found = pair(y, known, before, after, CATEGORIES, N_BOOT)
    right = (y * known).astype(bool)
    support = right.sum(axis=0)
    told = [c.code for c, n in zip(CATEGORIES, support, strict=True) if n >= 10]
    assert [row.code for row in found.categories] == told == ["A", "A1", "B"]
    assert found.n_too_few == 1 and 0 < support[3] < 10  # nobody has the last one
    for column, row in enumerate(found.categories):
        for place, said in enumerate((before, after)):
            ticked = said.decided[:, column] & known[:, column]
            assert row.found[place] == (right[:, column] & ticked).sum()
            assert row.ticked[place] == ticked.sum()
        y_, old, new = (
            part[2:, column] for part in (right, before.decided & known, after.decided & known)
        )
        each = [f1(y_, new, rows) - f1(y_, old, rows) for rows in draws(78)]
        low, high = np.percentile(each[1:], [2.5, 97.5])
        got = row.f1.difference
        assert row.support == support[column]
        assert (got.value, got.low, got.high) == pytest.approx(
            (each[0], min(low, each[0]), max(high, each[0]))
        )


def test_a_version_beside_itself_has_not_changed_and_may_on_other_grants(sample):
    """No draw of these grants shows a difference; the interval is of all grants there may be."""
    y, known, before, _ = sample
    found = pair(y, known, before, before, CATEGORIES, N_BOOT)
    reach = wilson(0, found.n_grants).high
    assert 0.01 < reach < 0.2
    for change in found.measures.values():
        told = change.difference
        assert (told.value, told.low, told.high) == pytest.approx((0, -reach, reach))
    for row in found.categories:
        told, reach = row.f1.difference, wilson(0, row.support).high
        assert (told.value, told.low, told.high) == pytest.approx((0, -reach, reach))


def test_two_figures_that_share_nothing_differ_by_an_interval_of_their_own():
    """The worked example of Newcombe (1998), table II: 56 of 70 less 48 of 80."""
    found = difference_of_two(wilson(56, 70), wilson(48, 80))
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    all_agree = difference_of_two(wilson(20, 20), wilson(12, 12))
    assert all_agree.low < all_agree.value == 0 < all_agree.high
    assert -all_agree.low == pytest.approx(1 - wilson(20, 20).low)


def test_without_a_grant_nothing_is_told():
    none = np.zeros((0, len(CATEGORIES)))
    said = Suggested(none.astype(np.float32), none.astype(bool))
    found = pair(none.astype(np.int64), none.astype(bool), said, said, CATEGORIES, N_BOOT)
    assert (found.n_grants, found.categories, found.n_too_few) == (0, (), 0)
