"""The life of a model version: promoted, rejected, failed, stopped, brought back."""

import pytest
from django.db import IntegrityError

from annotation.errors import NoSuchTraining, NotAllowed
from annotation.models import AuditEvent, ModelVersion, Snapshot
from annotation.services.model_versions import (
    cancel_training,
    ensure_lexical_version,
    promote,
    request_training,
)
from annotation.services.trainings import fail_training, finish_training, take_training
from tests.factories import (
    AdministratorFactory,
    LabelFactory,
    ModelVersionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ARTIFACT = {"artifact_sha256": "a" * 64, "metrics": {"figures": {}}}
SERVES = {"artifact_sha256": "b" * 64}


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


def finish(training, incumbent, *, promoted, reason="Because", **facts):
    learned = {"grant_ids": [1, 2], "annotation_ids": [], "label_ids": [3]}
    finish_training(
        training,
        incumbent=incumbent,
        promoted=promoted,
        reason=reason,
        snapshot=learned | {"content_sha256": "0" * 64},
        **facts,
    )


def statuses():
    return list(ModelVersion.objects.order_by("pk").values_list("status", flat=True))


def test_a_promoted_training_retires_the_active_version_in_one_go(training, lexical):
    finish(training, lexical, promoted=True, reason="Better by 0.1", **ARTIFACT)
    lexical.refresh_from_db()
    assert (lexical.status, training.status) == ("retired", "active")
    assert lexical.retired_at == training.activated_at == training.finished_at
    assert (training.reason, training.progress) == ("Better by 0.1", 1)
    assert training.artifact_sha256 == "a" * 64


def test_what_it_learned_from_is_kept_with_it(training, lexical):
    finish(training, lexical, promoted=False, **ARTIFACT)
    assert Snapshot.objects.get(model_version=training).grant_ids == [1, 2]


def test_what_a_person_promoted_meanwhile_is_not_promoted_over(training, lexical, administrator):
    chosen = version(lexical, status="retired", **SERVES)
    promote(chosen, administrator, "it knows our words")
    finish(training, lexical, promoted=True, reason="Better by 0.1.", **ARTIFACT)
    assert ModelVersion.objects.active() == chosen
    assert (training.status, training.reason) == (
        "rejected",
        "Better by 0.1. Another version was made active while it was measured.",
    )


def test_a_training_that_cannot_become_active_changes_nothing(training, lexical):
    with pytest.raises(IntegrityError, match="an_active_model_version_has_an_artifact"):
        finish(training, lexical, promoted=True, reason="Better")
    assert statuses() == ["active", "training"]


def test_a_rejected_training_leaves_the_active_version(training, lexical):
    finish(training, lexical, promoted=False, reason="Worse", **ARTIFACT)
    assert statuses() == ["active", "rejected"]
    assert (training.activated_at, training.reason) == (None, "Worse")


def test_a_failed_training_keeps_its_error_and_the_active_version(training):
    fail_training(training, MemoryError("x" * 5000))
    training.refresh_from_db()
    assert training.error.startswith("MemoryError: xxx")
    assert len(training.error) == 2000
    assert statuses() == ["active", "failed"]


def test_a_waiting_request_can_be_stopped(administrator):
    cancel_training(request_training(), administrator)
    assert statuses() == ["active", "cancelled"]
    assert ModelVersion.objects.first().reason == f"Stopped by {administrator}."
    assert AuditEvent.objects.first().action == "training stopped"
    assert take_training() is None


@pytest.mark.parametrize("status", ["evaluated", "rejected", "failed", "cancelled", "retired"])
def test_what_is_over_cannot_be_stopped(lexical, administrator, status):
    with pytest.raises(NoSuchTraining, match="is not in training"):
        cancel_training(version(lexical, status=status), administrator)


@pytest.mark.parametrize("status", ["evaluated", "rejected", "retired"])
def test_a_measured_version_is_promoted_by_hand_and_the_old_one_comes_back(
    lexical, administrator, status
):
    other = version(lexical, status=status, **SERVES)
    promote(other, administrator, "the audit is small")
    assert statuses() == ["retired", "active"]
    assert ModelVersion.objects.active().reason == (
        f"Promoted by {administrator}: the audit is small"
    )
    promote(lexical, administrator, "back")
    assert statuses() == ["active", "retired"]
    lexical.refresh_from_db()
    assert lexical.retired_at is None
    event = AuditEvent.objects.first()
    assert (event.action, event.details) == ("model version promoted", {"reason": "back"})


@pytest.mark.parametrize("status", ["requested", "training", "failed", "cancelled", "active"])
def test_a_version_that_is_not_measured_cannot_be_promoted(lexical, administrator, status):
    chosen = lexical if status == "active" else version(lexical, status=status, **SERVES)
    before = statuses()
    with pytest.raises(NoSuchTraining, match=f"is {status} and cannot be made active"):
        promote(chosen, administrator, "please")
    assert statuses() == before


def test_a_version_without_an_artifact_cannot_be_promoted(lexical, administrator):
    with pytest.raises(NoSuchTraining):
        promote(version(lexical, status="retired"), administrator, "please")


def test_annotators_steer_nothing(lexical, training):
    annotator = UserFactory()
    with pytest.raises(NotAllowed, match="Only administrators"):
        cancel_training(training, annotator)
    with pytest.raises(NotAllowed, match="Only administrators"):
        promote(version(lexical, status="retired", **SERVES), annotator, "please")
    assert statuses() == ["active", "training", "retired"]


def test_the_matcher_is_one_and_stays_as_it_is(lexical):
    lexical.status = "retired"
    lexical.save()
    assert ensure_lexical_version(lexical.taxonomy) == lexical
    assert statuses() == ["retired"]


def test_a_version_that_is_deleted_takes_its_snapshot_along(lexical):
    trained = version(lexical, status="retired")
    Snapshot.objects.create(
        model_version=trained, grant_ids=[], annotation_ids=[], label_ids=[], content_sha256="0"
    )
    trained.delete()
    assert not Snapshot.objects.exists()
