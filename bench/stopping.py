"""Forecasts held against what came: the tails of simulated curves are hidden and foretold."""

import json
import statistics
from pathlib import Path

SEEN = (0.3, 0.5, 0.7)  # shares of a curve that a forecast is made from
METRICS = ("micro_f1", "macro_f1", "hierarchical_f1", "recall_at_10")
LAST = 3  # points whose mean is the score that is foretold


def check(files: list[Path]) -> None:
    """Print how often the 80 % intervals hold what came, and how wide they are."""
    for file in files:
        curves: dict[tuple[str, int], list[dict]] = {}
        for row in json.loads(file.read_text())["curves"]:
            curves.setdefault((row["strategy"], row["seed"]), []).append(row)
        for share in SEEN:
            for metric in METRICS:
                _tell(file, share, metric, list(curves.values()))


def _tell(file: Path, share: float, metric: str, curves: list[list[dict]]) -> None:
    from classifier.ml.forecast import LEAST_POINTS, CurveForecast

    scores, goals, widths, misses = [], [], [], []  # one of each a curve
    for curve in curves:
        labels, values = [row["labels"] for row in curve], [row[metric] for row in curve]
        seen = max(int(share * len(curve)), LEAST_POINTS)
        if seen > len(curve) - LAST:
            continue
        forecast = CurveForecast(labels[:seen], values[:seen])
        came = statistics.mean(values[-LAST:])
        at = round(statistics.mean(labels[-LAST:]))
        middle, low, high = forecast.expected(at)
        scores.append(low <= came <= high)
        widths.append(high - low)
        misses.append(abs(middle - came))
        until = forecast.until(came)
        needed = at - labels[seen - 1]
        goals.append(
            (until.low is not None and until.low <= needed)
            and (until.high is None or needed <= until.high)
        )
    if scores:
        print(
            f"{file.name}, {metric}, {share:.0%} of {len(scores)} curves seen: the score held "
            f"{statistics.mean(scores):.0%}, width {statistics.median(widths):.3f}, off by "
            f"{statistics.median(misses):.3f}; the labels held {statistics.mean(goals):.0%}"
        )
