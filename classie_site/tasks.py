"""The web half's ticks: a few lines each, the deeds are in annotation.services."""

from celery import shared_task
from django.conf import settings

from annotation.models import StoredReport
from annotation.services.alarms import look_round
from annotation.services.clock import hear_the_clock
from annotation.services.forgotten_uploads import cancel_forgotten_uploads
from annotation.services.imports import import_waits
from annotation.services.nights import request_due_night
from annotation.services.notice_mails import send_notices
from annotation.services.stored_reports import request_due_reports
from classie_site import imports


@shared_task(name="classie_site.request_due_night")
def request_due_training() -> int | None:
    """Write the night's requests when they are due and not yet written: training, then reports."""
    version = request_due_night()
    request_due_reports(StoredReport.NIGHTLY)
    return version.pk if version else None


@shared_task(name="classie_site.look_round")
def look_for_alarms() -> int:
    """Open and close notices on trainings, the night and the disk, and send those not sent.

    That it was called at all is noted first: a page rings when it no longer is.
    """
    hear_the_clock()
    look_round(settings.VAR_DIR)
    return send_notices()


@shared_task(
    name="classie_site.run_waiting_imports",
    acks_late=False,
    time_limit=4 * 3600,
    soft_time_limit=4 * 3600 - 60,
)
def run_waiting_imports() -> int:
    """Check and import the files that people have uploaded, and undo what they want undone."""
    cancel_forgotten_uploads()
    return imports.run_waiting_imports() if import_waits() else 0
