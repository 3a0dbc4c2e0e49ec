"""The control chart of ticks that were taken away: by week, with limits by their number."""

import pytest

from classifier.drift_overrides import WEEKS, overrides_by_week
from tests.classifier.drift_world import (
    NOW,
    ZONE,
    it_is,
    open_causes,
    report,
    site,
    weeks_of_ticks,
)

__all__ = ["it_is", "site", "weeks_of_ticks"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def by_week():
    return overrides_by_week(ZONE, NOW)


def test_weeks_begin_on_monday_by_the_site_s_clock(weeks_of_ticks):
    weeks_of_ticks([(40, 4), (20, 5)])
    found = {row["week"]: (row["n"], row["changed"]) for row in by_week()["weeks"] if row["n"]}
    assert found == {"2026-03-02": (40, 4), "2026-03-09": (20, 5)}
    assert by_week()["weeks"][-1] | {"low": 0} == {
        "week": "2026-03-16", "n": 0, "changed": 0, "share": None, "low": 0, "high": 1.0,
        "goes_on": True,
    }  # fmt: skip


def test_a_week_as_usual_alarms_nobody(weeks_of_ticks):
    weeks_of_ticks([(40, 4), (40, 6), (40, 5), (40, 5), (40, 8)])
    found = by_week()
    assert found["centre"] == pytest.approx(20 / 160)
    assert (found["is_judged"], found["is_alarm"]) == (True, False)


def test_a_week_above_three_sigma_rings_and_the_next_good_one_ends_it(weeks_of_ticks):
    weeks_of_ticks([(40, 4), (40, 6), (40, 5), (40, 5), (40, 12)])
    # .125 and three times the root of .125 x .875 / 40: .282, and 12 of 40 are .3.
    found = by_week()
    high = 0.125 + 3 * (0.125 * 0.875 / 40) ** 0.5
    assert found["weeks"][WEEKS - 1]["high"] == pytest.approx(high)
    assert found["is_alarm"]
    report()
    assert open_causes() == ["overrides"]


@pytest.mark.parametrize(
    "weeks",
    [
        [(40, 4), (40, 5), (40, 5), (20, 15)],  # too few last week
        [(40, 4), (60, 5), (40, 30)],  # too few weeks before
        [(20, 2), (20, 2), (20, 2), (20, 2), (40, 30)],  # too few ticks before
    ],
)
def test_too_little_is_not_judged(weeks_of_ticks, weeks):
    weeks_of_ticks(weeks)
    assert (by_week()["is_judged"], by_week()["is_alarm"]) == (False, False)
