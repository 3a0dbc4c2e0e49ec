"""The site: settings, URL map, Celery application and what starts it all."""

from classie_site.celery import app as celery_app

__all__ = ["celery_app"]
