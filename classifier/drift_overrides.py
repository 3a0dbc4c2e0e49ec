"""How often people take a tick away, week by week, on a control chart."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.db.models.functions import TruncWeek

from annotation.models import Decision
from classifier.ml.drifting import p_chart
from classifier.ml.figures import wilson

WEEKS = 26  # whole ones; that which goes on is shown and not judged
LEAST = 10  # ticks under which a week's share is not shown
LEAST_JUDGED = 30
LEAST_BEFORE, LEAST_WEEKS = 100, 4  # ticks and weeks that say what is usual


def overrides_by_week(zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """The weeks with their shares and limits, and whether the last whole one is above its limit.

    Usual is what the whole weeks before it have. Of annotations that stand and were made with
    the suggestions in sight.
    """
    this = _monday(now.astimezone(zone).date())
    first = this - timedelta(weeks=WEEKS)
    ticked, overridden = _counted(first, zone)
    weeks = [first + timedelta(weeks=n) for n in range(WEEKS + 1)]
    n, changed = [ticked[week] for week in weeks], [overridden[week] for week in weeks]
    before = WEEKS - 1
    chart = p_chart(n, changed, before)
    is_judged = (
        n[before] >= LEAST_JUDGED
        and sum(n[:before]) >= LEAST_BEFORE
        and sum(ticks > 0 for ticks in n[:before]) >= LEAST_WEEKS
    )
    share = changed[before] / n[before] if n[before] else 0.0
    return {
        "centre": chart.centre if sum(n[:before]) >= LEAST_BEFORE else None,
        "is_judged": is_judged,
        "is_alarm": bool(is_judged and share > chart.high[before]),
        "weeks": [
            {
                "week": week.isoformat(),
                "n": n[i],
                "changed": changed[i],
                "share": wilson(changed[i], n[i]).as_json() if n[i] >= LEAST else None,
                "low": float(chart.low[i]),
                "high": float(chart.high[i]),
                "goes_on": week == this,
            }
            for i, week in enumerate(weeks)
        ],
    }


def _counted(first: date, zone: ZoneInfo) -> tuple[Counter[date], Counter[date]]:
    since = datetime(first.year, first.month, first.day, tzinfo=zone)
    rows = Decision.objects.ticked_in_sight().filter(annotation__submitted_at__gte=since)
    week = TruncWeek("annotation__submitted_at", tzinfo=zone)
    kept = Count("pk", filter=Q(verdict=Decision.Verdict.ACCEPTED))
    by_week = rows.order_by().annotate(week=week).values_list("week")
    ticked: Counter[date] = Counter()
    overridden: Counter[date] = Counter()
    for week_, n, accepted in by_week.annotate(n=Count("pk"), kept=kept):
        ticked[week_.date()] += n
        overridden[week_.date()] += n - accepted
    return ticked, overridden


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
