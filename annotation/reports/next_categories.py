"""Which categories to annotate next, and what that would cost."""

from dataclasses import dataclass
from math import inf

from annotation.reports.category_figures import Verdicts
from annotation.reports.coverage import Coverage
from annotation.reports.pace import FEW
from annotation.reports.shares import Share

MOST = 5
ENOUGH = 10  # examples; with fewer a category is thin, and no figure of it is told


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
    """A thin category with grants that wait for it; costs are None where nothing tells them."""

    code: str
    label: str
    path: list[str]
    examples: int
    waiting: int
    missing: int
    is_asked_for: bool
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
    """The five thin categories that most waiting grants are suggested for. No query.

    Thin with all below them: where people choose what is narrower, nothing is missing. A suggestion
    is taken to fit as often as those of its category did, or of all where under ten were seen.
    """
    thin = [row for row in found.rows if row.with_below < ENOUGH and row.pending]
    thin.sort(key=lambda row: (-row.pending, row.examples, row.code))
    every = _sum([row.verdicts for row in found.rows]).acceptance
    pace = found.pace
    is_timed = pace is not None and pace.n_annotations >= FEW and pace.seconds > 0
    seconds = pace.seconds / pace.n_annotations if pace and is_timed else None
    candidates = []
    for row in thin[:MOST]:
        own = row.verdicts.acceptance
        missing = ENOUGH - row.examples
        grants = _cost(missing, every if own.is_too_few else own)
        candidates.append(
            Candidate(
                code=row.code,
                label=row.label,
                path=row.path,
                examples=row.examples,
                waiting=row.pending,
                missing=missing,
                is_asked_for=bool(row.asked_for_by),
                grants=grants,
                hours=grants.times(seconds / 3600) if grants and seconds else None,
            )
        )
    return NextCategories(candidates, every, seconds)


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
