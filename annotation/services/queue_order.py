"""Having the queue ordered anew: when it is due, and that it was done."""

from django.db.models import F

from annotation.models import Annotation, QueueOrder, SiteSettings
from annotation.models.queue_order import ONLY_ROW
from annotation.services import doorbell

TASK = "classifier.score_waiting_grants"  # it orders the queue, too


def current_order() -> QueueOrder:
    """The row; what it says before anything was ordered, while there is none. Not to be saved."""
    return QueueOrder.objects.filter(pk=ONLY_ROW).first() or QueueOrder()


def want_order() -> None:
    """Remember that the order is out of date, until ``note_ordered``."""
    QueueOrder.objects.get_or_create(pk=ONLY_ROW)
    QueueOrder.objects.filter(pk=ONLY_ROW).update(wanted=F("wanted") + 1)


def order_the_queue_anew() -> None:
    """Have the queue ordered in the background as soon as the transaction is stored."""
    want_order()
    doorbell.ring_on_commit(TASK)


def is_order_due() -> bool:
    """Whether something has changed by which it is ordered, or enough was annotated since."""
    order = current_order()
    return order.wanted != order.done or is_much_new(order)


def is_much_new(order: QueueOrder) -> bool:
    """Whether so many annotations came since this order that what comes next is read anew."""
    every = SiteSettings.objects.current().order_every
    new = Annotation.objects.filter(pk__gt=order.last_annotation).order_by("pk")
    return every > 0 and new[:every].count() == every


def newest_annotation() -> int:
    last = Annotation.objects.order_by("-pk").values_list("pk", flat=True).first()
    return last or 0


def note_ordered(wanted: int, last_annotation: int) -> None:
    """The order is the one that was wanted at this count, after this annotation."""
    QueueOrder.objects.update_or_create(
        pk=ONLY_ROW, defaults={"done": wanted, "last_annotation": last_annotation}
    )
