"""Simulated curves as workers write them: taking one, its points, its end."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from annotation.errors import SimulationRefused
from annotation.models import SimulatedCurve, SimulationRun
from annotation.services import doorbell
from annotation.services.simulations import TASK

Status, Playing = SimulationRun.Status, SimulatedCurve.Status
STALLS = 3
Rows = list[dict[str, Any]]


def work_waits(at_once: int) -> bool:
    """Whether ``take_curve`` would find one; cheap, for the tick."""
    now = timezone.now()
    curves = SimulatedCurve.objects
    return curves.to_play(now).exists() and curves.being_played(now).count() < at_once


@transaction.atomic
def take_curve(at_once: int) -> SimulatedCurve | None:
    """The next curve to play, with an attempt number of its own; None when there is none.

    Args:
        at_once: how many may be played at the same time, so that other work finds a free worker.
    """
    # Whoever takes a curve holds its simulation: two workers count one after the other.
    run = _locked(SimulationRun.objects.open())
    now = timezone.now()
    n_played = SimulatedCurve.objects.being_played(now).count()
    if run is None or n_played >= at_once:
        return None
    curve = SimulatedCurve.objects.to_play(now).filter(simulation=run).first()
    if curve is None:
        return None
    stalls = curve.stalls + (curve.status == Playing.PLAYING)
    if stalls >= STALLS:
        _end(run, Status.FAILED, error=f"The worker of {curve} died {STALLS} times. See its log.")
        return None
    if run.status == Status.REQUESTED:
        SimulationRun.objects.filter(pk=run.pk).update(status=Status.RUNNING, started_at=now)
    SimulatedCurve.objects.filter(pk=curve.pk).update(
        status=Playing.PLAYING, attempt=F("attempt") + 1, stalls=stalls, heartbeat_at=now
    )
    # Another worker may be free for the next one. No ring for nothing: what is left of them in the
    # queue would go before the work that waits behind.
    if n_played + 1 < at_once:
        doorbell.ring_on_commit(TASK)
    return SimulatedCurve.objects.select_related("simulation").get(pk=curve.pk)


def keep_material(curve: SimulatedCurve, material: bytes, **facts: int) -> None:
    """Keep what all curves play on, unless another worker was quicker: then its own stays.

    The curve's simulation is read again, so that it has what is kept.

    Args:
        facts: of the simulation: ``n_grants``, ``n_categories`` and the ``budget`` they allow.

    Raises:
        SimulationRefused: as ``beat``.
    """
    beat(curve)
    runs = SimulationRun.objects.open().filter(pk=curve.simulation_id)
    runs.filter(material=None).update(material=material, **facts)
    curve.simulation.refresh_from_db()
    if curve.simulation.material is None:
        raise SimulationRefused(f"{curve.simulation} was stopped.")


def beat(curve: SimulatedCurve) -> None:
    """Say that the curve is being played.

    Raises:
        SimulationRefused: its simulation is over, or another worker has it: stop.
    """
    if not _mine(curve).update(heartbeat_at=timezone.now()):
        raise SimulationRefused(f"{curve} was stopped, or another worker plays it.")


@transaction.atomic
def add_point(
    curve: SimulatedCurve, point: dict[str, Any], chosen: Sequence[int], seconds: float
) -> None:
    """Store the next point, and where to go on from it. A worker that dies loses none.

    Args:
        point: its figures; ``labels`` says which it is.
        chosen: rows labelled so far.
        seconds: of work since the point before.

    Raises:
        SimulationRefused: as ``beat``; nothing is stored.
    """
    mine = _mine(curve).select_for_update(of=("self",)).first()
    if mine is None:
        raise SimulationRefused(f"{curve} was stopped, or another worker plays it.")
    mine.points = [*mine.points, point]
    mine.n_points = len(mine.points)
    mine.chosen = list(chosen)
    mine.seconds += seconds
    mine.stalls = 0
    mine.heartbeat_at = timezone.now()
    mine.save(update_fields=["points", "n_points", "chosen", "seconds", "stalls", "heartbeat_at"])
    curve.points = mine.points


@transaction.atomic
def leave_curve(curve: SimulatedCurve) -> None:
    """Let the curve wait where it stands, so that its worker is free for what waits.

    Raises:
        SimulationRefused: as ``beat``; nothing is stored.
    """
    if not _mine(curve).update(status=Playing.WAITING):
        raise SimulationRefused(f"{curve} was stopped, or another worker plays it.")
    doorbell.ring_on_commit(TASK)  # behind all that waits already


@transaction.atomic
def finish_curve(curve: SimulatedCurve, results_of: Callable[[Rows], dict[str, Any]]) -> bool:
    """The curve is whole: count what all whole ones say; with the last one the simulation is done.

    Args:
        results_of: what points of whole curves say, in a fraction of a second.

    Returns:
        Whether the simulation is done.

    Raises:
        SimulationRefused: as ``beat``; nothing is stored.
    """
    # One after the other, so that the last one counts all.
    run = _locked(SimulationRun.objects.open().filter(pk=curve.simulation_id))
    if run is None or not _mine(curve).update(status=Playing.DONE, chosen=[]):
        raise SimulationRefused(f"{curve} was stopped, or another worker plays it.")
    points, n_left = [], 0
    for found in run.curves.order_by("position"):
        if found.status == Playing.DONE:
            points += found.points
        else:
            n_left += 1
    run.results = results_of(points)
    run.save(update_fields=["results"])
    if not n_left:
        _end(run, Status.DONE)
    else:
        doorbell.ring_on_commit(TASK)
    return not n_left


@transaction.atomic
def fail_curve(curve: SimulatedCurve, error: Exception) -> None:
    """Store why the simulation failed; what other curves have brought stays.

    A fenced worker changes nothing.
    """
    run = _locked(SimulationRun.objects.open().filter(pk=curve.simulation_id))
    if run is not None and _mine(curve).exists():
        _end(run, Status.FAILED, error=f"{curve}: {error}"[:2000])


@transaction.atomic
def end_short(curve: SimulatedCurve, why: str) -> None:
    """Stop the simulation, since the site no longer has what it plays on; whole curves stay.

    A fenced worker changes nothing.

    Args:
        why: for the page, with what to do.
    """
    run = _locked(SimulationRun.objects.open().filter(pk=curve.simulation_id))
    if run is not None and _mine(curve).exists():
        _end(run, Status.STOPPED, error=why)


def _locked(runs: QuerySet[SimulationRun]) -> SimulationRun | None:
    """The one run, without its material, which may be large."""
    return runs.defer("material").select_for_update(no_key=True).first()


def _mine(curve: SimulatedCurve) -> QuerySet[SimulatedCurve]:
    return SimulatedCurve.objects.filter(
        pk=curve.pk,
        attempt=curve.attempt,
        status=Playing.PLAYING,
        simulation__status__in=[Status.REQUESTED, Status.RUNNING],
    )


def _end(run: SimulationRun, status: str, error: str = "") -> None:
    SimulationRun.objects.filter(pk=run.pk).update(
        status=status, ended_at=timezone.now(), error=error, material=None
    )
