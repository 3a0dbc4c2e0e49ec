"""The night, from request to a reordered queue."""

import pytest
from django.db.models import F
from django.utils import timezone

from annotation.models import (
    Category,
    Grant,
    Label,
    ModelVersion,
    QueueItem,
    QueueOrder,
    SiteSettings,
    Snapshot,
    Suggestion,
)
from annotation.models.grants import lot
from annotation.patterns import Rule
from annotation.services.coverage_nights import count_due, count_waits
from annotation.services.model_versions import cancel_training, promote, request_training
from annotation.services.queue import claim_next_grant
from annotation.services.trainings import report_progress
from classifier import registry, scoring, workflow
from classifier.dataset import audit_set, background, categories_of, training_set
from classifier.measuring import measure
from classifier.ml.estimators import CategoryClassifier
from classifier.scoring import score_waiting_grants
from tests.classifier.conftest import WORDS, text_about
from tests.factories import (
    AdministratorFactory,
    GrantFactory,
    LabelFactory,
    UserFactory,
    counted_at_once,
)

pytestmark = pytest.mark.django_db(transaction=True)
Status = ModelVersion.Status


def a_night():
    request_training()
    return workflow.train_requested()


def test_with_nothing_requested_nothing_is_trained(labelled_grants):
    assert workflow.train_requested() is None


def test_the_lexical_matcher_suggests_before_any_training(categories, pool):
    assert score_waiting_grants() == 4
    assert set(Suggestion.objects.values_list("is_lexical", flat=True)) <= {True}
    assert not Grant.objects.filter(scored_by=None).exists()


def test_a_night_promotes_scores_and_reorders_the_queue(labelled_grants, pool):
    version = a_night()
    assert version.status == Status.ACTIVE
    assert version.n_training_grants == 24
    assert version.metrics["figures"]["micro_f1"]["value"] > 0.7
    assert ModelVersion.objects.filter(status=Status.RETIRED, kind="lexical").exists()
    assert set(Grant.objects.values_list("scored_by", flat=True)) == {version.pk}
    sport = Suggestion.objects.filter(grant__title="Waiting SPORT", is_ticked=True)
    assert list(sport.values_list("category__code", flat=True)) == ["SPORT"]
    # By lot, which the reference settles for ever.
    for item in QueueItem.objects.exclude(stream="audit").select_related("grant"):
        is_random = lot(item.grant.reference, "random") < SiteSettings().random_of_pool
        assert (item.stream == "random") == is_random
        assert item.stream in {"random", "least_confident", "coverage"}
    assert all(QueueItem.objects.values_list("priority", flat=True))


def test_suggestions_carry_the_words_of_the_text(labelled_grants, pool):
    a_night()
    best = Suggestion.objects.get(grant__title="Waiting ARTS", rank=1)
    assert best.evidence
    assert all(word in best.grant.text for word in best.evidence)


def test_the_same_snapshot_gives_the_same_probabilities(labelled_grants, pool):
    def scores():
        rows = Suggestion.objects.order_by("grant", "category")
        return list(rows.values_list("grant", "category", "score"))

    first = a_night()
    before = scores()
    second = a_night()
    Grant.objects.update(scored_by=None)
    score_waiting_grants()
    assert scores() == before
    assert first.snapshot.content_sha256 == second.snapshot.content_sha256


def test_the_audit_stream_is_neither_learned_nor_in_the_snapshot(labelled_grants, pool):
    Grant.objects.filter(pk=labelled_grants[0].pk).update(stream="audit")
    version = a_night()
    assert labelled_grants[0].pk not in version.snapshot.grant_ids
    assert version.n_training_grants == 23


def test_a_worse_candidate_is_refused_and_the_active_version_stays(labelled_grants, categories):
    with counted_at_once():
        for n in range(54):
            code = list(categories)[n % 3]
            grant = GrantFactory(title="Audit", description=text_about(code, n), stream="audit")
            LabelFactory(grant=grant, category=categories[code])
    good = a_night()
    assert good.metrics["measured_on"] == "54 audit grants"
    # From now on every label is wrong, each in the same way.
    order = list(categories.values())
    for label in Label.objects.filter(grant__stream="pool"):
        label.category = order[(order.index(label.category) + 1) % 3]
        label.save()
    bad = a_night()
    assert bad.status == Status.REJECTED
    assert "54 audit grants" in bad.reason
    assert ModelVersion.objects.active() == good


def test_the_active_version_is_measured_anew_beside_the_candidate(labelled_grants):
    first = a_night()
    second = a_night()
    assert second.metrics["gate"]["incumbent"] == first.metrics["figures"]["micro_f1"]["value"]
    assert second.metrics["gate"]["difference"]["value"] == 0


def test_a_training_whose_grants_have_gone_fails_with_a_reason(categories, labelled_grants):
    request_training()
    Grant.objects.update(stream="audit")
    with pytest.raises(workflow.NothingToLearn):
        workflow.train_requested()
    version = ModelVersion.objects.get(kind="trained")
    assert version.status == Status.FAILED
    assert "audit stream" in version.error


def test_a_failed_training_leaves_the_active_version(labelled_grants, settings, tmp_path):
    blocked = tmp_path / "a file where the folder should be"
    blocked.write_text("")
    settings.MODEL_STORE = blocked
    request_training()
    with pytest.raises(OSError):  # noqa: PT011 - the words are the operating system's
        workflow.train_requested()
    assert ModelVersion.objects.active().is_lexical
    assert ModelVersion.objects.get(kind="trained").status == Status.FAILED


