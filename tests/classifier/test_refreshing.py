"""Between two nights: what was annotated is learned, and read into what annotators get next."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from annotation.errors import NoSuchTraining
from annotation.models import Annotation, Grant, Lease, ModelVersion, QueueItem, Suggestion
from annotation.services.model_versions import promote, request_training
from annotation.services.priorities import work_waits
from annotation.services.queue import claim_next_grant
from annotation.services.queue_order import current_order
from annotation.services.refreshes import in_use
from annotation.services.step_back import step_back
from classifier import heartbeat, refreshing, registry, scoring, workflow
from classifier.scoring import score_waiting_grants
from tests.factories import AdministratorFactory, CategoryFactory, GrantFactory, UserFactory, decide

pytestmark = pytest.mark.django_db(transaction=True)
Status = ModelVersion.Status
LOOM = "tapestry loom weft"  # words of no category and of no labelled grant


class Killed(BaseException):
    """A worker that ends in the middle; no ``except Exception`` sees it."""


@pytest.fixture
def parent(labelled_grants, pool):
    """A version that a night has made, which has read the pool; a refresh after each annotation."""
    decide(order_every=1, blind_share=0.0)
    looms(4)
    request_training()
    version = workflow.train_requested()
    assert version.status == Status.ACTIVE
    assert not work_waits()
    return version


def looms(n):
    return [GrantFactory(title="Loom", description=LOOM, queued=True) for _ in range(n)]


@pytest.fixture
def weave(annotate):
    """``weave()``: somebody says of a waiting grant about looms that it is of ARTS."""

    def weave():
        # Whichever the lot gave to somebody else lies open there.
        free = QueueItem.objects.free(timezone.now())
        item = free.filter(grant__title="Loom").order_by("pk").first()
        return annotate(item.grant, "ARTS")

    return weave


def refreshes():
    return ModelVersion.objects.filter(kind="refresh").order_by("pk")


def of_arts(grant):
    [found] = Suggestion.objects.of_last_readers().filter(grant=grant, category__code="ARTS")
    return found


def has_file(version):
    return (Path(settings.MODEL_STORE) / f"{version.artifact_sha256}.skops").exists()


def read_by(version):
    return set(Grant.objects.filter(scored_by=version).values_list("pk", flat=True))


def test_what_was_annotated_changes_the_suggestions_of_what_waits(parent, weave):
    waiting = Grant.objects.filter(title="Loom").last()
    before = of_arts(waiting)
    # Chosen when ever so few examples of it were known.
    QueueItem.objects.filter(grant=waiting).update(covers=before.category, covers_score=1.0)
    weave()
    score_waiting_grants()
    [refresh] = refreshes()
    after = of_arts(waiting)
    assert (refresh.status, refresh.parent) == (Status.IN_USE, parent)
    assert (before.model_version, after.model_version) == (parent, refresh)
    assert after.score > before.score
    assert after.evidence
    assert QueueItem.objects.get(grant=waiting).covers_score < 1.0
    assert not work_waits()
    assert ModelVersion.objects.active() == parent


def test_a_decision_names_the_refresh_that_suggested(parent, weave, annotate):
    weave()
    score_waiting_grants()
    [refresh] = refreshes()
    assert weave().model_version == refresh


def test_thresholds_are_those_of_the_parent(parent, weave):
    weave()
    score_waiting_grants()
    child, of_parent = registry.load(refreshes().get()), registry.load(parent)
    assert (child.thresholds_ == of_parent.thresholds_).all()
    assert not (child.scorer_.ridge == of_parent.scorer_.ridge).all()


def test_a_threshold_named_by_staff_ticks_and_is_not_stored(parent, weave):
    decide(ticking="fixed", fixed_threshold=0.05)
    weave()
    score_waiting_grants()
    child, of_parent = registry.load(refreshes().get()), registry.load(parent)
    assert (child.thresholds_ == of_parent.thresholds_).all()
    for suggestion in Suggestion.objects.filter(model_version=refreshes().get()):
        assert suggestion.is_ticked == (suggestion.score >= 0.05)


def test_audit_and_blind_grants_and_open_ones_stay_as_they_are(parent, weave):
    weave()
    blind = looms(1)[0]
    audit = Grant.objects.get(stream="audit")
    score_waiting_grants()  # the new grant is read by the parent first, then by its refresh
    Grant.objects.filter(pk=blind.pk).update(scored_by=parent)
    QueueItem.objects.filter(grant=blind).update(is_blind=True)
    reader = UserFactory()
    claim = claim_next_grant(reader)
    weave()
    score_waiting_grants()
    newest = refreshes().last()
    untouched = {blind.pk, audit.pk, claim.grant.pk}
    assert not untouched & read_by(newest)
    assert read_by(newest)
    item = QueueItem.objects.get(grant=claim.grant)
    assert [s["score"] for s in item.shown] == [s["score"] for s in claim.shown]
    assert not Suggestion.objects.filter(model_version=newest, grant__in=untouched).exists()


def test_what_teaches_nothing_makes_no_refresh(parent, annotate):
    annotate(Grant.objects.get(stream="audit"), "ARTS")
    score_waiting_grants()
    assert not refreshes().exists()
    assert not work_waits()


def test_with_the_setting_at_0_there_is_none(parent, weave):
    decide(order_every=0)
    weave()
    score_waiting_grants()
    assert not refreshes().exists()


def test_the_word_matcher_has_no_refresh(categories, pool, annotate):
    decide(order_every=1)
    score_waiting_grants()
    annotate(Grant.objects.get(title="Waiting ARTS"), "ARTS")
    score_waiting_grants()
    assert not refreshes().exists()


def test_only_the_newest_keeps_its_file_and_all_keep_their_rows(parent, weave):
    for _ in range(2):
        weave()
        score_waiting_grants()
    first, second = refreshes()
    assert first.status == second.status == Status.IN_USE
    assert [has_file(version) for version in (parent, first, second)] == [True, False, True]
    assert first.snapshot.annotation_ids < second.snapshot.annotation_ids
    registry.remove_orphans()
    assert [has_file(version) for version in (parent, second)] == [True, True]


def test_of_a_long_queue_it_reads_the_beginning(parent, weave, monkeypatch):
    monkeypatch.setattr(scoring, "READ_AGAIN", 2)
    weave()
    queue = QueueItem.objects.open().filter(grant__stream="pool").soonest_first()
    first = set(queue.values_list("grant", flat=True)[:2])
    score_waiting_grants()
    assert read_by(refreshes().get()) == first
    assert not Grant.objects.not_scored_by(parent).exists()


def test_another_promotion_drops_it_and_its_parent_reads_again_when_it_comes_back(parent, weave):
    grace = AdministratorFactory()
    weave()
    score_waiting_grants()
    [refresh] = refreshes()
    promote(ModelVersion.objects.get(kind="lexical"), grace, "to see")
    refresh.refresh_from_db()
    assert refresh.status == Status.RETIRED
    score_waiting_grants()
    promote(parent, grace, "back")
    refresh.refresh_from_db()
    assert refresh.status == Status.RETIRED
    score_waiting_grants()
    assert not Grant.objects.exclude(scored_by=parent).exists()
    registry.remove_replaced_refreshes()
    assert not has_file(refresh)


def test_it_is_never_promoted_and_never_stepped_back_to(parent, weave):
    weave()
    score_waiting_grants()
    [refresh] = refreshes()
    with pytest.raises(NoSuchTraining, match="is a refresh of"):
        promote(refresh, AdministratorFactory(), "to see")
    step_back(parent, "its file is gone")
    assert ModelVersion.objects.active().kind == "lexical"


def test_the_night_compares_with_the_gated_version(parent, weave, monkeypatch):
    weave()
    score_waiting_grants()
    [refresh] = refreshes()
    measure, against = workflow.measure, []

    def noting(candidate, incumbent, *rest):
        against.append(incumbent)
        return measure(candidate, incumbent, *rest)

    monkeypatch.setattr(workflow, "measure", noting)
    request_training()
    night = workflow.train_requested()
    assert against == [parent]
    refresh.refresh_from_db()
    assert (night.status == Status.ACTIVE) == (refresh.status == Status.RETIRED)
    assert night.snapshot.grant_ids == sorted({*parent.snapshot.grant_ids,
                                               *refresh.snapshot.grant_ids})  # fmt: skip


def test_a_promotion_meanwhile_stops_it(parent, weave, monkeypatch):
    weave()
    ordered_after, before = current_order().last_annotation, priorities()
    learn = refreshing.refitted

    def and_meanwhile(*facts):
        promote(ModelVersion.objects.get(kind="lexical"), None, "meanwhile")
        return learn(*facts)

    monkeypatch.setattr(refreshing, "refitted", and_meanwhile)
    score_waiting_grants()
    [refresh] = refreshes()
    assert refresh.status == Status.CANCELLED
    assert not Suggestion.objects.filter(model_version=refresh).exists()
    # The order is left to the version that is active now, which finds the same annotations new.
    assert current_order().last_annotation == ordered_after
    assert priorities() == before


def priorities():
    waiting = QueueItem.objects.open().order_by("pk")
    return list(waiting.values_list("pk", "priority"))


def test_a_promotion_while_it_reads_stops_the_reading(parent, weave, monkeypatch):
    weave()
    monkeypatch.setattr(scoring, "BATCH", 1)
    read = scoring._Reader._read

    def and_meanwhile(self, batch):
        read(self, batch)
        promote(ModelVersion.objects.get(kind="lexical"), None, "meanwhile")
        monkeypatch.setattr(scoring._Reader, "_read", read)

    monkeypatch.setattr(scoring._Reader, "_read", and_meanwhile)
    score_waiting_grants()
    [refresh] = refreshes()
    assert refresh.status == Status.RETIRED
    assert len(read_by(refresh)) == 1
    score_waiting_grants()
    assert not read_by(refresh)


@pytest.mark.parametrize(
    ("where", "step"),
    [
        (refreshing, "refitted"),
        (registry, "store"),
        (refreshing, "finish_refresh"),
        (registry, "remove_replaced_refreshes"),
        (scoring._Reader, "read_next"),
        (scoring._Reader, "order"),
    ],
)
def test_killed_at_any_step_it_goes_on(parent, weave, monkeypatch, where, step):
    weave()

    def dies(*_, **__):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(where, step, dies)
        with pytest.raises(Killed):
            score_waiting_grants()
    assert work_waits()
    score_waiting_grants()
    [refresh] = refreshes()
    assert refresh.status == Status.IN_USE
    waiting = QueueItem.objects.open().filter(grant__stream="pool", is_blind=False)
    assert read_by(refresh) == set(waiting.values_list("grant", flat=True))
    assert not work_waits()


def test_killed_while_it_reads_it_loses_one_batch(parent, weave, monkeypatch):
    weave()
    monkeypatch.setattr(scoring, "BATCH", 1)
    read, n_read = scoring._Reader._read, []

    def and_dies(self, batch):
        n_read.append(len(batch))
        if len(n_read) == 3:
            raise Killed
        read(self, batch)

    monkeypatch.setattr(scoring._Reader, "_read", and_dies)
    with pytest.raises(Killed):
        score_waiting_grants()
    [refresh] = refreshes()
    assert len(read_by(refresh)) == 2
    score_waiting_grants()
    assert refreshes().get() == refresh
    waiting = QueueItem.objects.open().filter(grant__stream="pool").count()
    assert len(n_read) == 1 + waiting
    assert len(read_by(refresh)) == waiting


def test_one_whose_workers_die_three_times_is_given_up_and_the_queue_ordered(
    parent, weave, monkeypatch
):
    weave()

    def dies(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(refreshing, "refitted", dies)
        for _ in range(3):
            with pytest.raises(Killed):
                score_waiting_grants()
        score_waiting_grants()
    [refresh] = refreshes()
    assert refresh.status == Status.FAILED
    assert "died 3 times" in refresh.error
    assert not work_waits()
    weave()
    score_waiting_grants()
    assert refreshes().last().status == Status.IN_USE


def test_one_that_fails_leaves_all_as_it_was(parent, weave, monkeypatch):
    weave()
    before = list(Suggestion.objects.order_by("pk").values())

    def fails(*_):
        raise ValueError("No room")

    monkeypatch.setattr(refreshing, "refitted", fails)
    score_waiting_grants()
    [refresh] = refreshes()
    assert (refresh.status, refresh.error) == (Status.FAILED, "ValueError: No room")
    assert list(Suggestion.objects.order_by("pk").values()) == before
    assert not work_waits()


def test_one_that_would_take_too_long_is_left_out_and_says_so(parent, weave, monkeypatch):
    monkeypatch.setattr(refreshing, "MOST_CPU_SECONDS", 0.0)
    for _ in range(2):
        weave()
        score_waiting_grants()
    [left_out] = refreshes()
    assert left_out.status == Status.REJECTED
    assert "Left out: learning from 26 grants would take about" in left_out.reason
    assert not Suggestion.objects.filter(model_version=left_out).exists()
    assert not work_waits()


def test_how_long_the_last_one_took_tells_how_long_the_next_will(parent, weave, monkeypatch):
    weave()
    score_waiting_grants()
    refreshes().update(cpu_seconds=50.0, n_training_grants=10)
    weave()
    score_waiting_grants()
    assert "would take about 130 s" in refreshes().last().reason  # 26 grants


def test_a_slow_one_of_another_night_is_not_believed(parent, weave):
    other = ModelVersion.objects.create(
        taxonomy=parent.taxonomy, status=Status.RETIRED, activated_at=timezone.now()
    )
    ModelVersion.objects.create(
        taxonomy=parent.taxonomy, kind="refresh", parent=other, status=Status.RETIRED,
        n_training_grants=1, cpu_seconds=500.0,
    )  # fmt: skip
    weave()
    score_waiting_grants()
    assert in_use(parent).count() == 1


def test_where_only_new_categories_are_spoken_of_there_is_none(parent, categories, annotate):
    for category in categories.values():
        category.retired_at = timezone.now()
        category.save()
    CategoryFactory(facet=category.facet, code="WORMS", label="Compost and worms")
    annotate(Grant.objects.filter(title="Loom").first(), "WORMS")
    score_waiting_grants()
    assert not refreshes().exists()
    assert not work_waits()


def test_a_damaged_file_is_refused_and_another_one_made(parent, weave, monkeypatch):
    weave()

    def dies(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(scoring._Reader, "read_next", dies)
        with pytest.raises(Killed):
            score_waiting_grants()
    [first] = refreshes()
    (Path(settings.MODEL_STORE) / f"{first.artifact_sha256}.skops").write_bytes(b"damaged")
    score_waiting_grants()
    first, second = refreshes()
    assert (first.status, second.status) == (Status.FAILED, Status.IN_USE)
    assert "has changed since it was written" in first.error
    assert read_by(second)


def test_two_workers_at_once_make_one(parent, weave):
    weave()

    def work(_):
        try:
            return score_waiting_grants()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, range(2)))
    assert in_use(parent).count() == refreshes().count() == 1


def test_a_worker_that_was_given_up_writes_no_more(parent, weave, monkeypatch):
    """Its lease ran out while it learned, and another worker has finished the same refresh."""
    monkeypatch.setattr(heartbeat, "INTERVAL", 3600.0)  # it fell silent
    weave()
    learn = refreshing.refitted

    def and_another(*facts):
        monkeypatch.setattr(refreshing, "refitted", learn)
        Lease.objects.update(held_until=timezone.now() - timedelta(minutes=1))
        score_waiting_grants()
        return learn(*facts)

    monkeypatch.setattr(refreshing, "refitted", and_another)
    score_waiting_grants()
    [refresh] = refreshes()
    assert (refresh.status, refresh.attempt) == (Status.IN_USE, 2)
    assert not work_waits()


def test_a_category_retired_since_is_learned_no_more_and_a_new_one_waits(parent, weave, categories):
    garden = categories["GARDEN"]
    garden.retired_at = timezone.now()
    garden.save()
    weave()
    score_waiting_grants()
    [refresh] = refreshes()
    offered = Suggestion.objects.filter(model_version=refresh)
    assert "GARDEN" not in set(offered.values_list("category__code", flat=True))
    assert offered.exists()


def test_it_keeps_what_it_learned_beyond_its_parent(parent, weave):
    annotation = weave()
    score_waiting_grants()
    [refresh] = refreshes()
    assert refresh.snapshot.annotation_ids == [annotation.pk]
    assert refresh.snapshot.grant_ids == [annotation.grant_id]
    assert refresh.n_training_grants == parent.n_training_grants + 1
    assert refresh.cpu_seconds > 0
    assert Annotation.objects.count() == 1


@pytest.fixture
def untaught(pool):
    """The version of a site's first night, which knows words alone; it has read the pool."""
    decide(order_every=1, blind_share=0.0)
    request_training()
    version = workflow.train_requested()
    assert (version.status, version.is_untaught) == (Status.ACTIVE, True)
    return version


def test_the_first_labels_are_learned_by_a_whole_training(untaught, annotate):
    annotate(Grant.objects.get(title="Waiting ARTS"), "ARTS")
    score_waiting_grants()
    assert not refreshes().exists()
    assert ModelVersion.objects.waiting().count() == 1
    assert not work_waits()  # it is ordered meanwhile, and asked for once
    night = workflow.train_requested()
    assert night.n_training_grants == 1


def test_what_teaches_an_untaught_version_nothing_asks_for_no_training(untaught, annotate):
    annotate(Grant.objects.get(stream="audit"), "ARTS")
    score_waiting_grants()
    assert not refreshes().exists()
    assert not ModelVersion.objects.waiting().exists()
    assert not work_waits()
