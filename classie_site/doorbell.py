"""Ringing the workers when a service has written work for them."""

import logging

from django.conf import settings

from classie_site.celery import app

logger = logging.getLogger(__name__)


def ring(task: str) -> None:
    """Send a task by name. A broker that is away costs a minute: the next tick finds the row."""
    if not settings.REDIS_URL:  # a command beside a site that is not running
        return
    try:
        app.send_task(task, expires=600)
    except Exception as error:  # noqa: BLE001 - kombu raises what its transport raises
        logger.warning("No broker for %s (%s); the next tick does it", task, type(error).__name__)
