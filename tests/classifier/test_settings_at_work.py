"""What administrators decide, as the reading, the ticking and the gate carry it out."""

import pytest

from annotation.models import Grant, ModelVersion, QueueItem, Suggestion
from annotation.models.grants import lot
from annotation.services.model_versions import request_training
from annotation.services.priorities import work_waits
from annotation.services.site_settings import change_settings
from classifier import ordering, scoring, workflow
from classifier.scoring import score_waiting_grants
from tests.factories import GrantFactory, decide

pytestmark = pytest.mark.django_db(transaction=True)


def change(**values):
    """As the page does it, whatever the revision is."""
    change_settings(None, decide().revision, values)


def test_other_texts_are_read_at_once_and_only_once(categories, pool):
    assert score_waiting_grants() == 4
    assert score_waiting_grants() == 0
    for grant, code in zip(pool, ("SPORT", "GARDEN", "ARTS"), strict=False):
        Grant.objects.filter(pk=grant.pk).update(recipient_name=f"Friends of {code}")
    change(text_fields=["recipient_name"])
    assert score_waiting_grants() == 4
    best = Suggestion.objects.filter(rank=1).order_by("grant")
    assert list(best.values_list("category__code", flat=True)) == ["SPORT", "GARDEN", "ARTS"]
    assert score_waiting_grants() == 0


def test_until_a_grant_s_turn_comes_it_keeps_its_suggestions(categories, pool):
    score_waiting_grants()
    before = Suggestion.objects.count()
    change(text_fields=["title"])
    assert Suggestion.objects.count() == before
    assert not Grant.objects.filter(scored_by=None).exists()


def test_the_next_training_learns_from_the_texts_that_are_set(labelled_grants, pool):
    request_training()
    first = workflow.train_requested()
    change(text_fields=["title"])
    request_training()
    second = workflow.train_requested()
    assert first.snapshot.grant_ids == second.snapshot.grant_ids
    assert first.snapshot.content_sha256 != second.snapshot.content_sha256
    assert first.snapshot.taxonomy_release == first.taxonomy.release


@pytest.mark.parametrize("threshold", [0.05, 0.95])
def test_a_named_probability_is_what_ticks(categories, pool, threshold):
    score_waiting_grants()
    change(ticking="fixed", fixed_threshold=threshold)
    score_waiting_grants()
    assert Suggestion.objects.exists()
    for suggestion in Suggestion.objects.all():
        assert suggestion.is_ticked == (suggestion.score >= threshold)


def test_the_tuned_threshold_comes_back_with_its_choice(categories, pool):
    def ticked():
        rows = Suggestion.objects.filter(is_ticked=True)
        return set(rows.values_list("grant", "category"))

    score_waiting_grants()
    before = ticked()
    change(ticking="fixed", fixed_threshold=0.95)
    score_waiting_grants()
    assert before
    assert not ticked()
    change(ticking="tuned")
    score_waiting_grants()
    assert ticked() == before


def test_what_is_under_the_least_probability_is_not_listed(categories, pool):
    score_waiting_grants()
    highest = max(Suggestion.objects.values_list("score", flat=True))
    for least, is_listed in ((highest + 0.01, False), (highest - 0.01, True)):
        change(least_score=round(least, 6))
        score_waiting_grants()
        assert Suggestion.objects.exists() == is_listed


def test_a_new_random_share_orders_the_queue_anew_and_reads_no_grant(categories, pool):
    GrantFactory.create_batch(30, queued=True, description="mural gallery")
    change(coverage_share=0.0)
    assert score_waiting_grants() == 34
    for share in (0.18, 0.9):
        change(random_share=share)
        assert work_waits()
        assert score_waiting_grants() == 0
        assert not work_waits()
        for item in QueueItem.objects.exclude(stream="audit").select_related("grant"):
            is_random = lot(item.grant.reference, "random") < share / 0.9
            assert item.stream == ("random" if is_random else "least_confident")


