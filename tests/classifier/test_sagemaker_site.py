"""A site's trainings in SageMaker: begun once, ended when nobody waits, and nothing left there."""

import os
import signal
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from annotation.errors import NoSuchTraining
from annotation.models import AuditEvent, ModelVersion, SagemakerAccount, SagemakerJob
from annotation.services import sagemaker_jobs
from annotation.services.model_versions import cancel_training
from annotation.services.sagemaker_account import (
    agree_that_texts_leave,
    change_account,
    withdraw_agreement,
)
from annotation.services.trainings import report_progress
from classifier.backends.aws import AwsFault
from classifier.backends.options import OPTIONS
from classifier.backends.sagemaker_account import NotAgreed
from classifier.backends.sagemaker_blazingtext import NAME, BlazingText
from classifier.sagemaker_site import OurSite, end_forsaken_jobs
from tests.aws_places import BUCKET, CREDENTIALS, REGION
from tests.classifier.backends.test_sagemaker_blazingtext import snapshot
from tests.factories import AdministratorFactory, ModelVersionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
GONE = 503, "ServiceUnavailable", "Please try again"
DENIED = 400, "AccessDeniedException", "it is not authorized"


class Crash(BaseException):
    """Of a process: whatever it was about to do is left as it is."""


@pytest.fixture
def grace():
    return AdministratorFactory(username="grace")


@pytest.fixture
def agreed(grace):
    place = {"region": REGION, "bucket": BUCKET, "limit_minutes": 5,
             "role": "arn:aws:iam::123456789012:role/train"}  # fmt: skip
    change_account(grace, 0, place)
    agree_that_texts_leave(grace, 1)
    return SagemakerAccount.objects.current()


@pytest.fixture
def version(db):
    return ModelVersionFactory(
        kind="trained", status="training", attempt=1, heartbeat_at=timezone.now()
    )


def fit(version, when=None, raises=Crash, given=None):
    """Train it; ``raises`` when progress is told in words that hold ``when``."""

    def tell(share, words):
        report_progress(version, share, words)
        if when and when in words:
            raise raises

    return BlazingText(pause=0.02).fit_with(given or snapshot(), str(version.pk), tell)


def ended(version, status="failed"):
    ModelVersion.objects.filter(pk=version.pk).update(status=status)


def later(minutes=20):
    """As if so many minutes had gone by since the jobs were asked for."""
    gone = timezone.now() - timedelta(minutes=minutes)
    SagemakerJob.objects.update(opened_at=gone, look_at=gone)


def row():
    return SagemakerJob.objects.get()


def test_a_job_is_remembered_with_its_version_until_nothing_is_left(
    agreed, version, sagemaker, store
):
    fit(version)
    job = row()
    assert (job.version, job.region, job.bucket) == (version, REGION, BUCKET)
    assert job.name.startswith(f"classie-{agreed.site}-{version.pk}-")
    assert not sagemaker_jobs.work_waits()  # the training may need the file once more
    ended(version, "rejected")
    assert sagemaker_jobs.work_waits()
    call_command("end_sagemaker_jobs")
    assert store.files() == []
    assert row().closed_at
    assert (row().status, row().seconds >= 1) == ("Completed", True)
    assert not sagemaker_jobs.work_waits()


@pytest.mark.parametrize("form", ["file", "augmented_manifest"])
@pytest.mark.parametrize("when", ["sending", "asking", "after", "Calibrating"])
def test_a_worker_that_dies_is_followed_by_one_that_goes_on_with_the_job(
    agreed, version, sagemaker, grace, when, form
):
    change_account(grace, agreed.revision, {"training_form": form})
    sagemaker.holds = when == "after"
    with pytest.raises(Crash):
        fit(version, when)
    assert end_forsaken_jobs() == 0  # somebody may go on with it
    sagemaker.release()
    ModelVersion.objects.filter(pk=version.pk).update(attempt=2)
    fit(ModelVersion.objects.get(pk=version.pk))
    assert sagemaker.calls.count("CreateTrainingJob") == len(sagemaker.jobs) == 1
    assert "StopTrainingJob" not in sagemaker.calls


