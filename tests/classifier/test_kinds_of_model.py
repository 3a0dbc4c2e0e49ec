"""A model of another kind than the site's own recipe: through gate and registry, and back."""

import numpy as np
import pytest
from django.conf import settings

from annotation.models import (
    AuditEvent,
    Grant,
    Label,
    ModelVersion,
    SiteSettings,
    SprintGrant,
    Suggestion,
)
from annotation.services.model_versions import promote, request_training
from annotation.services.queue import claim_next_grant
from annotation.services.sprints import start_sprint
from classifier import registry, scoring, serving, workflow
from classifier.backends.options import OPTIONS
from classifier.backends.scikit_learn import CLASSICAL
from classifier.backends.with_words import WithWords
from classifier.comparing import compare_versions
from classifier.known_ground import known_ground
from classifier.ml import artifacts
from classifier.out_of_fold import lessons
from classifier.quality_report import write_quality
from classifier.scoring import score_waiting_grants
from classifier.sprints import fill_requested_sprints
from classifier.ticking import as_set
from tests.classifier.conftest import text_about
from tests.factories import (
    AdministratorFactory,
    GrantFactory,
    LabelFactory,
    UserFactory,
    counted_at_once,
    decide,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
Status = ModelVersion.Status


def trained(backend=None):
    request_training(backend=backend)
    return workflow.train_requested()


def quiet(*_):
    pass


@pytest.fixture
def svm(labelled_grants, pool):
    return trained("linear_svm")


def test_it_passes_the_gate_suggests_and_says_what_it_is(svm):
    assert (svm.status, svm.backend, svm.metrics["backend"]) == (
        Status.ACTIVE,
        "linear_svm",
        "linear_svm",
    )
    assert svm.metrics["figures"]["micro_f1"]["value"] > 0.7
    assert "out of fold" in svm.reason or "24 labelled grants" in svm.metrics["measured_on"]
    assert set(Grant.objects.values_list("scored_by", flat=True)) == {svm.pk}
    sport = Suggestion.objects.filter(grant__title="Waiting SPORT", is_ticked=True)
    assert list(sport.values_list("category__code", flat=True)) == ["SPORT"]
    told = Suggestion.objects.filter(model_version=svm)
    assert not told.filter(is_lexical=True).exists()


def test_a_linear_one_says_which_words_spoke(svm):
    assert svm.says_why
    sport = Suggestion.objects.select_related("grant").get(
        model_version=svm, grant__title="Waiting SPORT", is_ticked=True
    )
    assert sport.evidence and all(word in str(sport.grant.description) for word in sport.evidence)
    claim = claim_next_grant(UserFactory())
    assert claim.shown and not any("cannot_say" in shown for shown in claim.shown)
    ModelVersion.objects.filter(pk=svm.pk).update(says_why=False)  # as it was stored in July
    svm.refresh_from_db()
    assert not registry.load(svm).says_why


def test_one_that_is_no_sum_of_words_says_that_it_cannot_say(labelled_grants, pool):
    found = trained("nearest_neighbours")
    told = Suggestion.objects.filter(model_version=found)
    assert told.exists() and not any(told.values_list("evidence", flat=True))
    assert not found.says_why
    claim = claim_next_grant(UserFactory())
    assert claim.shown and all(shown["cannot_say"] for shown in claim.shown)


def test_what_it_says_is_what_the_family_says(svm):
    model = registry.load(svm)
    assert isinstance(model, WithWords)
    found = {s.category.code: s.score for s in Suggestion.objects.filter(grant__title="Audit")}
    [proba] = model.model.predict_proba(scoring.corpus_of(Grant.objects.filter(title="Audit")))
    codes = [category.code for category in model.categories]
    for code, score in found.items():
        assert score == pytest.approx(float(proba[codes.index(code)]))


def test_the_recipe_takes_over_and_the_other_kind_is_rolled_back_to(svm):
    recipe = trained("production")
    assert recipe.says_why
    if recipe.status != Status.ACTIVE:
        promote(recipe, AdministratorFactory(), "to see")
    score_waiting_grants()
    assert set(Grant.objects.values_list("scored_by", flat=True)) == {recipe.pk}
    promote(svm, AdministratorFactory(), "rolled back")
    score_waiting_grants()
    assert set(Grant.objects.values_list("scored_by", flat=True)) == {svm.pk}


def test_a_bad_one_is_refused_by_the_gate(labelled_grants, categories):
    with counted_at_once():
        for n in range(54):
            code = list(categories)[n % 3]
            grant = GrantFactory(title="Audit", description=text_about(code, n), stream="audit")
            LabelFactory(grant=grant, category=categories[code])
    good = trained("linear_svm")
    assert (good.status, good.metrics["measured_on"]) == (Status.ACTIVE, "54 audit grants")
    order = list(categories.values())
    for label in Label.objects.filter(grant__stream="pool"):
        label.category = order[(order.index(label.category) + 1) % 3]
        label.save()
    bad = trained("complement_naive_bayes")
    assert bad.status == Status.REJECTED
    assert ModelVersion.objects.active() == good


def test_the_nights_train_what_the_settings_say(labelled_grants):
    decide(backend="sgd")
    assert trained().backend == "sgd"


def test_without_a_label_it_cannot_learn(labelled_grants):
    request_training(backend="sgd")
    Label.objects.all().delete()
    with pytest.raises(workflow.NothingToLearn, match="learns from labels alone"):
        workflow.train_requested()
    assert ModelVersion.objects.get(backend="sgd").status == Status.FAILED


@pytest.mark.parametrize("harm", ["flipped", "of another kind", "with code"])
def test_a_file_that_is_not_its_own_is_refused_and_the_one_before_serves(svm, harm):
    path = settings.MODEL_STORE / f"{svm.artifact_sha256}.skops"
    data = bytearray(path.read_bytes())
    if harm == "flipped":
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    else:
        other = CLASSICAL["sgd"].dump(registry.load(svm).model)
        if harm == "with code":
            other = artifacts.skops.io.dumps({"format": 1, "run": np.testing.assert_equal})
        sha256 = artifacts.write(settings.MODEL_STORE, other)
        signature = artifacts.sign(registry._keys()[0], sha256, svm.pk)
        ModelVersion.objects.filter(pk=svm.pk).update(
            artifact_sha256=sha256, artifact_signature=signature
        )
    active, _ = registry.load_active()
    assert active.is_lexical
    svm.refresh_from_db()
    assert svm.status == Status.RETIRED and str(svm) in svm.error
    assert AuditEvent.objects.filter(action="model version stepped back from").exists()


def test_a_kind_that_is_no_longer_there_gives_way(svm, monkeypatch):
    monkeypatch.delitem(OPTIONS, "linear_svm")
    active, _ = registry.load_active()
    assert active.is_lexical
    svm.refresh_from_db()
    assert "There is no backend 'linear_svm'" in svm.error


def test_free_texts_are_classified_by_it(svm):
    [found] = serving.active_version().classify(["football and cricket with whistles"], 3)
    assert (found[0].category, found[0].lexical) == ("SPORT", False)
    assert set(found[0].evidence) == {"football", "cricket", "whistles"}


def test_a_sprint_is_filled_by_it_with_the_words_of_the_category(svm, categories):
    sprint = start_sprint(AdministratorFactory(), categories["SPORT"])
    assert fill_requested_sprints() == 1
    asked = SprintGrant.objects.get(sprint=sprint, grant__title="Waiting SPORT")
    assert asked.score > 0.5


def test_one_threshold_for_all_holds_for_it_too(svm):
    decide(ticking="fixed", fixed_threshold=0.9)
    model = registry.load(svm)
    proba = np.array([[0.95, 0.8, 0.1]], dtype=np.float32)
    fixed = as_set(model, SiteSettings.objects.current())
    assert fixed.decide(proba).tolist() == [[True, False, False]]
    assert not np.array_equal(fixed.thresholds_, model.thresholds_)


def test_annotations_between_two_nights_make_no_refresh_of_it(svm, annotate):
    decide(order_every=1)
    annotate(Grant.objects.get(title="Waiting ARTS"), "ARTS")
    score_waiting_grants()
    assert not ModelVersion.objects.refreshes_of(svm).exists()


def test_quality_and_growth_are_those_of_its_own_recipe(svm):
    site = SiteSettings.objects.current()
    own, recipe = (lessons(svm.taxonomy, site, svm.seed, name) for name in ("linear_svm", "sgd"))
    said = known_ground(svm, registry.load(svm), own, quiet).said
    other = known_ground(svm, registry.load(svm), recipe, quiet).said
    assert not np.array_equal(said.proba, other.proba)
    figures = svm.metrics["figures"]["micro_f1"]["value"]
    right = (said.decided & (own.training.y > 0)).sum()
    n_all = said.decided.sum() + (own.training.y > 0).sum()
    assert 2 * right / n_all == pytest.approx(figures)  # as the gate measured it
    part = own.learned_from(np.arange(0, 24, 2), own.training.corpus)
    assert not np.array_equal(part.proba, said.proba) and part.decided.any()
    assert write_quality(quiet)["n_labels"] == 24


def test_two_kinds_are_compared_on_the_same_grants(svm):
    recipe = trained("production")
    found = compare_versions(f"{svm.pk}-{recipe.pk}", quiet)
    assert found["kind"] == "labelled"
