"""Comparisons of kinds of model: which there are, how far one is, and what it has found."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from annotation.models import BackendComparison, Grant, MeasuredBackend
from annotation.models.backend_comparisons import MOST_GRANTS
from annotation.reports.labelled_ground import n_labelled, n_with_answers
from annotation.services.backends import OfferedBackend, backends

LEAST_GRANTS = 50  # labelled ones to learn from: a fold leaves ten to measure on
ENOUGH_AUDIT_GRANTS = 50  # from which the audit stream measures, here as at the gate
MOST_AUDIT_COUNTED = 200  # a few lie among many grants of the pool: to find all takes long
State = MeasuredBackend.Status
LEAST_TOLD = 1.0  # seconds; that none are left would be said of what is not over
ELSEWHERE = "sagemaker_"
NOT_HERE = (
    "It trains in SageMaker and not here. Train a version with it, and compare the two versions."
)
PARTS = ("by_level", "by_support", "by_facet")


@dataclass(frozen=True)
class Ground:
    """What a comparison would run on, about. Nothing is counted further than it is told."""

    n_pool: int  # labelled grants that may teach, at most MOST_GRANTS
    n_audit: int  # labelled ones that may only measure, at most MOST_AUDIT_COUNTED

    @property
    def may_have_more_of_pool(self) -> bool:
        return self.n_pool >= MOST_GRANTS

    @property
    def may_have_more_of_audit(self) -> bool:
        return self.n_audit >= MOST_AUDIT_COUNTED

    @property
    def is_enough(self) -> bool:
        return self.n_pool >= LEAST_GRANTS

    @property
    def n_missing(self) -> int:
        return max(0, LEAST_GRANTS - self.n_pool)

    @property
    def is_measured_on_audit(self) -> bool:
        return self.n_audit >= ENOUGH_AUDIT_GRANTS


@dataclass(frozen=True)
class ComparisonRow:
    """One line of the list. ``recommended``: a name, None where nothing is recommended (yet)."""

    run: BackendComparison
    n_backends: int
    n_whole: int
    recommended: str | None


@dataclass(frozen=True)
class ComparisonPage:
    """A part of the list; ``older``: the key that the next part begins below, None at its end."""

    rows: list[ComparisonRow]
    older: int | None


@dataclass(frozen=True)
class Progress:
    """How far a comparison is.

    ``share`` 0 to 1; ``seconds_left`` None while nobody can tell: before the first is measured,
    and once what is left takes longer than the others let expect (``is_overdue``).
    """

    backends: list[MeasuredBackend]
    share: float
    seconds_left: float | None
    is_overdue: bool = False

    @property
    def n_over(self) -> int:
        """Those measured and those that failed."""
        return sum(backend.status in (State.DONE, State.FAILED) for backend in self.backends)

    @property
    def n_left(self) -> int:
        return len(self.backends) - self.n_over

    @property
    def n_whole(self) -> int:
        return sum(backend.status == State.DONE for backend in self.backends)

    @property
    def seconds(self) -> float:
        """That measuring has taken."""
        return sum(backend.seconds for backend in self.backends)

    @property
    def measured_now(self) -> MeasuredBackend | None:
        return next((each for each in self.backends if each.status == State.MEASURING), None)

    @property
    def failed(self) -> list[MeasuredBackend]:
        return [backend for backend in self.backends if backend.status == State.FAILED]


def measurable_backends() -> list[OfferedBackend]:
    """All there are; each that cannot be measured on this machine says what it wants."""
    return [
        replace(each, ask=lambda: NOT_HERE) if each.name.startswith(ELSEWHERE) else each
        for each in backends()
    ]


def words_of_backends() -> dict[str, str]:
    """What people read, by name."""
    return {each.name: each.words for each in backends()}


def ground() -> Ground:
    """What is labelled now, as far as anybody has to know. Five queries at most."""
    return Ground(
        n_with_answers(MOST_GRANTS), n_with_answers(MOST_AUDIT_COUNTED, Grant.Stream.AUDIT)
    )


def n_labelled_since(run: BackendComparison) -> int:
    """Labelled grants there are more of than when it began; 0 where it has not. One query."""
    return max(0, n_labelled() - run.n_labelled) if run.n_labelled else 0


def comparison_rows(before: int | None = None, n: int = 50) -> ComparisonPage:
    """Comparisons, newest first: so many, or those asked for before one. One query."""
    whole = Q(backends__status=State.DONE)
    runs = (
        BackendComparison.objects.defer("material")
        .select_related("requested_by")
        .annotate(n_backends=Count("backends"), n_whole=Count("backends", filter=whole))
        .order_by("-pk")
    )
    if before is not None:
        runs = runs.filter(pk__lt=before)
    found = list(runs[: n + 1])
    has_more, found = len(found) > n, found[:n]
    rows = [
        ComparisonRow(
            run,
            vars(run)["n_backends"],
            vars(run)["n_whole"],
            run.results.get("recommendation", {}).get("option"),
        )
        for run in found
    ]
    return ComparisonPage(rows, found[-1].pk if has_more else None)


def progress_of(run: BackendComparison, now: datetime) -> Progress:
    """How far it is, at the pace of what is measured. One query."""
    # Figures are not asked: the card comes every few seconds.
    backends = list(run.backends.defer("row", "categories", "replicates"))
    total = sum(backend.effort for backend in backends)
    over = [backend for backend in backends if backend.status in (State.DONE, State.FAILED)]
    whole = [backend for backend in over if backend.status == State.DONE]
    left = None
    if run.is_open and whole:
        pace = sum(each.seconds for each in whole) / max(1, sum(each.effort for each in whole))
        left = sum(_left(each, pace * each.effort, now) for each in backends if each not in over)
    is_overdue = left is not None and left < LEAST_TOLD
    share = sum(each.effort for each in over) / max(1, total)
    return Progress(backends, share, None if is_overdue else left, is_overdue)


def _left(backend: MeasuredBackend, seconds: float, now: datetime) -> float:
    """Of one that takes about so many in all; at the pace of others none ends before its time."""
    if backend.status == State.MEASURING and backend.taken_at:
        return max(0.0, seconds - (now - backend.taken_at).total_seconds())
    return seconds


def found_in(run: BackendComparison, is_whole: bool = False) -> dict[str, Any] | None:
    """What is measured so far, as ``manage.py compare_models --json`` has it; None before that.

    One query.

    Args:
        is_whole: with the figures of each category and of each resampling, for a file.
    """
    backends = run.backends.filter(status__in=(State.DONE, State.FAILED))
    if not is_whole:
        backends = backends.defer("categories", "replicates")
    over = list(backends)
    by_name = {each.name: each for each in over if each.status == State.DONE}
    names = [name for name in run.results.get("order", []) if name in by_name]
    if not names:
        return None
    found: dict[str, Any] = {
        "settings": {name: value for name, value in run.basis.items() if name != "left_out"},
        "load": load_of(run),
        "options": [_row(run, by_name[name], is_whole) for name in names],
        "recommendation": run.results["recommendation"],
        "left_out": dict(sorted(run.basis.get("left_out", {}).items())),
        "failed": {each.name: each.error for each in over if each.status == State.FAILED},
    }
    if is_whole:
        found["replicates"] = {name: by_name[name].replicates for name in names}
    return found


def load_of(run: BackendComparison) -> dict[str, Any]:
    """The month that costs are told for."""
    return {
        "texts_a_month": run.texts_a_month,
        "trainings_a_month": run.trainings_a_month,
        "price_an_hour": run.price_an_hour,
    }


def _row(run: BackendComparison, backend: MeasuredBackend, is_whole: bool) -> dict[str, Any]:
    row = {name: value for name, value in backend.row.items() if name != "order"}
    # PostgreSQL keeps no order of names.
    for part in PARTS:
        row[part] = {name: row[part][name] for name in backend.row["order"][part]}
    row["month"] = run.results["months"][backend.name]
    return row | ({"by_category": backend.categories} if is_whole else {})
