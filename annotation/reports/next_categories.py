"""Which categories to annotate next, and what that would cost."""

from dataclasses import dataclass
from math import inf

from annotation.reports.category_figures import Verdicts
from annotation.reports.coverage import BANDS, ENOUGH, CategoryCoverage, Coverage
from annotation.reports.shares import Share

MOST = 5
WELL_COVERED = BANDS[-1]


@dataclass(frozen=True)
class Cost:
    """Grants to be looked at or hours to be spent, 95 % interval; ``high`` may have no end."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> "Cost":
        return Cost(self.value * factor, self.low * factor, self.high * factor)


@dataclass(frozen=True)
class Candidate:
    """A category to annotate next; costs are None where nothing tells them.

    ``waiting``: grants of the pool alone. ``goal``: the examples that it is to have; ``missing``:
    how many of them it has not.
    """

    code: str
    label: str
    path: list[str]
    examples: int
    waiting: int
    goal: int
    missing: int
    is_short: bool  # of the target that somebody set
    is_asked_for: bool
    open_sprint: int | None
    grants: Cost | None
    hours: Cost | None


@dataclass(frozen=True)
class NextCategories:
    """``seconds``: of active work an annotation, as reckoned with; None while there are few."""

    candidates: list[Candidate]
    acceptance: Share  # of all suggestions that were seen
    seconds: float | None

    @property
    def hours(self) -> Cost | None:
        """Of all together; the ends of the intervals added up, which is wider than need be."""
        known = [one.hours for one in self.candidates if one.hours]
        if not known or len(known) < len(self.candidates):
            return None
        return Cost(
            sum(cost.value for cost in known),
            sum(cost.low for cost in known),
            sum(cost.high for cost in known),
        )


def next_categories(found: Coverage) -> NextCategories:
    """Five categories: those short of their target, the thin ones, the smallest. No query.

    In each of these three those come first that most waiting grants of the pool are suggested for,
    but the smallest by their size: what waits in the audit stream leads no category to its target,
    and no sprint asks for it. A suggestion is taken to fit as often as those of its category did,
    or of all where under ten were seen.
    """
    wanted = sorted((row for row in found.rows if _goal(row) is not None), key=_turn)
    every = _sum([row.verdicts for row in found.rows]).acceptance
    seconds = found.pace.seconds_each if found.pace else None
    candidates = []
    for row in wanted[:MOST]:
        own = row.verdicts.acceptance
        goal = _goal(row) or 0
        missing = goal - (row.of_pool if row.is_short else row.examples)
        grants = _cost(missing, every if own.is_too_few else own)
        candidates.append(
            Candidate(
                code=row.code,
                label=row.label,
                path=row.path,
                examples=row.examples,
                waiting=row.pending_of_pool,
                goal=goal,
                missing=missing,
                is_short=row.is_short,
                is_asked_for=bool(row.asked_for_by),
                open_sprint=row.open_sprint,
                grants=grants,
                hours=grants.times(seconds / 3600) if grants and seconds else None,
            )
        )
    return NextCategories(candidates, every, seconds)


def _goal(row: CategoryCoverage) -> int | None:
    """Its target; ten where it is thin; fifty else. None: it has reached all that it might."""
    if row.is_short:
        return row.target
    if row.is_thin:
        return ENOUGH
    is_small = row.target is None and row.examples < WELL_COVERED
    return WELL_COVERED if is_small else None


def _turn(row: CategoryCoverage) -> tuple[int | str, ...]:
    waiting = -row.pending_of_pool
    if row.is_short:
        return (0, waiting, row.examples, row.code)
    if row.is_thin:
        # People choose the narrowest that fits: what has examples below it may need none itself.
        return (1, waiting, row.with_below > row.examples, row.examples, row.code)
    return (2, row.examples, waiting, row.code)


def _cost(missing: int, chance: Share) -> Cost | None:
    """Grants until so many have fitted."""
    if chance.is_too_few or not chance.value:
        return None
    high = missing / chance.low if chance.low > 0 else inf
    return Cost(missing / chance.value, missing / chance.high, high)


def _sum(verdicts: list[Verdicts]) -> Verdicts:
    return Verdicts(
        accepted=sum(v.accepted for v in verdicts),
        rejected=sum(v.rejected for v in verdicts),
        added=sum(v.added for v in verdicts),
        left=sum(v.left for v in verdicts),
    )
