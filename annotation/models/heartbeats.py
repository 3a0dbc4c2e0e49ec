"""When something that must go on by itself was last heard of."""

from datetime import datetime, timedelta

from django.db import models

SILENT_AFTER = timedelta(minutes=10)  # of a clock that ticks every minute
# A site older than this should have heard its first tick, however slowly it was set up.
FIRST_HEARD_AFTER = timedelta(hours=1)


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def silent(self, now: datetime) -> "HeartbeatQuerySet":
        """Those that should have been heard since."""
        return self.filter(heard_at__lt=now - SILENT_AFTER)


class Heartbeat(models.Model):
    """A row that is kept fresh: whoever reads it stale knows that its writer is dead.

    What is dead cannot say so itself, and no worker can be trusted to say it of the workers.
    """

    CLOCK = "clock"  # through the broker to the worker that keeps watch: each tick

    name = models.CharField(max_length=20, primary_key=True)
    heard_at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(name="clock"), name="the_name_of_a_heartbeat_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