def test_a_cancelled_training_leaves_nothing_running(agreed, version, sagemaker, store, grace):
    sagemaker.holds = True

    def cancel(share, words):
        if "after" in words:
            cancel_training(version, grace)
        report_progress(version, share, words)

    with pytest.raises(NoSuchTraining):
        BlazingText(pause=0.02).fit_with(snapshot(), str(version.pk), cancel)
    assert sagemaker.calls[-1] == "StopTrainingJob"
    assert end_forsaken_jobs() == 0
    assert sagemaker.running() == store.files() == []
    assert row().closed_at


def test_a_worker_that_was_given_up_does_not_stop_the_job_of_its_follower(
    agreed, version, sagemaker
):
    sagemaker.holds = True

    def overtaken(share, words):
        if "after" in words:
            ModelVersion.objects.filter(pk=version.pk).update(attempt=2)
        report_progress(version, share, words)

    with pytest.raises(NoSuchTraining):
        BlazingText(pause=0.02).fit_with(snapshot(), str(version.pk), overtaken)
    assert len(sagemaker.running()) == 1
    assert end_forsaken_jobs() == 0
    assert len(sagemaker.running()) == 1


def test_leftovers_of_a_failed_training_are_found_and_stopped(agreed, version, sagemaker, store):
    sagemaker.holds = True
    with pytest.raises(Crash):
        fit(version, "after")
    ended(version)
    end_forsaken_jobs()
    assert sagemaker.calls[-1] == "StopTrainingJob"
    later()
    end_forsaken_jobs()
    assert sagemaker.running() == store.files() == []


def test_a_job_that_turns_up_after_its_worker_has_died_is_stopped_too(
    agreed, version, sagemaker, store
):
    """Crashed between remembering and asking; the call was still on its way."""
    with pytest.raises(Crash):
        fit(version, "sending")
    ended(version)
    assert end_forsaken_jobs() == 1  # unknown there, as yet
    assert not row().closed_at
    sagemaker.holds = True
    ended(version, "training")
    with pytest.raises(Crash):
        fit(version, "after")
    ended(version)
    later(10)
    end_forsaken_jobs()
    later(10)
    assert end_forsaken_jobs() == 0
    assert sagemaker.running() == store.files() == []


def test_another_form_of_the_same_texts_is_another_job_and_nothing_of_either_is_left(
    agreed, version, sagemaker, store, grace
):
    sagemaker.holds = True
    with pytest.raises(Crash):
        fit(version, "after")
    change_account(grace, agreed.revision, {"training_form": "augmented_manifest"})
    sagemaker.holds = False
    fit(version)
    assert len(sagemaker.jobs) == 2
    assert sagemaker.running() == []
    assert [key for key in store.files() if key.endswith("class-map.json")]
    ended(version)
    later()
    end_forsaken_jobs()
    later()
    assert end_forsaken_jobs() == 0
    assert store.files() == []


def test_what_never_turned_up_is_done_with(agreed, version, sagemaker):
    with pytest.raises(Crash):
        fit(version, "sending")
    ended(version)
    later()
    assert end_forsaken_jobs() == 0
    assert (row().status, row().seconds) == ("", 0)


def test_an_aws_that_is_away_is_asked_again_and_the_row_says_why(agreed, version, sagemaker):
    with pytest.raises(Crash):
        fit(version, "sending")
    ended(version)
    sagemaker.refusals["DescribeTrainingJob"] = [DENIED]
    assert end_forsaken_jobs() == 1
    assert "refuses describe_training_job (AccessDeniedException)" in row().problem
    assert not sagemaker_jobs.work_waits()  # not before another minute
    later()
    assert end_forsaken_jobs() == 0
    assert row().problem == ""


def test_other_texts_end_the_job_of_the_attempt_before(agreed, version, sagemaker):
    """Somebody annotates between two attempts: the model must know what its version says."""
    sagemaker.holds = True
    with pytest.raises(Crash):
        fit(version, "after")
    sagemaker.holds = False  # the first one never begins, and is stopped
    fit(version, given=snapshot(66))
    assert len(sagemaker.jobs) == 2
    assert sagemaker.running() == []


