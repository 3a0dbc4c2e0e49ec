"""Noting that the clock ticks, so that a page can tell when it no longer does."""

from django.utils import timezone

from annotation.models import Heartbeat


def hear_the_clock() -> None:
    """A tick has come through: the clock, the broker and the worker that keeps watch are alive."""
    Heartbeat.objects.update_or_create(name=Heartbeat.CLOCK, defaults={"heard_at": timezone.now()})
