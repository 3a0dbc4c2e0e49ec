"""Kinds of model as workers measure them: taking one, keeping what it runs on, its end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from annotation.errors import ComparisonRefused
from annotation.models import BackendComparison, MeasuredBackend
from annotation.services import doorbell
from annotation.services.backend_comparisons import TASK

Status, State = BackendComparison.Status, MeasuredBackend.Status
ATTEMPTS = 3
LOST = "{} was stopped, or another worker measures it."


@dataclass(frozen=True)
class Measured:
    """What came of one kind of model, fit for JSON; see ``MeasuredBackend``."""

    row: dict[str, Any]
    categories: list[dict[str, Any]]
    replicates: dict[str, list[float]]
    seconds: float


def work_waits() -> bool:
    """Whether ``take_backend`` would find one; cheap, for the tick."""
    now, backends = timezone.now(), MeasuredBackend.objects
    return backends.to_measure(now).exists() and not backends.being_measured(now).exists()


@transaction.atomic
def take_backend() -> MeasuredBackend | None:
    """The next way to measure, with an attempt number of its own; None when there is none.

    One at a time: two beside one another would take longer seconds, and places that others need.
    """
    # Whoever takes one holds its comparison: two workers count one after the other.
    run = _locked(BackendComparison.objects.open())
    now = timezone.now()
    if run is None or MeasuredBackend.objects.being_measured(now).exists():
        return None
    waiting = MeasuredBackend.objects.to_measure(now).filter(comparison=run)
    for backend in waiting.defer("row", "categories", "replicates"):
        if backend.attempt < ATTEMPTS:
            break
        _fail(backend, f"Its worker died {ATTEMPTS} times. See its log.")
    else:
        _end_if_all_are_over(run)
        return None
    if run.status == Status.REQUESTED:
        BackendComparison.objects.filter(pk=run.pk).update(status=Status.RUNNING, started_at=now)
    MeasuredBackend.objects.filter(pk=backend.pk).update(
        status=State.MEASURING, attempt=F("attempt") + 1, heartbeat_at=now, taken_at=now
    )
    return MeasuredBackend.objects.select_related("comparison__taxonomy").get(pk=backend.pk)


@transaction.atomic
def keep_material(
    backend: MeasuredBackend, material: bytes, efforts: Mapping[str, int], **facts: object
) -> None:
    """Keep what all run on, unless another worker was quicker: then its own stays.

    The comparison is read again, so that it has what is kept.

    Args:
        efforts: of each by name: how long it takes beside the others.
        facts: of the comparison: what is held out, how many grants there are, hash and basis.

    Raises:
        ComparisonRefused: as ``beat``.
    """
    beat(backend)
    runs = BackendComparison.objects.open().filter(pk=backend.comparison_id)
    if runs.filter(material=None).update(material=material, **facts):
        for name, effort in efforts.items():
            backend.comparison.backends.filter(name=name).update(effort=effort)
    backend.comparison.refresh_from_db()
    if backend.comparison.material is None:
        raise ComparisonRefused(f"{backend.comparison} was stopped.")


def beat(backend: MeasuredBackend) -> None:
    """Say that it is being measured.

    Raises:
        ComparisonRefused: its comparison is over, or another worker has it: stop.
    """
    if not _mine(backend).update(heartbeat_at=timezone.now()):
        raise ComparisonRefused(LOST.format(backend))


@transaction.atomic
def finish_backend(
    backend: MeasuredBackend,
    found: Measured,
    results_of: Callable[[Sequence[MeasuredBackend]], dict[str, Any]],
) -> None:
    """Store its figures and what all together say; with the last one the comparison is done.

    Args:
        results_of: what measured ones say, in a fraction of a second.

    Raises:
        ComparisonRefused: as ``beat``; nothing is stored.
    """
    # One after the other, so that the last one counts all.
    run = _locked(BackendComparison.objects.open().filter(pk=backend.comparison_id))
    mine = _mine(backend).first() if run else None
    if run is None or mine is None:
        raise ComparisonRefused(LOST.format(backend))
    mine.status, mine.row, mine.categories = State.DONE, found.row, found.categories
    mine.replicates, mine.seconds = found.replicates, found.seconds
    mine.save(update_fields=["status", "row", "categories", "replicates", "seconds"])
    whole = run.backends.filter(status=State.DONE).defer("categories").order_by("position")
    run.results = results_of(list(whole))
    run.save(update_fields=["results"])
    _end_if_all_are_over(run)


@transaction.atomic
def fail_backend(backend: MeasuredBackend, why: str) -> None:
    """Store why this one could not be measured; the others are measured all the same.

    A fenced worker changes nothing.
    """
    run = _locked(BackendComparison.objects.open().filter(pk=backend.comparison_id))
    if run is not None and _mine(backend).exists():
        _fail(backend, why)
        _end_if_all_are_over(run)


@transaction.atomic
def end_short(backend: MeasuredBackend, why: str) -> None:
    """Stop the comparison, since the site no longer has what it runs on; what is measured stays.

    A fenced worker changes nothing.

    Args:
        why: for the page, with what to do.
    """
    run = _locked(BackendComparison.objects.open().filter(pk=backend.comparison_id))
    if run is not None and _mine(backend).exists():
        _end(run, Status.STOPPED, error=why)


def _locked(runs: QuerySet[BackendComparison]) -> BackendComparison | None:
    """The one comparison, without its material, which may be large."""
    return runs.defer("material").select_for_update(no_key=True).first()


def _mine(backend: MeasuredBackend) -> QuerySet[MeasuredBackend]:
    return MeasuredBackend.objects.filter(
        pk=backend.pk,
        attempt=backend.attempt,
        status=State.MEASURING,
        comparison__status__in=[Status.REQUESTED, Status.RUNNING],
    )


def _fail(backend: MeasuredBackend, why: str) -> None:
    MeasuredBackend.objects.filter(pk=backend.pk).update(status=State.FAILED, error=why[:2000])


def _end_if_all_are_over(run: BackendComparison) -> None:
    """End it behind its last row; before that another worker is rung for, behind what waits."""
    states = set(run.backends.values_list("status", flat=True))
    if states & {State.WAITING, State.MEASURING}:
        doorbell.ring_on_commit(TASK)
    elif State.DONE in states:
        _end(run, Status.DONE)
    else:
        _end(run, Status.FAILED, error="None of the kinds of model could be measured.")


def _end(run: BackendComparison, status: str, error: str = "") -> None:
    BackendComparison.objects.filter(pk=run.pk).update(
        status=status, ended_at=timezone.now(), error=error, material=None
    )
