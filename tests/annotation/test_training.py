"""A training from request to its last heartbeat: who asked, who works on it, who was given up."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.errors import NoSuchTraining
from annotation.models import AuditEvent, Category, Grant, Label, ModelVersion
from annotation.services.model_versions import cancel_training, request_training
from annotation.services.trainings import (
    beat,
    fail_training,
    finish_training,
    report_progress,
    take_training,
    work_waits,
)
from tests.factories import (
    AdministratorFactory,
    LabelFactory,
    ModelVersionFactory,
    TaxonomyFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lexical():
    """The matcher is active, and there is a label to learn from."""
    return ModelVersionFactory(taxonomy=LabelFactory().category.taxonomy)


@pytest.fixture
def administrator():
    return AdministratorFactory()


@pytest.fixture
def training():
    request_training()
    return take_training()


def version(lexical, **facts):
    return ModelVersion.objects.create(taxonomy=lexical.taxonomy, **facts)


def silent(training, seconds=121):
    """Its worker was last heard of that long ago."""
    past = timezone.now() - timedelta(seconds=seconds)
    ModelVersion.objects.filter(pk=training.pk).update(heartbeat_at=past)


def statuses():
    return list(ModelVersion.objects.order_by("pk").values_list("status", flat=True))


def test_a_request_waits_and_is_in_the_audit_log(administrator):
    requested = request_training(administrator)
    assert (requested.status, requested.requested_by) == ("requested", administrator)
    assert requested.phase == "Waiting for a worker"
    event = AuditEvent.objects.get()
    assert (event.action, event.subject) == ("training requested", f"v{requested.pk}")
    assert work_waits()


def test_while_one_waits_the_same_one_is_returned(administrator):
    assert request_training() == request_training(administrator)
    assert ModelVersion.objects.waiting().count() == 1
    assert AuditEvent.objects.count() == 1


def test_beside_a_running_training_one_may_wait(training):
    assert request_training() != training
    assert take_training() is None
    assert statuses() == ["active", "training", "requested"]


def test_no_label_is_needed_but_a_grant_and_a_category_are(lexical):
    Label.objects.all().delete()
    cancel_training(request_training(), None)
    Category.objects.update(retired_at=timezone.now())
    with pytest.raises(NoSuchTraining, match="Every category of the taxonomy is retired"):
        request_training()
    Category.objects.update(retired_at=None)
    Grant.objects.update(stream="audit")  # which only measures
    with pytest.raises(NoSuchTraining, match="There is no grant to learn from yet"):
        request_training()
    assert statuses() == ["active", "cancelled"]


def test_without_a_taxonomy_there_is_nothing_to_train_for(lexical):
    TaxonomyFactory._meta.model.objects.update(is_current=False)
    with pytest.raises(NoSuchTraining, match="There is no taxonomy"):
        request_training()


def test_a_worker_takes_the_request_with_the_first_attempt(training):
    assert (training.status, training.attempt, training.progress) == ("training", 1, 0)
    assert training.started_at == training.heartbeat_at
    assert take_training() is None
    assert not work_waits()


def test_nothing_waits_nothing_is_taken():
    assert take_training() is None
    assert not work_waits()


def test_a_training_that_beats_is_left_alone(training):
    silent(training, 119)
    assert not work_waits()
    assert take_training() is None


def test_after_two_silent_minutes_another_worker_takes_it(training):
    silent(training)
    assert work_waits()
    again = take_training()
    assert (again, again.attempt) == (training, 2)
    assert again.started_at == training.started_at


def test_a_silent_training_goes_before_a_waiting_request(training):
    request_training()
    silent(training)
    assert take_training() == training


def test_after_three_attempts_it_has_failed_and_the_next_request_gets_its_turn(training):
    for _ in range(2):
        silent(training)
        assert take_training()
    silent(training)
    waiting = request_training()
    assert take_training() is None
    training.refresh_from_db()
    assert (training.status, training.attempt) == ("failed", 3)
    assert training.error == "Its worker died 3 times. See the worker's log."
    assert training.finished_at
    assert take_training() == waiting


def test_a_beat_keeps_the_training(training):
    silent(training)
    beat(training)
    assert not work_waits()


def test_progress_is_shown_and_counts_as_a_beat(training):
    silent(training)
    report_progress(training, 0.4, "Fitting")
    training.refresh_from_db()
    assert (training.progress, training.phase) == (0.4, "Fitting")
    assert not work_waits()


WRITES = {
    "beat": beat,
    "report_progress": lambda v: report_progress(v, 0.5, "Fitting"),
    "finish": lambda v: finish_training(
        v, incumbent=None, promoted=True, reason="Better", snapshot={}
    ),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_worker_that_was_given_up_can_no_longer_write(training, write):
    silent(training)
    take_training()
    before = ModelVersion.objects.values().get(pk=training.pk)
    with pytest.raises(NoSuchTraining, match="is trained by another worker now"):
        WRITES[write](training)
    fail_training(training, RuntimeError("late"))
    assert ModelVersion.objects.values().get(pk=training.pk) == before


@pytest.mark.parametrize("write", WRITES)
def test_a_stopped_training_tells_its_worker(training, administrator, write):
    cancel_training(training, administrator)
    with pytest.raises(NoSuchTraining, match="was cancelled"):
        WRITES[write](training)
    fail_training(training, RuntimeError("late"))
    assert statuses() == ["active", "cancelled"]
