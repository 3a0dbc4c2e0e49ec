"""What became of each model version, and how far a training is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import Annotation, Grant, Label, ModelVersion
from annotation.reports import trainings
from annotation.reports.trainings import (
    learnable,
    n_read_first,
    reading_of,
    training_of,
    versions_now,
)
from annotation.reports.versions import version_row, versions
from annotation.services.model_versions import has_lessons, note_reading_speed, request_training
from annotation.services.trainings import report_progress, take_training
from tests.annotation import random_site
from tests.annotation.test_coverage_report import stands
from tests.factories import (
    AdministratorFactory,
    GrantFactory,
    LabelFactory,
    ModelVersionFactory,
    TaxonomyFactory,
    decide,
)

pytestmark = pytest.mark.django_db
F1 = {"value": 0.71, "low": 0.6, "high": 0.8}


@pytest.fixture
def lexical():
    return ModelVersionFactory(taxonomy=LabelFactory().category.taxonomy)


def version(lexical, **facts):
    return ModelVersion.objects.create(taxonomy=lexical.taxonomy, **facts)


def training_now():
    return training_of(versions_now().in_training)


def n_new():
    return learnable(versions_now().last_begun).n_new


def seconds_since(began):
    return (timezone.now() - began).total_seconds()


def test_versions_come_newest_first(lexical):
    newer = version(lexical, status="failed")
    assert [row.version for row in versions().rows] == [newer, lexical]


def test_versions_of_a_taxonomy_not_in_use_are_left_out(lexical):
    other = TaxonomyFactory(name="Another", is_current=False)
    ModelVersion.objects.create(taxonomy=other, status="failed")
    assert [row.version for row in versions().rows] == [lexical]


GATED = [status for status in ModelVersion.Status.values if status != "in_use"]


@pytest.mark.parametrize("status", GATED)
def test_every_status_has_a_word_and_says_what_can_be_done(status):
    taxonomy = TaxonomyFactory()
    ModelVersion.objects.create(taxonomy=taxonomy, status=status, artifact_sha256="0" * 64)
    (row,) = versions().rows
    assert row.status_word
    assert row.is_active == (status == "active")
    assert not row.is_rollback  # nothing later is active
    assert row.can_promote == (status in ("evaluated", "rejected", "retired"))


def refresh(parent, **facts):
    facts = {"artifact_sha256": "f" * 64, "finished_at": timezone.now()} | facts
    return ModelVersion.objects.create(
        taxonomy=parent.taxonomy, kind="refresh", parent=parent, **facts
    )


def test_refreshes_are_folded_under_their_parent_newest_first(lexical):
    parent = version(lexical, status="retired", activated_at=timezone.now())
    other = version(lexical, status="retired", activated_at=timezone.now())
    old = refresh(parent, status="retired", reason="Learned 9 more.", cpu_seconds=3.14)
    late = refresh(parent, status="rejected", reason="Left out: it would take long.")
    broken = refresh(other, status="failed", error="ValueError: No room")
    of_other, of_parent, _ = versions().rows
    assert (of_other.version, of_parent.version) == (other, parent)
    told = [(r.version, r.status_word, r.words, r.is_bad) for r in of_parent.refreshes]
    assert told == [
        (late, "Left out", "Left out: it would take long.", True),
        (old, "Dropped", "Learned 9 more. It took 3.1 s of the processor.", False),
    ]
    assert [(r.version, r.status_word, r.is_bad) for r in of_other.refreshes] == [
        (broken, "Failed", True)
    ]
    row = version_row(old, parent)
    assert (row.status_word, row.can_promote, row.is_rollback) == ("Dropped", False, False)


@pytest.mark.parametrize("status", ["training", "in_use", "rejected", "failed", "cancelled"])
def test_every_status_of_a_refresh_has_a_word(lexical, status):
    parent = version(lexical, status="retired", activated_at=timezone.now())
    refresh(parent, status=status)
    assert versions().rows[0].refreshes[0].status_word
    assert training_now() is None  # a refresh is no training


def test_a_version_without_an_artifact_cannot_be_promoted(lexical):
    version(lexical, status="retired")
    assert not versions().rows[0].can_promote


def test_figures_come_in_a_fixed_order_and_those_missing_are_left_out(lexical):
    figures = {"clicks": F1, "micro_f1": F1, "unheard_of": F1}
    version(lexical, status="failed", metrics={"figures": figures, "measured_on": "60 grants"})
    row = versions().rows[0]
    assert [metric.name for metric in row.metrics] == ["Micro-F1", "Corrections a grant"]
    assert (row.metrics[0].value, row.metrics[0].low, row.metrics[0].high) == (0.71, 0.6, 0.8)
    assert row.measured_on == "60 grants"
    assert versions().rows[1].metrics == []


def test_the_list_costs_two_queries_whatever_its_length(lexical, django_assert_num_queries):
    for _ in range(9):
        parent = version(lexical, status="retired", activated_at=timezone.now())
        refresh(parent, status="retired", metrics={"learned_from": {}})
    with django_assert_num_queries(2) as asked:
        rows = versions().rows
        assert len([str(row.version.requested_by) for row in rows]) == 10
        assert [len(row.refreshes) for row in rows] == [1] * 9 + [0]
    assert '"metrics"' not in asked.captured_queries[1]["sql"]


def test_nothing_is_in_training(lexical):
    assert training_now() is None


def test_a_waiting_request_is_shown_without_a_guess(lexical):
    request_training()
    now = training_now()
    assert (now.share, now.phase, now.seconds_left) == (0, "Waiting for a worker", None)


def test_a_running_training_goes_before_a_waiting_one(lexical):
    request_training()
    running = take_training()
    request_training()
    assert training_now().version == running


def trained_in(lexical, seconds, **facts):
    """An earlier version whose training took so long."""
    ended = timezone.now() - timedelta(days=1)
    facts = {"status": "rejected", "attempt_started_at": ended - timedelta(seconds=seconds)} | facts
    return version(lexical, finished_at=ended, **facts)


def running_for(seconds):
    request_training()
    training = take_training()
    began = timezone.now() - timedelta(seconds=seconds)
    ModelVersion.objects.filter(pk=training.pk).update(attempt_started_at=began)
    return training, began


def test_the_time_left_is_what_the_last_one_took_without_the_time_spent(lexical):
    trained_in(lexical, 900)
    trained_in(lexical, 240)
    training, began = running_for(60)
    report_progress(training, 0.10, "Fitting")
    now = training_now()
    assert (now.share, now.phase) == (0.10, "Fitting")
    assert 239 - seconds_since(began) <= now.seconds_left <= 180
    # It falls while a phase stands still, too.
    earlier = began - timedelta(minutes=1)
    ModelVersion.objects.filter(pk=training.pk).update(attempt_started_at=earlier)
    assert training_now().seconds_left <= 120


def test_one_that_takes_longer_than_the_last_says_so(lexical):
    trained_in(lexical, 50)
    running_for(60)
    assert (training_now().seconds_left, training_now().is_overdue) == (None, True)


def test_the_time_left_is_not_told_of_the_first_of_its_kind(lexical):
    trained_in(lexical, 240, backend="wide")
    trained_in(lexical, 240, status="failed")
    trained_in(lexical, 240, status="cancelled", attempt_started_at=None)
    training, _ = running_for(60)
    report_progress(training, 0.5, "Fitting")
    assert (training_now().seconds_left, training_now().is_overdue) == (None, False)


def test_only_an_earlier_version_than_the_active_one_is_rolled_back_to(lexical):
    older = version(lexical, status="retired", artifact_sha256="1" * 64)
    ModelVersion.objects.filter(pk=lexical.pk).update(status="retired")
    version(lexical, status="active", artifact_sha256="2" * 64)
    newer = version(lexical, status="retired", artifact_sha256="3" * 64)
    refused = version(lexical, status="rejected", artifact_sha256="4" * 64)
    said = {row.version: (row.can_promote, row.is_rollback) for row in versions().rows}
    assert said[older] == said[lexical] == (True, True)
    assert said[newer] == said[refused] == (True, False)


def test_the_time_left_is_that_of_the_present_attempt(lexical):
    trained_in(lexical, 60)
    request_training()
    take_training()
    an_hour_ago = timezone.now() - timedelta(hours=1)
    ModelVersion.objects.filter(status="training").update(
        started_at=an_hour_ago, attempt_started_at=an_hour_ago, heartbeat_at=an_hour_ago
    )
    second = take_training()
    assert (second.attempt, second.started_at) == (2, an_hour_ago)
    began = timezone.now() - timedelta(seconds=30)
    ModelVersion.objects.filter(pk=second.pk).update(attempt_started_at=began)
    assert 59 - seconds_since(began) <= training_now().seconds_left <= 30


def test_what_is_still_to_be_read_is_told_with_the_time_it_takes(lexical):
    read, *_ = GrantFactory(), GrantFactory(), GrantFactory(queued=True)
    Grant.objects.filter(pk=read.pk).update(scored_by=lexical)
    found = reading_of(lexical)
    assert (found.n_grants, found.n_unread, found.seconds) == (4, 3, None)
    assert n_read_first(lexical) == 1
    assert found.share == 0.25
    note_reading_speed(version(lexical, status="retired"), 0.5)
    assert reading_of(lexical).seconds == 6
    note_reading_speed(lexical, 3)
    lexical.refresh_from_db()
    assert reading_of(lexical).seconds == 1
    Grant.objects.update(scored_by=lexical)
    assert (reading_of(lexical).n_unread, reading_of(lexical).share) == (0, 1)


def test_a_change_of_what_is_read_makes_all_grants_unread(lexical):
    Grant.objects.update(scored_by=lexical)
    assert reading_of(lexical).n_unread == 0
    decide(reading=1)
    assert reading_of(lexical).n_unread == Grant.objects.count()


@pytest.mark.parametrize("seed", range(2))
def test_new_annotations_are_those_that_stand_since_the_newest_training_began(seed):
    random_site.build(seed)
    standing = [a for a in Annotation.objects.order_by("pk") if stands(a)]
    assert n_new() == len(standing) > 5
    began = standing[4].submitted_at
    lexical = ModelVersion.objects.get()
    version(lexical, status="retired", started_at=began - timedelta(days=1))
    version(lexical, status="failed", started_at=began)
    assert n_new() == sum(a.submitted_at > began for a in standing)


def test_new_annotations_are_counted_no_further_than_anybody_wants_to_know(client, monkeypatch):
    random_site.build(0)
    client.force_login(AdministratorFactory())
    whole = n_new()
    assert "or more since the last training" not in client.get("/versions/").content.decode()
    monkeypatch.setattr(trainings, "MOST_NEW", whole - 1)
    assert n_new() == whole - 1
    assert "or more since the last training" in client.get("/versions/").content.decode()


def test_it_is_known_whether_there_is_any_label(lexical):
    """Of a file here: the other sources are those that are counted."""
    assert learnable(None).has_lessons is has_lessons() is True
    Label.objects.all().delete()
    assert learnable(None).has_lessons is has_lessons() is False
