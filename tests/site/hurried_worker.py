"""The site's worker of gunicorn, which waits a second where it waits twenty in daily use."""

from classie_site import web_worker

web_worker.PATIENCE = 1.0

GatheringWorker = web_worker.GatheringWorker
