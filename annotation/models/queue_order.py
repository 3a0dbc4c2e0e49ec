"""Whether the queue's order is still the one that is wanted: one row, kept by the workers."""

from django.db import models
from django.db.models import Q

ONLY_ROW = 1


class QueueOrder(models.Model):
    """``wanted`` counts changes after which the queue is ordered anew; no row: it never was."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_ROW, editable=False)
    wanted = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(
        default=0, help_text="what was wanted when it was ordered last"
    )
    last_annotation = models.BigIntegerField(
        default=0, help_text="key of the newest annotation that it was ordered after"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=ONLY_ROW), name="the_queue_has_one_order"),
        ]

    def __str__(self) -> str:
        return f"order {self.done} of {self.wanted}"
