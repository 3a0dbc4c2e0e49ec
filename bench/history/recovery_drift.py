"""Drift held against the truth: the alarm comes with the first whole month of it, none before."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from annotation.models import Grant, SiteSettings
from bench.history.recovery import Recovered, told
from bench.history.taxonomy import FACETS
from classifier.drift_report import drift_at
from classifier.drift_samples import months_back

ENOUGH = 200  # grants of a month that tell its mix of branches
A_WEEK = timedelta(days=9)  # between a grant's coming and its annotation, and a little more


def of_drift(truth: Mapping[str, Any]) -> list[Recovered]:
    """The site as it stood at the end of each month: what alarmed, and what has drifted.

    Of the months up to the first whole one of the drift; that in which it sets in may alarm or
    not, and after it what has drifted is what is usual. Words and the branches of one facet drift,
    those of the other do not, and nor do overrides: suggestions are as good as before.

    A branch that comes five times as often is too little to alarm among the sixty grants a month
    of a small history: that the mix alarms is asked of large months alone.
    """
    zone = SiteSettings.objects.current().zone
    sets_in = datetime.fromisoformat(truth["drift_at"]).astimezone(zone)
    drifts = FACETS[truth["drift_branch"][0]]
    last = _next(sets_in.date())
    found = []
    for month in _months(last):
        has_drifted = month == last
        if not has_drifted and _next(month) > (sets_in - A_WEEK).date():
            continue
        end = _next(month)
        now = datetime(end.year, end.month, end.day, tzinfo=zone) - timedelta(seconds=1)
        body = drift_at(now, lambda share, phase: None)
        found.append(told(f"{month:%Y-%m}: words", has_drifted, body["words"]["is_alarm"]))
        for mix in body["mixes"]:
            is_true = has_drifted and mix["facet"] == drifts
            if not is_true or mix["months"][-1]["n"] >= ENOUGH:
                found.append(
                    told(f"{month:%Y-%m}: mix of {mix['facet']}", is_true, mix["is_alarm"])
                )
        found.append(told(f"{month:%Y-%m}: overrides", False, body["overrides"]["is_alarm"]))
    return found


def _months(last: date) -> Iterator[date]:
    first = Grant.objects.order_by("created_at").values_list("created_at", flat=True)[0]
    month = months_back(first.date(), 0)
    while month <= last:
        yield month
        month = _next(month)


def _next(day: date) -> date:
    return months_back(day, -1)