def test_after_so_many_annotations_the_queue_is_due_and_ordered_once(categories, pool, annotate):
    GrantFactory.create_batch(10, queued=True, description="mural gallery")
    change(order_every=3)
    score_waiting_grants()
    for n, grant in enumerate(QueueItem.objects.exclude(stream="audit")[:3]):
        assert not work_waits(), n
        annotate(grant.grant, "ARTS")
    assert work_waits()
    assert score_waiting_grants() == 0
    assert not work_waits()
    assert QueueItem.objects.open().filter(priority__gt=1).exists()
    change(order_every=0)
    for item in QueueItem.objects.open().exclude(stream="audit")[:4]:
        annotate(item.grant, "ARTS")
    assert not work_waits()


def test_what_was_annotated_has_the_beginning_ordered_and_leaves_the_far_end(
    categories, pool, annotate, monkeypatch
):
    GrantFactory.create_batch(20, queued=True, description="mural gallery")
    change(order_every=3)
    score_waiting_grants()
    assert not QueueItem.objects.open().filter(priority__gt=1).exists()
    for _ in range(3):
        annotate(QueueItem.objects.open().exclude(stream="audit").first().grant, "ARTS")
    # Nobody's plan changes unless the settings do.
    marked = QueueItem.objects.open().soonest_first().last()
    QueueItem.objects.filter(pk=marked.pk).update(is_blind=not marked.is_blind)
    before = places()
    monkeypatch.setattr(ordering, "HEAD", 5)
    assert work_waits()
    assert score_waiting_grants() == 0
    assert not work_waits()
    after = places()
    beginning = {pk for pk, (priority, *_) in after.items() if priority > 1}
    assert len(beginning) == 5
    assert len(before) == 21
    assert {pk: after[pk] for pk in after.keys() - beginning} == {
        pk: before[pk] for pk in before.keys() - beginning
    }


def places():
    rows = QueueItem.objects.open().values_list("pk", "priority", "stream", "reason", "is_blind")
    return {pk: rest for pk, *rest in rows}


def test_what_says_too_little_to_learn_from_comes_last_of_what_is_not_random(categories, pool):
    change(random_share=0.1, coverage_share=0.0)
    GrantFactory.create_batch(10, queued=True, description="mural gallery")
    GrantFactory.create_batch(10, queued=True, description="", quality_flags=["short"])
    score_waiting_grants()
    rest = QueueItem.objects.filter(stream="least_confident").order_by("-priority")
    says_little = ["short" in item.grant.quality_flags for item in rest.select_related("grant")]
    assert {True, False} == set(says_little)
    assert says_little == sorted(says_little)
    late = rest.filter(grant__quality_flags=["short"])
    assert set(late.values_list("reason", flat=True)) == {
        "Its text says too little to learn from, so it comes late."
    }


def test_waiting_grants_follow_the_share_of_second_annotators(categories, pool):
    score_waiting_grants()
    change(second_share=1.0)
    score_waiting_grants()
    assert set(QueueItem.objects.values_list("n_required", flat=True)) == {2}


def test_a_reading_that_the_settings_overtake_stops_for_the_next(categories, pool, monkeypatch):
    monkeypatch.setattr(scoring, "BATCH", 2)
    read = scoring._Reader._read

    def and_then_somebody_saves(self, batch):
        read(self, batch)
        change(least_score=0.05)

    monkeypatch.setattr(scoring._Reader, "_read", and_then_somebody_saves)
    assert score_waiting_grants() == 2
    monkeypatch.setattr(scoring._Reader, "_read", read)
    assert score_waiting_grants() == 4
    assert set(Grant.objects.values_list("read_under", flat=True)) == {decide().reading}


def test_the_gate_lets_pass_what_is_worse_by_no_more_than_the_margin(labelled_grants):
    request_training()
    first = workflow.train_requested()
    change(promotion_margin=0.0)
    request_training()
    second = workflow.train_requested()
    assert (second.status, "it must be better" in second.reason) == ("rejected", True)
    change(promotion_margin=0.05)
    request_training()
    third = workflow.train_requested()
    assert third.status == "active"
    assert ModelVersion.objects.get(pk=first.pk).status == "retired"


def test_how_fast_it_read_is_kept(categories):
    GrantFactory.create_batch(110, description="mural")
    score_waiting_grants()
    assert ModelVersion.objects.active().reading_speed > 1
