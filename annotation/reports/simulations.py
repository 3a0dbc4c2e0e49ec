"""Simulations: which there are, how far one is, and what it says."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.models import SimulatedCurve, SimulationRun
from annotation.reports.query_strategies import RANDOM, mix_labels

Point = dict[str, Any]
COSTS = {
    "labels": "savings", "decisions": "savings_in_decisions", "clicks": "savings_in_clicks"
}  # fmt: skip
METRICS = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "hierarchical_f1": "hierarchical F1",
    "recall_at_10": "R@10",
}
COLUMNS = (
    "strategy", "seed", "labels", "micro_f1", "macro_f1", "hierarchical_f1", "recall_at_10",
    "categories_with_5", "decisions", "clicks",
)  # fmt: skip


@dataclass(frozen=True)
class RunRow:
    """One line of the list."""

    run: SimulationRun
    n_curves: int
    n_whole: int
    strategies: list[str]  # in words, without drawing by lot


@dataclass(frozen=True)
class Progress:
    """How far a simulation is. ``share`` 0 to 1; ``seconds_left`` None while nobody can tell."""

    run: SimulationRun
    n_curves: int
    n_whole: int
    share: float
    seconds_left: float | None
    playing: list[str]


@dataclass(frozen=True)
class Chance:
    """How many intervals would lie above 0 % though nothing helped: 2.5 % of them."""

    n: int  # intervals there are

    @property
    def n_false(self) -> float:
        return self.n / 40


@dataclass(frozen=True)
class Verdict:
    """What came of one strategy against drawing by lot."""

    name: str
    label: str
    words: str
    savings: list[dict[str, Any]]  # one a metric, in the order of METRICS
    corrections: dict[str, Any] | None


@dataclass(frozen=True)
class RunPage:
    """A part of the list; ``older``: the key that the next part begins below, None at its end."""

    rows: list[RunRow]
    older: int | None


def simulation_rows(before: int | None = None, n: int = 50) -> RunPage:
    """Simulations, newest first: so many, or those that were asked for before one. Two queries."""
    runs = SimulationRun.objects.defer("material", "results").select_related("requested_by")
    if before is not None:
        runs = runs.filter(pk__lt=before)
    found = list(runs[: n + 1])
    has_more, found = len(found) > n, found[:n]
    curves = SimulatedCurve.objects.filter(simulation__in=found).order_by()
    states = list(curves.values_list("simulation", "status"))
    n_curves = Counter(run for run, _ in states)
    n_whole = Counter(run for run, status in states if status == SimulatedCurve.Status.DONE)
    labels = mix_labels()
    rows = [
        RunRow(
            run,
            n_curves[run.pk],
            n_whole[run.pk],
            [labels.get(name, name) for name in run.strategies if name != RANDOM],
        )
        for run in found
    ]
    return RunPage(rows, found[-1].pk if has_more else None)


def progress_of(run: SimulationRun) -> Progress:
    """How far it is, at the pace of the points so far. One query."""
    # What each point says is not asked: the card comes every few seconds.
    curves = list(run.curves.defer("points", "chosen"))
    whole = [curve for curve in curves if curve.status == SimulatedCurve.Status.DONE]
    n_each = len(run.sizes)
    n_points = sum(curve.n_points for curve in curves)
    n_wanted = max(1, n_each * len(curves))
    playing = [curve for curve in curves if curve.status == SimulatedCurve.Status.PLAYING]
    playing = playing if run.is_open else []
    spent = sum(curve.seconds for curve in curves)
    left = None
    if run.is_open and n_points >= 2:
        left = (n_wanted - n_points) * spent / n_points / max(1, len(playing))
    return Progress(
        run=run,
        n_curves=len(curves),
        n_whole=len(whole),
        share=min(1.0, n_points / n_wanted),
        seconds_left=left,
        playing=[f"{_words(c)}, {c.n_points} of {n_each}" for c in playing],
    )


def _words(curve: SimulatedCurve) -> str:
    return f"{mix_labels().get(curve.strategy, curve.strategy)}, run {curve.seed + 1}"


def verdicts(run: SimulationRun, cost: str = "labels") -> list[Verdict]:
    """Each strategy against drawing by lot, as far as whole curves tell. No query.

    Args:
        cost: what is saved: "labels", "decisions" or "clicks".
    """
    labels = mix_labels()
    rows = run.results.get(COSTS[cost], [])
    more = {row["strategy"]: row for row in run.results.get("corrections", [])}
    found = []
    for name in dict.fromkeys(row["strategy"] for row in rows):
        own = {row["metric"]: row for row in rows if row["strategy"] == name}
        savings = [own[metric] for metric in METRICS if metric in own]
        said = _in_words(savings, cost)
        found.append(Verdict(name, labels.get(name, name), said, savings, more.get(name)))
    return found


def chance_of(found: Sequence[Verdict]) -> Chance:
    """Of what is said of all strategies and metrics, how much would be chance."""
    lows = [row["low"] for verdict in found for row in verdict.savings if row["n_seeds"] > 1]
    return Chance(sum(low is not None for low in lows))


def _in_words(savings: list[dict[str, Any]], cost: str) -> str:
    """ "saves labels on macro-F1; not better than by lot on micro-F1 and R@10"."""
    names = {METRICS[row["metric"]]: row["low"] for row in savings}
    better = [name for name, low in names.items() if low is not None and low > 0]
    others = [name for name in names if name not in better]
    saves = f"saves {cost} on {_listed(better)}" if better else ""
    if savings and all(row["n_seeds"] < 2 for row in savings):
        return "one run tells nothing: a gain may be chance"
    fails = f"not better than drawing by lot on {_listed(others)}" if others else ""
    return "; ".join(filter(None, (saves, fails)))


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def points_of(run: SimulationRun) -> list[Point]:
    """Every point of whole curves, curve by curve. One query."""
    whole = run.curves.filter(status=SimulatedCurve.Status.DONE).order_by("position")
    return [point for points in whole.values_list("points", flat=True) for point in points]


def as_rows(run: SimulationRun) -> Iterator[list[str]]:
    """The points as a table of texts, its head first."""
    yield list(COLUMNS)
    for point in points_of(run):
        yield [str(point[name]) for name in COLUMNS]


def as_json(run: SimulationRun) -> dict[str, Any]:
    """Settings, points and savings, named as ``manage.py simulate --json`` names them."""
    return {
        "settings": {
            "strategies": run.strategies,
            "seeds": run.n_seeds,
            "start": run.start,
            "batch": run.batch,
            "budget": run.budget,
            "n_grants": run.n_grants,
            "n_categories": run.n_categories,
            "status": run.status,
            "requested_at": run.requested_at.isoformat(),
            "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        },
        "curves": points_of(run),
        **run.results,
    }