def test_a_cancelled_training_stops_at_its_next_report(labelled_grants, monkeypatch):
    version = request_training()
    said = []

    def cancel_at_the_second(version, share, phase):
        said.append(phase)
        if len(said) == 2:
            cancel_training(ModelVersion.objects.get(pk=version.pk), AdministratorFactory())
        report_progress(version, share, phase)

    monkeypatch.setattr(workflow, "report_progress", cancel_at_the_second)
    workflow.train_requested()
    version.refresh_from_db()
    assert version.status == Status.CANCELLED
    assert len(said) == 2
    assert ModelVersion.objects.active().is_lexical


def test_rolling_back_scores_the_grants_anew(labelled_grants, pool):
    a_night()
    lexical = ModelVersion.objects.get(kind="lexical")
    promote(lexical, AdministratorFactory(), "to see what words alone do")
    assert score_waiting_grants() == Grant.objects.count()
    assert set(Grant.objects.values_list("scored_by", flat=True)) == {lexical.pk}


def test_figures_are_counted_when_another_version_has_read_all_grants(labelled_grants, pool):
    a_night()
    score_waiting_grants()
    assert not count_waits()  # nothing was ticked before
    promote(ModelVersion.objects.get(kind="lexical"), AdministratorFactory(), "to compare")
    score_waiting_grants()
    assert count_waits()
    count_due(lambda go_on: {})
    GrantFactory(queued=True)
    assert score_waiting_grants() == 1
    assert not count_waits()  # one that is new changes nothing that was ticked


def test_scoring_twice_changes_nothing(labelled_grants, pool):
    a_night()
    before = list(Suggestion.objects.order_by("pk").values_list("pk", flat=True))
    assert score_waiting_grants() == 0
    assert list(Suggestion.objects.order_by("pk").values_list("pk", flat=True)) == before


def test_a_claim_keeps_what_it_shows_through_the_night(labelled_grants, pool):
    score_waiting_grants()
    annotator = UserFactory()
    before = claim_next_grant(annotator)
    a_night()
    after = claim_next_grant(annotator)
    assert (after.token, after.shown) == (before.token, before.shown)


def test_every_known_label_in_a_claimed_grant_still_names_its_version(labelled_grants, pool):
    score_waiting_grants()
    annotator = UserFactory()
    claim_next_grant(annotator)
    a_night()
    item = QueueItem.objects.get(claimed_by=annotator)
    assert item.shown_version is None or item.shown_version.is_lexical


def test_a_training_leaves_its_facts_behind(labelled_grants):
    version = a_night()
    assert version.library_versions["scikit-learn"]
    assert version.snapshot.grant_ids == sorted(grant.pk for grant in labelled_grants)
    assert version.started_at < version.finished_at <= timezone.now()
    assert version.attempt == 1


def test_a_later_version_must_beat_the_lexical_matcher_too(labelled_grants, categories):
    for category in categories.values():
        category.alt_labels = WORDS[category.code].split()
        category.save()
    active = a_night()
    training = training_set(categories_of(active.taxonomy))
    texts = background()
    silent = CategoryClassifier(categories_of(active.taxonomy).texts).fit(
        training.corpus, training.y, training.known, training.tune, texts, training.weights
    )
    silent.thresholds_[:] = 1.1
    # The active version has learned from nothing, so a silent candidate is no worse than it is.
    Snapshot.objects.filter(model_version=active).update(grant_ids=[])
    measured = measure(silent, active, training, audit_set(categories_of(active.taxonomy)), texts)
    assert not measured.gate.promote
    assert "against the word matcher; it must be better." in measured.gate.reason
    assert f"{active}, active before, was not compared" in measured.gate.reason


def test_the_keyword_rules_are_measured_beside_it_on_the_same_grants(labelled_grants, categories):
    first = a_night()
    assert first.metrics["rules"] == {}  # there are none
    Category.objects.filter(code="SPORT").update(include_pattern="football|cricket|whistles")
    second = a_night()
    of_rules, figures = second.metrics["rules"], second.metrics["figures"]
    assert of_rules["n_grants"] == figures["n_grants"]
    assert 0 < of_rules["micro_f1"]["value"] < 1
    right = {grant.pk for grant in Grant.objects.filter(labels__category__code="SPORT")}
    hits = {g.pk for g in labelled_grants if Rule("football|cricket|whistles", "").hits(g.text)}
    assert of_rules["micro_f1"]["value"] == pytest.approx(
        2 * len(hits & right) / (len(hits) + len(labelled_grants))
    )


def test_what_annotators_get_next_is_read_first(labelled_grants, pool, monkeypatch):
    """A promotion shows at once to whoever opens the next grant, however many there are."""
    monkeypatch.setattr(scoring, "BATCH", 1)
    monkeypatch.setattr(scoring, "SOONEST", 1)
    first = pool[2]
    QueueItem.objects.filter(grant=first).update(priority=2.0)
    active, model = registry.load_active()
    batches = [batch for (batch,) in scoring._Reader(active, model)._batches()]
    assert batches[0] == first
    assert set(batches) == set(Grant.objects.not_scored_by(active))


def test_who_reads_makes_way_once_what_comes_next_is_read(labelled_grants, pool, monkeypatch):
    """And at once where nobody waits for it."""
    monkeypatch.setattr(scoring, "SOONEST", 1)
    first = QueueItem.objects.soonest_first().first().grant_id
    active = ModelVersion.objects.active()
    read = []

    def make_way():
        unread = Grant.objects.not_scored_by(active)
        read.append(set(Grant.objects.exclude(pk__in=unread).values_list("pk", flat=True)))

    n = scoring.score_waiting_grants(make_way)
    assert n == Grant.objects.count() > 1
    assert read == [{first}]
    QueueOrder.objects.update(wanted=F("wanted") + 1)  # the queue alone is to be ordered
    assert scoring.score_waiting_grants(make_way) == 0
    assert len(read) == 2 and len(read[1]) == n
