"""Who is told to differ from the others in pace: by logarithms, since times have a long tail."""

import numpy as np
import pytest

from annotation.reports.workload import Pace, Ticks, Workload
from classifier.workload_figures import of_workloads

MOST = 20  # of 200 tables at 5 %: 10 expected, over 20 has a chance of 1 in 700


def work(seconds):
    """Somebody's annotations, without a tick."""
    whole = np.maximum(1, np.round(seconds)).astype(int)
    logs = np.log(whole)
    pace = Pace(len(whole), int(whole.sum()), int((whole**2).sum()), logs.sum(), (logs**2).sum())
    return Workload(assisted=pace, blind=Pace(), verdicts={}, ticks=Ticks())


def apart(people):
    found = of_workloads({"all": dict(enumerate(people))}, {}, {}, least=10)
    return [row["apart"] for row in found["periods"]["all"].values()]


@pytest.mark.parametrize("sizes", [[2_000, 30], [1_500, 300, 60, 30], [500] * 6 + [40, 30]])
def test_where_all_are_as_quick_but_have_done_very_unequal_numbers_hardly_a_table_names_one(sizes):
    rng = np.random.default_rng(12)
    named = sum(any(apart([work(rng.lognormal(4, 0.9, n)) for n in sizes])) for _ in range(200))
    assert named <= MOST


def test_who_takes_twice_as_long_is_told_how_many_times_as_long():
    rng = np.random.default_rng(7)
    *usual, slow = apart([work(rng.lognormal(4 + np.log(k), 0.9, 200)) for k in (1, 1, 1, 2)])
    assert usual == [{}, {}, {}]
    assert 1 < slow["pace"]["low"] < 2 < slow["pace"]["high"] < 3
    assert slow["pace"]["value"] == pytest.approx(2, abs=0.3)


def test_one_grant_that_was_left_open_names_nobody():
    usual = [60.0, 90.0] * 20
    assert apart([work(usual), work(usual), work([*usual[:-1], 3_600.0])]) == [{}, {}, {}]
