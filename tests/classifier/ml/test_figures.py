"""Intervals: none is without width, where a share of few is 0 or 1."""

import numpy as np
import pytest

from classifier.ml.baselines import Suggested
from classifier.ml.breakdown import parts
from classifier.ml.evaluation import SHARES, evaluate
from classifier.ml.figures import share_of, wilson
from classifier.ml.pairing import pair
from classifier.ml.text import CategoryText

N = 60
CATEGORIES = [CategoryText(code, "subject", code, (), "", "", (), "", "") for code in "AM"]
YES = np.ones((N, 2), dtype=bool)


def test_a_share_keeps_the_interval_of_its_draws_where_there_is_one():
    found = share_of(np.array([0.5, 0.4, 0.6]), 10)
    assert 0.4 <= found.low < 0.5 < found.high <= 0.6


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_where_all_draws_are_alike_it_is_that_of_wilson(value):
    found = share_of(np.full(9, value), 20)
    doubt = wilson(round(20 * value), 20)
    assert (found.value, found.low, found.high) == (value, doubt.low, doubt.high)
    assert found.high - found.low > 0.1


@pytest.mark.parametrize("decided", [YES, ~YES])
def test_no_share_of_a_version_is_told_without_doubt(decided):
    y, proba = np.ones((N, 2), dtype=np.int64), decided.astype(np.float32)
    found = evaluate(y, YES, proba, decided, CATEGORIES, 50)
    figures = [getattr(found, name) for name in SHARES]
    figures += [row.f1 for row in found.categories]
    columns = {"all": np.array([True, True])}
    part = parts(y, YES, proba, decided, columns, 50)["all"]
    figures += [part.micro_f1, part.macro_f1, part.precision, part.recall, part.in_first_ten]
    said = Suggested(proba, decided)
    both = pair(y, YES, said, said, CATEGORIES, 50)
    changes = [both.measures[name] for name in SHARES] + [row.f1 for row in both.categories]
    figures += [end for change in changes for end in (change.before, change.after)]
    assert all(found.low < found.high for found in figures)
