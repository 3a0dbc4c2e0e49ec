"""Simulations as people steer them: asking for one, stopping it, deleting it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.errors import NotAllowed, SimulationRefused
from annotation.models import SimulatedCurve, SimulationRun, Taxonomy, User
from annotation.services import doorbell
from annotation.services.audit import record

Status = SimulationRun.Status
TASK = "classifier.play_waiting_curve"


@dataclass(frozen=True)
class Order:
    """What shall be compared, and on how many labels."""

    strategies: Sequence[str]  # random first
    n_seeds: int
    start: int
    batch: int
    budget: int
    n_grants: int  # there are, as far as the page knows; the first worker counts again
    n_categories: int


@transaction.atomic
def request_simulation(by: User, order: Order) -> SimulationRun:
    """Ask for a simulation; workers play its curves one after the other.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        SimulationRefused: another one is under way, or there is no taxonomy; nothing is stored.
    """
    _administrators_only(by)
    taxonomy = Taxonomy.objects.current()
    if taxonomy is None:
        raise SimulationRefused("There is no taxonomy yet. Import one first.")
    try:
        with transaction.atomic():
            run = SimulationRun.objects.create(
                taxonomy=taxonomy,
                requested_by=by,
                strategies=list(order.strategies),
                n_seeds=order.n_seeds,
                start=order.start,
                batch=order.batch,
                budget=order.budget,
                n_grants=order.n_grants,
                n_categories=order.n_categories,
            )
    except IntegrityError as error:
        under_way = SimulationRun.objects.open().first()
        if under_way is None:  # it was another rule
            raise
        raise SimulationRefused(
            "Another simulation is under way. Wait for its end, or stop it."
        ) from error
    # Seed by seed, so that whatever is played by a certain time compares all strategies.
    runs = [(name, seed) for seed in range(order.n_seeds) for name in order.strategies]
    SimulatedCurve.objects.bulk_create(
        SimulatedCurve(simulation=run, strategy=name, seed=seed, position=position)
        for position, (name, seed) in enumerate(runs)
    )
    record(by, "simulation requested", run, strategies=", ".join(order.strategies))
    doorbell.ring_on_commit(TASK)
    return run


@transaction.atomic
def stop_simulation(by: User, run: SimulationRun) -> None:
    """End a simulation; its curves so far stay, and its worker notices at the next point.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        SimulationRefused: it is over; nothing is stored.
    """
    _administrators_only(by)
    running = SimulationRun.objects.open().filter(pk=run.pk)
    if not running.update(status=Status.STOPPED, ended_at=timezone.now(), material=None):
        raise SimulationRefused("This simulation is over, so there is nothing to stop.")
    record(by, "simulation stopped", run)


@transaction.atomic
def delete_simulation(by: User, run: SimulationRun) -> None:
    """Delete a simulation that is over, with its curves.

    Raises:
        NotAllowed: the person is no administrator; nothing is deleted.
        SimulationRefused: it is under way; nothing is deleted.
    """
    _administrators_only(by)
    found = SimulationRun.objects.select_for_update().filter(pk=run.pk).first()
    if found is None:  # somebody else was a moment quicker
        return
    if found.is_open:
        raise SimulationRefused("This simulation is under way. Stop it first.")
    record(by, "simulation deleted", found)
    found.delete()


def _administrators_only(by: User) -> None:
    if not by.is_administrator:
        raise NotAllowed("Only administrators simulate.")
