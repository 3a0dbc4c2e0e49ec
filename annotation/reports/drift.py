"""The page of drift, from the newest stored report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from annotation.models import Category, StoredReport
from annotation.reports.control_charts import Chart, Value, control_chart
from annotation.reports.shares import Share, share

MOST_BRANCHES = 12


@dataclass(frozen=True)
class Month:
    """``divergence`` in bits, None: too few grants; ``limit``: what chance reaches."""

    month: date
    n: int
    divergence: float | None
    limit: float | None
    unseen: Share | None  # None: too few grants, or not of words


@dataclass(frozen=True)
class Branch:
    """How many grants have a tick in it, before and in the newest month."""

    label: str
    before: Share
    now: Share

    @property
    def is_apart(self) -> bool:
        """The two intervals do not meet."""
        return self.before.high < self.now.low or self.now.high < self.before.low


@dataclass(frozen=True)
class Measure:
    """Months of one measure, drawn and as a table."""

    key: str
    label: str
    months: list[Month]
    usual: float | None
    is_alarm: bool
    chart: Chart
    branches: list[Branch]


@dataclass(frozen=True)
class Week:
    week: date
    share: Share
    changed: int
    low: float
    high: float
    goes_on: bool

    @property
    def is_out(self) -> bool:
        return not self.share.is_too_few and not self.low <= self.share.value <= self.high


@dataclass(frozen=True)
class Overrides:
    """Weeks of overridden ticks; ``centre`` None: too few to say what is usual."""

    weeks: list[Week]
    centre: float | None
    is_judged: bool
    is_alarm: bool
    chart: Chart

    @property
    def n(self) -> int:
        return sum(week.share.n for week in self.weeks)


@dataclass(frozen=True)
class Drift:
    words: Measure
    mixes: list[Measure]
    overrides: Overrides
    newly_thin: list[Category]
    is_of_learned: bool  # held against what the version learned from, else against other months
    n_reference: int
    thin_waits: bool = False  # for a count of examples: nothing is said of thin categories

    @property
    def alarms(self) -> list[str]:
        """What alarms, in words."""
        found = ["The words of the newest month"] if self.words.is_alarm else []
        found += [f"What is predicted in {mix.label}" for mix in self.mixes if mix.is_alarm]
        return found + (["The ticks taken away last week"] if self.overrides.is_alarm else [])

    @property
    def judged(self) -> list[str]:
        """What can be judged yet, by name."""
        found = [m.label.lower() for m in [self.words] if m.usual is not None]
        found += [f"predictions in {mix.label}" for mix in self.mixes if mix.usual is not None]
        return found + (["overrides"] if self.overrides.is_judged else [])

    @property
    def finding(self) -> str:
        """The page's heading: nothing is called usual that is not judged."""
        judged, n_measures = self.judged, len(self.mixes) + 2
        if self.alarms:
            return "Out of what is usual"
        if not judged:
            return "Nothing can be judged yet"
        if len(judged) == n_measures:
            return "All is as usual, as far as can be told"
        named = " and ".join(filter(None, [", ".join(judged[:-1]), judged[-1]]))
        return f"Only {named} can be judged yet: they are as usual"


def drift_of(report: StoredReport) -> Drift:
    """What a stored report says, as its page reads it. One query, for names of categories."""
    body = report.body
    thin = body["newly_thin"]
    return Drift(
        words=_measure(body["words"] | {"facet": "words", "label": "Words", "branches": []}),
        mixes=[_measure(mix) for mix in body["mixes"]],
        overrides=_overrides(body["overrides"]),
        newly_thin=list(Category.objects.active().filter(code__in=thin)) if thin else [],
        is_of_learned=body["reference"] == "learned",
        n_reference=body["n_reference"],
        thin_waits=body.get("thin_waits", False),
    )


def _measure(found: Mapping[str, Any]) -> Measure:
    months = [
        Month(
            month=date.fromisoformat(row["month"]),
            n=row["n"],
            divergence=row["divergence"],
            limit=row["limit"],
            unseen=_unseen(row),
        )
        for row in found["months"]
    ]
    branches = [
        Branch(
            row["label"],
            _share(row["before"], row["n_before"]),
            _share(row["now"], row["n_now"]),
        )
        for row in found["branches"]
    ]
    most = sorted(branches, key=lambda b: -abs(b.now.value - b.before.value))
    return Measure(
        key=found["facet"],
        label=found["label"],
        months=months,
        usual=found["usual"],
        is_alarm=found["is_alarm"],
        chart=_of_months(found["label"], months, found["usual"], is_alarm=found["is_alarm"]),
        branches=most[:MOST_BRANCHES],
    )


def _share(part: int, n: int) -> Share:
    return share(part / n if n else 0.0, n)


def _unseen(row: Mapping[str, Any]) -> Share | None:
    found = row["unseen"]
    return Share(found["value"], found["low"], found["high"], row["n"]) if found else None


def _of_months(
    label: str, months: Sequence[Month], usual: float | None, *, is_alarm: bool
) -> Chart:
    shown = [month for month in months if month.divergence is not None]
    values = [
        Value(f"{m.month:%b %y}", m.divergence, m.limit, is_out=is_alarm and m is shown[-1])
        for m in months
    ]
    if not shown:
        return control_chart(f"{label}: no month has enough grants.", values, usual)
    last = shown[-1]
    told = f"{label}: {last.divergence:.3f} bits in {last.month:%B %Y}"
    told += "; what is usual is not known." if usual is None else f", usually up to {usual:.3f}."
    return control_chart(told, values, usual)


def _overrides(found: Mapping[str, Any]) -> Overrides:
    weeks = [
        Week(
            week=date.fromisoformat(row["week"]),
            share=_share(row["changed"], row["n"]),
            changed=row["changed"],
            low=row["low"],
            high=row["high"],
            goes_on=row["goes_on"],
        )
        for row in found["weeks"]
    ]
    centre = found["centre"]
    values = [
        Value(
            f"{week.week.day} {week.week:%b}",
            None if week.share.is_too_few else week.share.value,
            week.high if centre is not None else None,
            week.low if centre is not None else None,
            is_out=centre is not None and week.is_out,
            is_open=week.goes_on,
        )
        for week in weeks
    ]
    out = sum(value.is_out for value in values)
    told = f"Ticks taken away by week, usually {centre:.2f}" if centre is not None else "Too few"
    words = f"{told}: {out} of {len(weeks)} weeks outside their limits."
    chart = control_chart(words, values, centre)
    return Overrides(weeks, centre, found["is_judged"], found["is_alarm"], chart)
