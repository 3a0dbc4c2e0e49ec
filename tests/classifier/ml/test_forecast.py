"""Forecasts of learning curves: right on curves one knows, honest about how little is known."""

import numpy as np
import pytest

from classifier.ml.forecast import HORIZON, LEVEL, CurveForecast, Forecast

LABELS = list(range(50, 725, 25))


def power_law(labels, rate=0.4, end=0.6, rise=1.5):
    return end - rise * np.asarray(labels, dtype=float) ** -rate


def seen(rng, noise=0.008):
    return power_law(LABELS) + rng.normal(0, noise, len(LABELS))


def test_a_known_curve_is_gone_on_with():
    forecast = CurveForecast(LABELS, seen(np.random.default_rng(0), noise=0.0005))
    middle, low, high = forecast.expected(1400)
    assert low < power_law([1400])[0] < high
    assert middle == pytest.approx(power_law([1400])[0], abs=0.01)
    slope = (power_law([701])[0] - power_law([700])[0]) / 1
    assert forecast.slope().low < slope < forecast.slope().high
    assert forecast.slope().of(100).value == pytest.approx(100 * forecast.slope().value)


def test_the_interval_holds_what_comes_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    held = []
    for _ in range(60):
        law = {"rate": rng.uniform(0.2, 0.8), "end": rng.uniform(0.4, 0.8)}
        # A score strays from any law a little more with each label, as measured ones do.
        strays = np.cumsum(rng.normal(0, 0.006, len(LABELS)))
        scores = power_law(LABELS, **law) + strays
        middle, low, high = CurveForecast(LABELS[:13], scores[:13]).expected(LABELS[-1])
        assert low < middle < high
        held.append(low <= scores[-1] <= high)
    # 60 trials of a chance of .8 give under 40 once in 1,000 times.
    assert sum(held) >= 40
    assert LEVEL == 0.8


def test_the_goal_lies_where_the_curve_gets_there():
    forecast = CurveForecast(LABELS, seen(np.random.default_rng(2), noise=0.001))
    until = forecast.until(float(power_law([1400])[0]))
    assert until.low < 700 and (until.high is None or until.high > 700)
    assert until.more == pytest.approx(700, rel=0.35)
    nearer = forecast.until(float(power_law([1000])[0]))
    assert nearer.more < until.more and nearer.chance >= until.chance


def test_what_is_reached_takes_nothing_more_and_what_is_too_far_is_not_foretold():
    forecast = CurveForecast(LABELS, seen(np.random.default_rng(3)))
    done = forecast.until(0.2)
    assert (done.more, done.low, done.chance) == (0, 0, 1)
    assert done.in_words("macro-F1") == "macro-F1 0.20 is reached."
    far = forecast.until(0.99)
    assert far.more is None and far.high is None and far.chance < 0.1
    assert "macro-F1 0.99 is not in sight after 700 annotations" in far.in_words("macro-F1")


def test_farther_is_less_sure_and_fewer_points_are_less_sure():
    rng = np.random.default_rng(4)
    scores = seen(rng)
    forecast = CurveForecast(LABELS, scores)
    widths = [np.ptp(forecast.expected(n)[1:]) for n in (725, 1_000, 2_000, 700 * HORIZON)]
    assert widths == sorted(widths)
    early = CurveForecast(LABELS[:6], scores[:6])
    assert np.ptp(early.expected(1_000)[1:]) > widths[1]


def test_a_curve_that_falls_is_not_foretold_to_fall_on():
    falling = np.linspace(0.5, 0.4, len(LABELS))
    forecast = CurveForecast(LABELS, falling)
    assert forecast.slope().value == 0 and forecast.slope().low == 0
    assert forecast.expected(800)[0] < 0.5
    assert forecast.until(0.9).more is None


def test_the_same_points_give_the_same_forecast_to_the_digit():
    scores = seen(np.random.default_rng(5))
    one, other = (CurveForecast(LABELS, scores).until(0.55) for _ in range(2))
    assert one == other


def test_the_sentence_tells_annotations_hours_and_how_sure():
    sure = Forecast(goal=0.45, labels=800, more=403, low=188, high=1_130, chance=0.97)
    assert sure.in_words("macro-F1") == (
        "about 400 more annotations to macro-F1 0.45 (190 to 1,100)."
    )
    assert sure.in_words("macro-F1", seconds_each=117) == (
        "about 400 more annotations to macro-F1 0.45 (190 to 1,100), 13 hours at your pace "
        "(6.1 to 37 hours)."
    )
    unsure = Forecast(goal=0.45, labels=800, more=403, low=188, high=None, chance=0.7)
    assert "(190 at least)" in unsure.in_words("macro-F1")
    assert "(6.1 hours at least)" in unsure.in_words("macro-F1", 117)


@pytest.mark.parametrize(
    ("labels", "scores", "said"),
    [
        ([1, 2, 3, 4], [0.1] * 4, "4 points are too few"),
        ([1, 2, 3, 4, 5], [0.1] * 4, "5 numbers of labels do not belong to 4 scores"),
        ([1, 2, 2, 4, 5], [0.1] * 5, "must rise"),
        ([0, 1, 2, 4, 5], [0.1] * 5, "must rise from 1 on"),
    ],
)
def test_what_is_no_curve_is_refused(labels, scores, said):
    with pytest.raises(ValueError, match=said):
        CurveForecast(labels, scores)


@pytest.mark.parametrize("goal", [0, -0.1, 1.1])
def test_what_is_no_goal_is_refused(goal):
    with pytest.raises(ValueError, match="is no score"):
        CurveForecast(LABELS, power_law(LABELS)).until(goal)
