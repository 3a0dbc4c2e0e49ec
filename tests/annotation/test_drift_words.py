"""What the page of drift says above its charts, and where the last name under a chart ends."""

import pytest

from annotation.reports.control_charts import RIGHT, Value, control_chart
from annotation.reports.drift import Drift, Measure, Overrides


def measure(label, usual):
    chart = control_chart("", [])
    return Measure(label.lower(), label, [], usual, is_alarm=False, chart=chart, branches=[])


def finding(words, mix, is_judged, *, is_alarm=False):
    overrides = Overrides([], None, is_judged, is_alarm, control_chart("", []))
    return Drift(
        measure("Words", words), [measure("Subject", mix)], overrides, [], True, 40
    ).finding


@pytest.mark.parametrize(
    ("judged", "words"),
    [
        ((None, None, False), "Nothing can be judged yet"),
        ((None, None, True), "Only overrides can be judged yet: they are as usual"),
        (
            (0.1, 0.1, False),
            "Only words and predictions in Subject can be judged yet: they are as usual",
        ),
        ((0.1, 0.1, True), "All is as usual, as far as can be told"),
    ],
)
def test_nothing_is_called_usual_that_is_not_judged(judged, words):
    assert finding(*judged) == words
    assert finding(*judged[:2], is_judged=True, is_alarm=True) == "Out of what is usual"


def test_the_last_name_ends_with_the_chart():
    ticks = control_chart("", [Value(f"{n} Mar", 0.1) for n in range(1, 28)]).x_ticks
    assert (ticks[-1].at, ticks[-1].anchor) == (RIGHT, "end")
    assert {tick.anchor for tick in ticks[:-1]} == {"middle"}
