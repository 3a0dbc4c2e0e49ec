"""Real workers, real messages: the night runs, survives a kill, and does not need the broker."""

import os
import signal
from datetime import time, timedelta

import pytest
from django.utils import timezone

from annotation.models import (
    Annotation,
    Grant,
    ModelVersion,
    SiteSettings,
    Suggestion,
    Taxonomy,
)
from annotation.services.decisions import submit_annotation
from annotation.services.model_versions import request_training
from annotation.services.queue import claim_next_grant
from annotation.services.simulations import Order, request_simulation
from classie_site import doorbell
from classie_site.celery import app
from classifier import tasks
from tests.classifier.conftest import *  # noqa: F403 - its fixtures are ours as well
from tests.conftest import end_group, wait_until
from tests.factories import AdministratorFactory, GrantFactory, UserFactory

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]
Status = ModelVersion.Status


@pytest.fixture(autouse=True)
def an_empty_broker():
    """No message of an earlier test."""
    with app.connection_for_write() as connection:
        for name in ("default", "train", "bulk", "scoring", "watch"):
            connection.default_channel.client.delete(name)


def status_of(version):
    version.refresh_from_db()
    return version.status


def test_a_real_worker_carries_out_the_night(labelled_grants, pool, start_worker):
    # The night is due at any hour: the site is older than today.
    Taxonomy.objects.update(created_at=timezone.now() - timedelta(days=2))
    SiteSettings.objects.update_or_create(pk=1, defaults={"night_starts_at": time(0)})
    worker = start_worker(concurrency=2)
    app.send_task("classie_site.request_due_night")
    nightly = ModelVersion.objects.filter(for_date__isnull=False)
    wait_until(nightly.exists, 30, worker.log.read_text)
    version = nightly.get()
    wait_until(lambda: status_of(version) == Status.ACTIVE, 60, lambda: version.error)
    wait_until(lambda: not Grant.objects.exclude(scored_by=version).exists(), 30)
    assert Suggestion.objects.filter(model_version=version).exists()


def test_a_worker_killed_in_training_is_recovered(labelled_grants, start_worker):
    first = start_worker(concurrency=1, queues="train")
    version = request_training()
    wait_until(lambda: status_of(version) == Status.TRAINING, 30)
    end_group(first)
    assert status_of(version) == Status.TRAINING
    # Two minutes of silence, without waiting for them.
    ModelVersion.objects.filter(pk=version.pk).update(
        heartbeat_at=timezone.now() - timedelta(minutes=3)
    )
    start_worker(concurrency=1, queues="train")
    app.send_task("classifier.train_requested")
    wait_until(lambda: status_of(version) == Status.ACTIVE, 60, lambda: version.error)
    assert version.attempt == 2


def test_a_message_delivered_five_times_trains_once(labelled_grants, start_worker):
    version = request_training()
    for _ in range(5):
        app.send_task("classifier.train_requested")
    start_worker(concurrency=2, queues="train")
    wait_until(lambda: status_of(version) == Status.ACTIVE, 60, lambda: version.error)
    assert ModelVersion.objects.filter(kind="trained").count() == 1
    assert version.attempt == 1


def test_curves_are_spread_over_workers_and_none_is_played_twice(labelled_grants, start_worker):
    order = Order(["random", "default"], 1, 4, 4, 8, 24, 3)
    run = request_simulation(AdministratorFactory(), order)
    for _ in range(5):
        app.send_task("classifier.play_waiting_curve")
    start_worker(concurrency=2, queues="bulk", SIMULATED_AT_ONCE="2")
    wait_until(lambda: status_of(run) == "done", 90, lambda: f"{run.status} {run.error}")
    curves = run.curves.values_list("strategy", "attempt", "points")
    assert [(name, attempt, [p["labels"] for p in points]) for name, attempt, points in curves] == [
        ("random", 1, [4, 8]), ("default", 1, [4, 8]),
    ]  # fmt: skip


def test_a_pickled_message_is_refused_and_not_run(start_worker, tmp_path):
    marker = tmp_path / "was run"

    class Bomb:
        def __reduce__(self):
            return os.system, (f"touch {marker}",)

    worker = start_worker(queues="default")
    with app.connection_for_write() as connection:
        from kombu.serialization import enable_insecure_serializers

        enable_insecure_serializers(["pickle"])
        connection.Producer().publish(
            {"bomb": Bomb()}, routing_key="default", serializer="pickle", headers={"task": "x"}
        )
    wait_until(
        lambda: "Refusing to deserialize" in worker.log.read_text(), 20, worker.log.read_text
    )
    assert not marker.exists()


def test_annotating_goes_on_without_a_broker(labelled_grants, settings, monkeypatch):
    monkeypatch.setattr(doorbell, "app", _app_without_broker())
    GrantFactory(queued=True)
    annotator = UserFactory()
    claim = claim_next_grant(annotator)
    submit_annotation(annotator, claim.token, {}, idempotency_key="k")
    version = request_training()
    assert Annotation.objects.count() == 1
    assert status_of(version) == Status.REQUESTED


def _app_without_broker():
    from celery import Celery

    lonely = Celery("lonely", broker="redis+socket:///nonexistent/broker.sock?virtual_host=0")
    lonely.conf.broker_transport_options = app.conf.broker_transport_options
    lonely.conf.task_publish_retry_policy = app.conf.task_publish_retry_policy
    return lonely


def test_every_task_may_be_called_twice(labelled_grants, pool, process_environment, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", process_environment["DATABASE_URL"])
    request_training()
    assert tasks.train_requested()
    assert not tasks.train_requested()
    assert not tasks.score_waiting_grants()
    active = ModelVersion.objects.active()
    assert active.status == Status.ACTIVE
    assert not active.is_lexical


def test_a_stopped_worker_leaves_no_process_behind(start_worker):
    worker = start_worker()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(40) == 0
