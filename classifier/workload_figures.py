"""What people have done as figures with intervals, fit for JSON."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from annotation.reports.workload import VERDICTS, Judged, Pace, Ticks, Workload
from classifier.ml.figures import Figure, Z, wilson
from classifier.ml.others import Ratio, apart_from_others

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
        "periods": {name: _of_all(people, least) for name, people in periods.items()},
        "together": {name: _together(people.values(), least) for name, people in periods.items()},
        "judged": {
            str(person): {
                "n_grants": found.n_grants,
                "upheld": _share(found.n_upheld, found.n_chosen, least),
            }
            for person, found in judged.items()
        },
        "upheld": _share(
            sum(found.n_upheld for found in judged.values()),
            sum(found.n_chosen for found in judged.values()),
            least,
        ),
        "waiting_of": {str(person): n for person, n in waiting.items() if person},
    }


def _of_all(people: Mapping[int, Workload], least: int) -> dict[str, Any]:
    """By person; ``apart``: what differs from all others together, beyond chance, and by how much.

    Of the ``pace``: how many times as long as the others they take over a usual grant (geometric
    means), and of the share of ticks that were not taken, by a difference.

    Paces are compared by the logarithms of the seconds. A person's times of a grant have a long
    tail to the right, and a mean of few such times is itself skewed: compared by seconds, where
    people as able as each other had done very unequal numbers of grants, one table of ten named
    somebody. The logarithms are near to normal, as Student's t asks for.
    """
    both = [work.assisted + work.blind for work in people.values()]
    ticks = [work.ticks for work in people.values()]
    apart = apart_from_others(
        {
            "pace": [Ratio(p.n, p.logs, p.n, p.log_squares, p.logs, p.n) for p in both],
            "overridden": [
                Ratio(
                    t.n_annotations,
                    t.n_overridden,
                    t.n,
                    t.squares_overridden,
                    t.products,
                    t.squares,
                )
                for t in ticks
            ],
        },
        shares=frozenset({"overridden"}),
    )
    return {
        str(person): _of(work, least)
        | {"apart": {name: _rounded(_told(name, figure)) for name, figure in differs.items()}}
        for (person, work), differs in zip(people.items(), apart, strict=True)
    }


def _told(name: str, figure: Figure) -> Figure:
    """A difference of logarithms as how many times as long."""
    if name != "pace":
        return figure
    return Figure(*(float(np.exp(end)) for end in (figure.value, figure.low, figure.high)))


def _of(work: Workload, least: int) -> dict[str, Any]:
    return {
        **_paces(work.assisted, work.blind, least),
        "verdicts": work.verdicts,
        "overridden": _share(work.ticks.n_overridden, work.ticks.n, least),
    }


def _together(people: Iterable[Workload], least: int) -> dict[str, Any]:
    people = list(people)
    ticks = sum((work.ticks for work in people), Ticks())
    verdicts: Counter[str] = Counter()
    for work in people:
        verdicts.update(work.verdicts)
    assisted = sum((work.assisted for work in people), Pace())
    return {
        **_paces(assisted, sum((work.blind for work in people), Pace()), least),
        "verdicts": {verdict: verdicts[verdict] for verdict in VERDICTS},
        "overridden": _share(ticks.n_overridden, ticks.n, least),
    }


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
    return {"n": n, **_rounded(figure)}


def _rounded(figure: Figure) -> dict[str, float]:
    return {name: round(end, 4) for name, end in figure.as_json().items()}
