"""Who decided which grant when: a list of deeds, from the first to the last."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bench.history.grants import MadeGrant
from bench.history.people import PEOPLE, Answer, Person, answers, right_answer, seconds_of
from bench.history.taxonomy import Term

DAYS = 330  # so many months before the drift that what is usual is known
HOURS_A_DAY = 7
SECOND_AFTER = (0.01, 0.06)  # of the whole time
REVISED = 0.3  # of the blind controls, once the suggestions were seen
CORRECTED_LATER, WITHDRAWN = 0.02, 0.005
STREAMS = {"random": 0.5, "least_confident": 0.3, "coverage": 0.2}


@dataclass(frozen=True)
class Place:
    """How the queue has planned a grant."""

    is_audit: bool
    is_blind: bool
    n_required: int


@dataclass(eq=False)
class Deed:
    """One annotation to be. ``after``: the one that it supersedes or revises."""

    grant: MadeGrant
    person: Person
    is_blind: bool
    stream: str
    seconds: int
    answers: dict[str, Answer]
    at: datetime
    kind: str = "first"  # first, correction, withdrawal, revision
    after: "Deed | None" = None

    @property
    def n_decisions(self) -> int:
        return sum(len(answer.verdicts) for answer in self.answers.values())


@dataclass(frozen=True)
class Past:
    """``done``: the grants that were decided. ``later``: deeds upon ``deeds``."""

    done: list[MadeGrant]
    deeds: list[Deed]
    later: list[Deed]
    drift_at: datetime

    def standing(self) -> list[Deed]:
        """What each person said by themselves and still says."""
        gone = {d.after for d in self.later if d.kind != "revision"}
        corrections = [d for d in self.later if d.kind == "correction"]
        return [deed for deed in self.deeds if deed not in gone] + corrections


def make_past(
    grants: Sequence[MadeGrant],
    places: Mapping[str, Place],
    terms: dict[str, Term],
    n_decisions: int,
    end: datetime,
    draw: random.Random,
) -> Past:
    """Work through the grants in their order until so many verdicts are given.

    Args:
        places: by reference of the grant.
        end: after the last deed.

    Raises:
        ValueError: there are too few grants.
    """
    done: list[MadeGrant] = []
    deeds: list[Deed] = []
    when: list[float] = []  # of the whole time, in grants
    n = 0
    for grant in grants:
        if n >= n_decisions:
            break
        place = places[grant.reference]
        for turn, person in enumerate(draw_people(place.n_required, draw)):
            given = answers(person, grant, place.is_blind, terms, draw)
            took = seconds_of(person, place.is_blind, draw)
            stream = _stream(place, turn, draw)
            deeds.append(Deed(grant, person, place.is_blind, stream, took, given, end))
            when.append(len(done) + (draw.uniform(*SECOND_AFTER) * len(grants) if turn else 0))
            n += deeds[-1].n_decisions
        done.append(grant)
    else:
        raise ValueError(f"{len(grants)} grants gave {n} decisions, not {n_decisions}.")
    days = _working_days(end)
    for deed, share in zip(deeds, when, strict=True):
        deed.at = _moment(days, min(share / len(done), 1.0), draw)
    deeds.sort(key=lambda deed: deed.at)
    first = next((i for i, grant in enumerate(done) if grant.has_drifted), len(done))
    drift_at = datetime.combine(days[int(first / len(done) * (len(days) - 1))], time(), end.tzinfo)
    return Past(done, deeds, _later(deeds, places, terms, end, draw), drift_at)


def draw_people(n: int, draw: random.Random) -> list[Person]:
    """Who decide a grant, each by their share of the work."""
    first = draw.choices(PEOPLE, [person.share for person in PEOPLE])[0]
    others = [person for person in PEOPLE if person is not first]
    return [first, *draw.choices(others, [person.share for person in others], k=n - 1)]


def _stream(place: Place, turn: int, draw: random.Random) -> str:
    if place.is_audit:
        return "audit"
    return "overlap" if turn else draw.choices(list(STREAMS), list(STREAMS.values()))[0]


def _working_days(end: datetime) -> list[datetime]:
    days = [end - timedelta(days=n) for n in range(DAYS, 0, -1)]
    return [day for day in days if day.weekday() < 5]


def _moment(days: list[datetime], share: float, draw: random.Random) -> datetime:
    day = days[min(int(share * len(days)), len(days) - 1)]
    begin = datetime.combine(day, time(), day.tzinfo)
    return begin + timedelta(hours=draw.random() * HOURS_A_DAY)


def _later(
    deeds: list[Deed],
    places: Mapping[str, Place],
    terms: dict[str, Term],
    end: datetime,
    draw: random.Random,
) -> list[Deed]:
    """Revisions at once; corrections and withdrawals within the last day."""
    found = []
    for deed in deeds:
        place, lot = places[deed.grant.reference], draw.random()
        if deed.is_blind:
            if not place.is_audit and lot < REVISED:
                new = answers(deed.person, deed.grant, False, terms, draw)
                found.append(_upon(deed, "revision", deed.at + timedelta(minutes=1), new))
        elif place.n_required == 1 and lot < WITHDRAWN:
            found.append(_upon(deed, "withdrawal", end - timedelta(hours=draw.random()), {}))
        elif place.n_required == 1 and lot < WITHDRAWN + CORRECTED_LATER:
            right = {f: right_answer(deed.grant, f, deed.is_blind) for f in deed.answers}
            found.append(_upon(deed, "correction", end - timedelta(hours=draw.random()), right))
    return sorted(found, key=lambda deed: deed.at)


def _upon(deed: Deed, kind: str, at: datetime, new: dict[str, Answer]) -> Deed:
    seconds = 0 if kind == "withdrawal" else 15
    return Deed(deed.grant, deed.person, False, deed.stream, seconds, new, at, kind, deed)
