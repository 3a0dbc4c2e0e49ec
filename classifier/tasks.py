"""Celery tasks: each looks for its work in the rows, and runs it in a process of its own.

The child keeps scikit-learn and its memory out of the worker, and a killed one takes nothing
along. Tasks take no arguments, so a message that is lost or doubled does no harm.
"""

import os
import subprocess
import sys

from celery import shared_task
from django.conf import settings

from annotation.services import (
    measured_backends,
    priorities,
    sagemaker_jobs,
    simulated_curves,
    sprints,
    stored_reports,
)
from annotation.services.coverage_nights import count_waits, request_due_count
from annotation.services.look_alikes import look_alikes_wait
from annotation.services.trainings import work_waits

# Both limits: without a soft one of its own, a task has the short one of the settings.
HOURS = {"acks_late": False, "time_limit": 4 * 3600, "soft_time_limit": 4 * 3600 - 300}
ASKING = 120.0  # seconds


@shared_task(name="classifier.train_requested", **HOURS)
def train_requested() -> bool:
    return work_waits() and _run("train_requested")


@shared_task(name="classifier.count_coverage", **HOURS)
def count_coverage() -> bool:
    request_due_count()
    return count_waits() and _run("count_coverage")


@shared_task(name="classifier.score_waiting_grants", **HOURS)
def score_waiting_grants() -> bool:
    return priorities.work_waits() and _run("score_waiting_grants")


@shared_task(name="classifier.fill_requested_sprints", **HOURS)
def fill_requested_sprints() -> bool:
    return sprints.work_waits() and _run("fill_requested_sprints")


@shared_task(name="classifier.find_look_alikes", **HOURS)
def find_look_alikes() -> bool:
    return look_alikes_wait() and _run("find_look_alikes")


@shared_task(name="classifier.play_waiting_curve", **HOURS)
def play_waiting_curve() -> bool:
    waits = simulated_curves.work_waits(settings.CLASSIE_SIMULATED_AT_ONCE)
    return waits and _run("play_waiting_curve")


@shared_task(name="classifier.write_requested_reports", **HOURS)
def write_requested_reports() -> bool:
    return stored_reports.work_waits() and _run("write_requested_reports")


@shared_task(name="classifier.measure_waiting_backend", **HOURS)
def measure_waiting_backend() -> bool:
    return measured_backends.work_waits() and _run("measure_waiting_backend")


@shared_task(name="classifier.end_sagemaker_jobs")
def end_sagemaker_jobs() -> bool:
    # Others wait in its queue, and an AWS that does not answer is asked again.
    return sagemaker_jobs.work_waits() and _run("end_sagemaker_jobs", timeout=ASKING)


def _run(command: str, timeout: float | None = None) -> bool:
    # One thread each: the site's other processes need the cores.
    env = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    manage = settings.BASE_DIR / "manage.py"
    subprocess.run([sys.executable, str(manage), command], env=env, check=True, timeout=timeout)
    return True
