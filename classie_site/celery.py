"""The Celery application, and the only list of recurring work."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classie_site.settings")

app = Celery("classie_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# A tick missed is a tick late: each one finds its own work in the rows. `expires` keeps a
# broker that was away from delivering an hour of ticks at once.
app.conf.beat_schedule = {
    "request-due-night": {
        "task": "classie_site.request_due_night",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "look-round": {
        "task": "classie_site.look_round",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "run-waiting-imports": {
        "task": "classie_site.run_waiting_imports",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "train-requested": {
        "task": "classifier.train_requested",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "score-waiting-grants": {
        "task": "classifier.score_waiting_grants",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "fill-requested-sprints": {
        "task": "classifier.fill_requested_sprints",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "count-coverage": {
        "task": "classifier.count_coverage",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "find-look-alikes": {
        "task": "classifier.find_look_alikes",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "write-requested-reports": {
        "task": "classifier.write_requested_reports",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "end-sagemaker-jobs": {
        "task": "classifier.end_sagemaker_jobs",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "measure-waiting-backend": {
        "task": "classifier.measure_waiting_backend",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "play-waiting-curve": {
        "task": "classifier.play_waiting_curve",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
}
