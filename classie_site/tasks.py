"""The web half's ticks: a few lines each, the deeds are in annotation.services."""

from celery import shared_task

from annotation.services.model_versions import request_due_night


@shared_task(name="classie_site.request_due_night")
def request_due_training() -> int | None:
    """Write the night's request when it is due and not yet written."""
    version = request_due_night()
    return version.pk if version else None