def test_a_job_of_other_texts_that_turns_up_late_is_ended_while_its_version_trains(
    agreed, version, sagemaker, store
):
    """It was on its way to SageMaker when its follower asked, which could stop nothing yet."""
    with pytest.raises(Crash):
        fit(version, "sending")
    first = row().name
    sagemaker.holds = True
    with pytest.raises(Crash):
        fit(version, "after", given=snapshot(66))
    second = SagemakerJob.objects.get(version=version).name
    assert second != first
    request = sagemaker.jobs[second].asked
    sagemaker.answer("CreateTrainingJob", request | {"TrainingJobName": first})
    later(1)
    for _ in range(2):
        end_forsaken_jobs()
        later(1)
    assert sagemaker.running() == [second]
    assert SagemakerJob.objects.get(name=first).closed_at
    assert not [key for key in store.files() if first in key]


def test_whoever_was_given_up_while_it_sent_asks_for_no_job(agreed, version, sagemaker):
    def overtaken(share, words):
        if "asking" in words:
            ModelVersion.objects.filter(pk=version.pk).update(attempt=2)
        report_progress(version, share, words)

    with pytest.raises(NoSuchTraining):
        BlazingText(pause=0.02).fit_with(snapshot(), str(version.pk), overtaken)
    assert "CreateTrainingJob" not in sagemaker.calls


def test_a_place_that_changes_between_two_attempts_ends_the_job_in_the_old_one(
    agreed, version, sagemaker, store, grace
):
    sagemaker.holds = True
    with pytest.raises(Crash):
        fit(version, "after")
    old = row()
    change_account(grace, agreed.revision, {"prefix": "elsewhere"})
    sagemaker.holds = False
    fit(version)
    later()
    end_forsaken_jobs()
    assert sagemaker.running() == []
    assert SagemakerJob.objects.get(pk=old.pk).closed_at
    assert all(key.startswith("elsewhere/") for key in store.files())


def test_a_job_that_aws_is_silent_about_does_not_keep_the_others_waiting(
    agreed, version, sagemaker
):
    def dies(number, frame):
        raise Crash

    for given in (None, snapshot(66)):
        with pytest.raises(Crash):
            fit(version, "sending", given=given)
    ended(version)
    later()
    first, second = SagemakerJob.objects.order_by("pk")
    before = signal.signal(signal.SIGUSR1, dies)
    sagemaker.on_call = lambda: os.kill(os.getpid(), signal.SIGUSR1)
    try:
        with pytest.raises(Crash):  # as the task's limit ends the process
            end_forsaken_jobs()
    finally:
        sagemaker.on_call = None
        signal.signal(signal.SIGUSR1, before)
    assert end_forsaken_jobs() == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert second.closed_at
    assert not first.closed_at
    assert first.look_at > timezone.now()


def test_unticked_the_next_training_is_refused_before_anything_leaves(
    agreed, version, sagemaker, store, grace
):
    assert OurSite().wants() == OPTIONS[NAME].wants() == ""
    withdraw_agreement(grace, agreed.revision)
    assert "No administrator has agreed" in OPTIONS[NAME].wants()
    with pytest.raises(NotAgreed, match="No administrator has agreed"):
        fit(version)
    assert sagemaker.calls == store.files() == []
    assert not SagemakerJob.objects.exists()


def test_what_is_not_said_yet_is_named(grace):
    assert "Nobody has said which bucket" in OurSite().wants()
    role = "arn:aws:iam::123456789012:role/train"
    change_account(grace, 0, {"region": "xx-nowhere-1", "bucket": BUCKET, "role": role})
    assert "is not known in xx-nowhere-1" in OurSite().wants()


def test_no_row_no_page_and_no_log_holds_a_credential(
    agreed, version, sagemaker, client, grace, caplog
):
    quoted = f"The security token was {' '.join(CREDENTIALS)}"
    sagemaker.refusals["CreateTrainingJob"] = [(400, "UnheardOf", quoted)]
    with caplog.at_level(0), pytest.raises(AwsFault) as caught:
        fit(version)
    ended(version)
    sagemaker.refusals["DescribeTrainingJob"] = [(400, "UnheardOf", quoted)]
    with caplog.at_level(0):
        end_forsaken_jobs()
    assert "UnheardOf" in row().problem
    client.force_login(grace)
    rows = [list(model.objects.values()) for model in (SagemakerAccount, SagemakerJob, AuditEvent)]
    page = client.get("/settings/sagemaker/").content.decode()
    told = f"{rows}{page}{caplog.text}{caught.value}{ModelVersion.objects.values()}"
    assert not [one for one in CREDENTIALS if one in told]
