"""What people have done as figures with intervals, fit for JSON."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from annotation.reports.workload import Judged, Pace, Workload
from classifier.ml.figures import Figure, Z, wilson

HOUR = 3600


def of_workloads(
    periods: Mapping[str, Mapping[int, Workload]],
    judged: Mapping[int, Judged],
    waiting: Mapping[int, int],
    least: int,
) -> dict[str, Any]:
    """By period and person; ``waiting`` has everybody's number under the key 0.

    Args:
        least: of fewer no figure is given, only how many there are.
    """
    return {
        "waiting": waiting.get(0, 0),
        "periods": {
            name: {str(person): _of(work, least) for person, work in people.items()}
            for name, people in periods.items()
        },
        "together": {name: _together(people.values(), least) for name, people in periods.items()},
        "judged": {
            str(person): {
                "n_grants": found.n_grants,
                "upheld": _share(found.n_upheld, found.n_chosen, least),
            }
            for person, found in judged.items()
        },
        "waiting_of": {str(person): n for person, n in waiting.items() if person},
    }


def _of(work: Workload, least: int) -> dict[str, Any]:
    return {
        **_paces(work.assisted, work.blind, least),
        "verdicts": work.verdicts,
        "overridden": _share(work.n_overridden, work.n_ticked, least),
    }


def _together(people: Iterable[Workload], least: int) -> dict[str, Any]:
    people = list(people)
    assisted = sum((work.assisted for work in people), Pace())
    return _paces(assisted, sum((work.blind for work in people), Pace()), least)


def _paces(assisted: Pace, blind: Pace, least: int) -> dict[str, Any]:
    both = assisted + blind
    return {
        "n": both.n,
        "n_blind": blind.n,
        "seconds": both.seconds,
        "an_hour": an_hour(both, least),
        "an_hour_assisted": an_hour(assisted, least),
        "an_hour_blind": an_hour(blind, least),
    }


def an_hour(pace: Pace, least: int) -> dict[str, float]:
    """Grants an active hour, with the interval of the mean seconds of a grant."""
    if pace.n < least or not pace.seconds:
        return {"n": pace.n}
    mean = pace.seconds / pace.n
    variance = max(0.0, pace.squares / pace.n - mean**2) * pace.n / (pace.n - 1)
    reach = Z * float(np.sqrt(variance / pace.n))
    fastest = max(mean - reach, mean / 10)  # an interval of few times may reach below zero
    return _json(pace.n, Figure(HOUR / mean, HOUR / (mean + reach), HOUR / fastest))


def _share(n_of: int, n: int, least: int) -> dict[str, float]:
    return {"n": n} if n < least else _json(n, wilson(n_of, n))


def _json(n: int, figure: Figure) -> dict[str, float]:
    return {"n": n, **{name: round(end, 4) for name, end in figure.as_json().items()}}
