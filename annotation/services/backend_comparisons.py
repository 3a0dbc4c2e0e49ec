"""Comparisons of kinds of model as people steer them: asking for one, stopping it, deleting it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.errors import ComparisonRefused, NotAllowed
from annotation.models import BackendComparison, MeasuredBackend, Taxonomy, User
from annotation.services import doorbell
from annotation.services.audit import record

Status = BackendComparison.Status
TASK = "classifier.measure_waiting_backend"


@dataclass(frozen=True)
class Order:
    """What shall be compared, and the month that its costs are told for."""

    backends: Sequence[str]  # names; the first is measured first
    texts_a_month: int
    trainings_a_month: int
    price_an_hour: float | None = None  # of one processor


@transaction.atomic
def request_backend_comparison(by: User, order: Order) -> BackendComparison:
    """Ask for a comparison; a worker measures one kind of model after the other.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        ComparisonRefused: another one is under way, or there is no taxonomy; nothing is stored.
    """
    _administrators_only(by)
    taxonomy = Taxonomy.objects.current()
    if taxonomy is None:
        raise ComparisonRefused("There is no taxonomy yet. Import one first.")
    try:
        with transaction.atomic():
            run = BackendComparison.objects.create(
                taxonomy=taxonomy,
                requested_by=by,
                texts_a_month=order.texts_a_month,
                trainings_a_month=order.trainings_a_month,
                price_an_hour=order.price_an_hour,
            )
    except IntegrityError as error:
        if not BackendComparison.objects.open().exists():  # it was another rule
            raise
        raise ComparisonRefused(
            "Another comparison is under way. Wait for its end, or stop it."
        ) from error
    MeasuredBackend.objects.bulk_create(
        MeasuredBackend(comparison=run, name=name, position=position)
        for position, name in enumerate(order.backends)
    )
    record(by, "backend comparison requested", run, backends=", ".join(order.backends))
    doorbell.ring_on_commit(TASK)
    return run


@transaction.atomic
def stop_backend_comparison(by: User, run: BackendComparison) -> None:
    """End a comparison; what is measured stays, and its worker notices within seconds.

    Raises:
        NotAllowed: the person is no administrator; nothing is stored.
        ComparisonRefused: it is over; nothing is stored.
    """
    _administrators_only(by)
    running = BackendComparison.objects.open().filter(pk=run.pk)
    if not running.update(status=Status.STOPPED, ended_at=timezone.now(), material=None):
        raise ComparisonRefused("This comparison is over, so there is nothing to stop.")
    record(by, "backend comparison stopped", run)


@transaction.atomic
def delete_backend_comparison(by: User, run: BackendComparison) -> None:
    """Delete a comparison that is over, with its figures.

    Raises:
        NotAllowed: the person is no administrator; nothing is deleted.
        ComparisonRefused: it is under way; nothing is deleted.
    """
    _administrators_only(by)
    found = BackendComparison.objects.defer("material").select_for_update().filter(pk=run.pk)
    one = found.first()
    if one is None:  # somebody else was a moment quicker
        return
    if one.is_open:
        raise ComparisonRefused("This comparison is under way. Stop it first.")
    record(by, "backend comparison deleted", one)
    one.delete()


def _administrators_only(by: User) -> None:
    if not by.is_administrator:
        raise NotAllowed("Only administrators compare kinds of model.")
