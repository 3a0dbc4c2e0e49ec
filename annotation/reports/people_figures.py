"""What each person has done and how it compares: the stored figures, for pages.

They are of the night, or of when somebody asked last; people come by name, never by a figure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annotation.models import StoredReport, User
from annotation.reports.agreement import Told, told
from annotation.reports.workload import PERIODS

FIRST = next(iter(PERIODS))
OLD_PACE = "seconds"  # in reports from before there was ``pace``


@dataclass(frozen=True)
class Difference:
    """Its interval holds beside those of all others that the table compares, at 95 % together."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Sums:
    """What has a meaning for all people together, as a row below theirs."""

    n_blind: int
    verdicts: dict[str, int]
    overridden: Told
    agreement: Told
    upheld: Told


@dataclass(frozen=True)
class PersonFigures:
    """One person in one period; agreement and what was judged are of all times.

    ``verdicts``: decisions by kind. ``overridden``: share of the suggestions ticked beforehand
    that they did not take. ``upheld``: share of their choices that adjudications kept. ``apart``:
    by how much they differ from all others together, where they do beyond chance: how many times
    as long they take over a usual grant (``pace``), and in what was ``overridden``.
    """

    key: int  # of the person
    name: str
    n: int
    n_blind: int
    seconds: int
    an_hour: Told
    verdicts: dict[str, int]
    overridden: Told
    agreement: Told
    upheld: Told
    n_judged: int
    n_waiting: int
    apart: dict[str, Difference]

    @property
    def is_pace_old(self) -> bool:
        """Their time was found to differ by means of seconds, before usual grants were compared.

        What it says is no longer meant, and by how much they differ now is to be worked out.
        """
        return OLD_PACE in self.apart


@dataclass(frozen=True)
class Together:
    """All people in one period; ``sums`` is None in a report from before there was one."""

    n: int
    seconds: int
    an_hour: Told
    an_hour_blind: Told
    an_hour_assisted: Told
    blind: Told
    assisted: Told
    n_waiting: int
    sums: Sums | None


def period_of(asked: str) -> str:
    """A period's name; the first for one that does not exist."""
    return asked if asked in PERIODS else FIRST


def people_figures(
    report: StoredReport, people: Iterable[User], period: str
) -> list[PersonFigures]:
    """Of those of these people who have annotated in the period."""
    rows = (own_figures(report, person, period) for person in people)
    return sorted((row for row in rows if row), key=lambda row: row.name)


def is_pace_old(report: StoredReport) -> bool:
    """Whether anybody's is in it, in whatever period."""
    periods = report.body["work"]["periods"].values()
    return any(OLD_PACE in own.get("apart", {}) for of in periods for own in of.values())


def own_figures(report: StoredReport, person: User, period: str) -> PersonFigures | None:
    """One's own; None where there is nothing of the period."""
    if str(person.pk) not in report.body["work"]["periods"][period]:
        return None
    return _of(report.body, person.pk, person.username, period)


def together(report: StoredReport, period: str) -> Together:
    body = report.body
    work, least = body["work"]["together"][period], body["least"]
    paces = ("an_hour", "an_hour_blind", "an_hour_assisted")
    return Together(
        n=work["n"],
        seconds=work["seconds"],
        **{name: told(work[name], least) for name in paces},
        blind=told(body["blind"], least),
        assisted=told(body["assisted"], least),
        n_waiting=body["work"]["waiting"],
        sums=_sums(body, work, least),
    )


def _sums(body: Mapping[str, Any], work: Mapping[str, Any], least: int) -> Sums | None:
    if "upheld" not in body["work"]:
        return None
    return Sums(
        n_blind=work["n_blind"],
        verdicts=work["verdicts"],
        overridden=told(work["overridden"], least),
        agreement=told(body["overall"], least),
        upheld=told(body["work"]["upheld"], least),
    )


def _of(body: Mapping[str, Any], pk: int, name: str, period: str) -> PersonFigures:
    key, least, work = str(pk), body["least"], body["work"]
    own = work["periods"][period][key]
    judged = work["judged"].get(key, {"n_grants": 0, "upheld": {"n": 0}})
    return PersonFigures(
        key=pk,
        name=name,
        n=own["n"],
        n_blind=own["n_blind"],
        seconds=own["seconds"],
        an_hour=told(own["an_hour"], least),
        verdicts=own["verdicts"],
        overridden=told(own["overridden"], least),
        agreement=told(body["persons"].get(key, {"n": 0}), least),
        upheld=told(judged["upheld"], least),
        n_judged=judged["n_grants"],
        n_waiting=work["waiting_of"].get(key, 0),
        apart={name: Difference(**found) for name, found in own.get("apart", {}).items()},
    )
